"""Receipts in SQL: kept once, applied in sets, only ever raising."""

from datetime import datetime, timedelta, timezone

import pytest
import town
from sqlalchemy import Engine, update

from tellfirst.carriers.port import Outcome, Receipt, ReceiptState, Verdict
from tellfirst.delivery.receipts import apply, keep
from tellfirst.delivery.recording import record
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

NOW = town.T0
SEEN = ("state", "reason", "carrier_ref", "carrier_code", "handed_over_at", "final_at")
STATES = ["sending", "unknown", "sent", "unconfirmed", "pending", "delivered", "undelivered", "cancelled"]


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    """Deliveries 1 to 8 in the STATES of these numbers."""
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "hub-north")
        notice_id = town.add_notice(connection, 1, Occasion.FIRST_WORD)
        for key, state in enumerate(STATES, start=1):
            town.add_delivery(connection, notice_id, key, Occasion.FIRST_WORD, state)
    return engine


def _receipt(delivery_id: int, state: ReceiptState, event_id: str = "", code: str = "") -> Receipt:
    event_id = event_id or f"{delivery_id}-{state}"
    return Receipt("twilio", event_id, delivery_id, state, f"SM{delivery_id}", code, NOW)


def _states(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [state for (state,) in town.rows(connection, t.delivery, "state")]


def test_a_receipt_that_comes_again_is_kept_once(ledger: Engine) -> None:
    one, other = _receipt(1, ReceiptState.SENT), _receipt(2, ReceiptState.SENT)
    with writing(ledger) as connection:
        assert keep(connection, [one, one, other], NOW) == 2
        assert keep(connection, [other], NOW) == 0
        assert keep(connection, [], NOW) == 0
    with reading(ledger) as connection:
        assert town.rows(connection, t.receipt, "event_id", "received_at", "applied_at") == [
            ("1-sent", NOW, None),
            ("2-sent", NOW, None),
        ]


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (ReceiptState.SENT, ["sent", "sent", "sent", "unconfirmed", "sent", *STATES[5:]]),
        (ReceiptState.DELIVERED, ["delivered"] * 5 + STATES[5:]),
        (ReceiptState.UNDELIVERED, ["undelivered"] * 5 + STATES[5:]),
    ],
)
def test_receipts_raise_what_they_may_and_leave_the_rest(
    ledger: Engine, state: ReceiptState, after: list[str]
) -> None:
    with writing(ledger) as connection:
        keep(connection, [_receipt(key, state) for key in range(1, 9)], NOW)
        assert apply(connection, NOW) == 8
        assert apply(connection, NOW) == 0
    assert _states(ledger) == after


def test_a_raised_delivery_carries_what_the_receipt_knows(ledger: Engine) -> None:
    handed_over_at = NOW - timedelta(minutes=5)
    with writing(ledger) as connection:
        connection.execute(
            update(t.delivery)
            .where(t.delivery.c.id == 3)
            .values(carrier_ref="SM-ours", handed_over_at=handed_over_at)
        )
        wanted = [_receipt(1, ReceiptState.DELIVERED), _receipt(3, ReceiptState.UNDELIVERED, code="30003")]
        keep(connection, wanted, NOW)
        apply(connection, NOW)
    with reading(ledger) as connection:
        seen = town.rows(connection, t.delivery, *SEEN)
    assert seen[0] == ("delivered", "receipt", "SM1", None, NOW, NOW)
    assert seen[2] == ("undelivered", "receipt", "SM-ours", "30003", handed_over_at, NOW)


def test_a_receipt_for_nobody_is_worked_off_as_unknown(ledger: Engine) -> None:
    with writing(ledger) as connection:
        keep(connection, [_receipt(1, ReceiptState.SENT), _receipt(999, ReceiptState.SENT)], NOW)
        assert apply(connection, NOW) == 2
    with reading(ledger) as connection:
        assert town.rows(connection, t.receipt, "delivery_id", "applied_at", "verdict") == [
            (1, NOW, "applied"),
            (999, NOW, "unknown_delivery"),
        ]


def test_a_time_in_another_zone_is_written_as_the_same_instant(ledger: Engine) -> None:
    in_kolkata: datetime = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with writing(ledger) as connection:
        keep(connection, [_receipt(1, ReceiptState.DELIVERED)], in_kolkata)
        apply(connection, in_kolkata)
    with reading(ledger) as connection:
        assert town.rows(connection, t.delivery, "handed_over_at", "final_at")[0] == (NOW, NOW)


def test_an_answer_after_its_receipt_adds_the_carrier_and_leaves_the_state(ledger: Engine) -> None:
    with writing(ledger) as connection:
        keep(connection, [_receipt(1, ReceiptState.DELIVERED)], NOW)
        apply(connection, NOW)
        late = record(connection, "twilio", 0, [Outcome(1, Verdict.ACCEPTED, carrier_ref="SM1")], NOW, NOW)
    assert late == 1
    with reading(ledger) as connection:
        assert town.rows(connection, t.delivery, "state", "carrier", "carrier_ref")[0] == (
            "delivered",
            "twilio",
            "SM1",
        )
