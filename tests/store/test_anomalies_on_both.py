"""What should not happen is kept, counted, and used for what it proves."""

from datetime import timedelta

import pytest
import town
from sqlalchemy import Engine, insert

from tellfirst.audience.matching import match
from tellfirst.carriers.port import Outcome, Receipt, ReceiptState, Verdict
from tellfirst.delivery import anomalies, receipts
from tellfirst.delivery.intending import intend
from tellfirst.delivery.leasing import Lease, lease
from tellfirst.delivery.recording import record
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

NOW = town.T0
WALL = town.T0 + timedelta(hours=5)
LATER = WALL + timedelta(minutes=10)
MINE = Outcome(1, Verdict.ACCEPTED, carrier_ref="SM-mine")


@pytest.fixture
def intended(engine: Engine) -> Lease:
    """Delivery 1 is being sent under this lease."""
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "north-1")
        match(connection, town.REFERENCE, NOW)
        notice_id = town.add_notice(connection, 1, Occasion.FIRST_WORD)
        connection.execute(insert(t.chunk).values(notice_id=notice_id, channel="sms", due_at=WALL))
        town.add_delivery(connection, notice_id, 1, Occasion.FIRST_WORD, "pending", chunk_id=1)
        taken = lease(connection, 1, WALL)
        assert taken is not None
        intend(connection, taken, 10, NOW, WALL, "twilio")
        return taken


def _counted(engine: Engine) -> dict[str, int]:
    with reading(engine) as connection:
        return {kind.value: count for kind, count in anomalies.counts(connection).items() if count}


def _standing(engine: Engine) -> tuple[object, ...]:
    with reading(engine) as connection:
        return town.rows(connection, t.delivery, "state", "reason", "carrier_ref")[0]


def _report(engine: Engine, state: ReceiptState, ref: str = "SM-mine") -> None:
    with writing(engine) as connection:
        receipts.keep(connection, [Receipt("twilio", f"{ref}:{state}", 1, state, ref, "", None)], NOW)
        receipts.apply(connection, NOW)


def test_an_acceptance_after_the_lease_settles_the_doubt_and_is_counted(
    engine: Engine, intended: Lease
) -> None:
    with writing(engine) as connection:
        assert lease(connection, 1, LATER) is not None
    with writing(engine) as connection:
        assert record(connection, "twilio", intended.fence, [MINE], NOW, LATER) == 1
    assert _standing(engine) == ("sent", "found_at_carrier", "SM-mine")
    assert _counted(engine) == {"late_acceptance": 1}


def test_a_late_acceptance_of_what_is_on_its_way_again_is_counted_and_leaves_it_alone(
    engine: Engine, intended: Lease
) -> None:
    with writing(engine) as connection:
        again = lease(connection, 1, LATER)
        assert again is not None
        connection.execute(t.delivery.update().values(state="pending"))
        intend(connection, again, 10, NOW, LATER, "twilio")
    with writing(engine) as connection:
        record(connection, "twilio", intended.fence, [MINE], NOW, LATER)
    assert _standing(engine)[0] == "sending"
    with writing(engine) as connection:
        second = Outcome(1, Verdict.ACCEPTED, carrier_ref="SM-second")
        assert record(connection, "twilio", again.fence, [second], NOW, LATER) == 0
    assert _standing(engine)[0::2] == ("sent", "SM-second")
    assert _counted(engine) == {"late_acceptance": 1}
    _report(engine, ReceiptState.DELIVERED)
    assert _counted(engine) == {"late_acceptance": 1, "second_acceptance": 1}


def test_a_receipt_before_the_answer_is_no_anomaly(engine: Engine, intended: Lease) -> None:
    _report(engine, ReceiptState.DELIVERED)
    with writing(engine) as connection:
        assert record(connection, "twilio", intended.fence, [MINE], NOW, WALL) == 1
    assert _standing(engine) == ("delivered", "receipt", "SM-mine")
    assert _counted(engine) == {}


def test_the_first_of_two_receipts_that_disagree_stands(engine: Engine, intended: Lease) -> None:
    _report(engine, ReceiptState.UNDELIVERED)
    _report(engine, ReceiptState.DELIVERED)
    assert _standing(engine)[0] == "undelivered"
    assert _counted(engine) == {"receipts_disagree": 1}


def test_a_receipt_for_what_waits_again_proves_that_it_arrived(engine: Engine, intended: Lease) -> None:
    with writing(engine) as connection:
        lease(connection, 1, LATER)
        connection.execute(t.delivery.update().values(state="pending", reason="absent_at_carrier"))
    _report(engine, ReceiptState.DELIVERED)
    assert _standing(engine)[0] == "delivered"
    assert _counted(engine) == {}


def test_a_receipt_for_what_never_left_by_our_books_is_believed_and_counted(engine: Engine) -> None:
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "north-1")
        notice_id = town.add_notice(connection, 1, Occasion.FIRST_WORD)
        town.add_delivery(connection, notice_id, 1, Occasion.FIRST_WORD, "pending")
    _report(engine, ReceiptState.SENT)
    assert _standing(engine)[0] == "sent"
    _report(engine, ReceiptState.SENT)
    assert _counted(engine) == {"receipt_for_unsent": 1}
