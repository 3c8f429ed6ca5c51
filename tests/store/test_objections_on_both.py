"""What speaks against a message at the last moment: cancelled with its reason by the very statement that sends."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import town
from sqlalchemy import Connection, Engine, insert, update

from tellfirst.delivery.intending import intend
from tellfirst.delivery.leasing import Lease
from tellfirst.domain.audience import Over
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.ramp import HaltReason
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

NOW = town.T0
WALL = town.T0 + timedelta(hours=5)
WINDOW = 10


def _stop(
    connection: Connection, effect: str, incident_id: int | None, lifted_at: datetime | None = None
) -> None:
    connection.execute(
        insert(t.stop).values(
            incident_id=incident_id,
            effect=effect,
            reason="wrong text",
            actor="asha",
            at=NOW,
            lifted_at=lifted_at,
        )
    )


def _halt(connection: Connection) -> None:
    connection.execute(update(t.notice).values(halted_at=NOW, halted_reason=HaltReason.OVER))


def _close(connection: Connection) -> None:
    connection.execute(update(t.incident).values(stage=Stage.CLOSED))


def _estimate_until_now(connection: Connection) -> None:
    later = NOW + timedelta(hours=1)
    connection.execute(update(t.notice).values(next_update_at=later, estimate_at=NOW))


def _promise_until_now(connection: Connection) -> None:
    connection.execute(update(t.notice).values(next_update_at=NOW))


AGAINST_ALL: dict[str, tuple[str, Callable[[Connection], None]]] = {
    "everything is stopped": ("stopped", lambda connection: _stop(connection, "cancel", None)),
    "the incident is stopped": ("stopped", lambda connection: _stop(connection, "cancel", town.INCIDENT)),
    "the notice is halted for good": ("halted", _halt),
    "the incident is closed": ("resolved", _close),
    "the word it promises is due": ("stale", _promise_until_now),
    "the estimate it gives has lapsed": ("stale", _estimate_until_now),
}


@pytest.mark.parametrize("what", AGAINST_ALL)
def test_a_notice_that_must_not_leave_any_more_is_cancelled_with_the_reason(
    engine: Engine, held: Lease, what: str
) -> None:
    reason, happens = AGAINST_ALL[what]
    with writing(engine) as connection:
        happens(connection)
        assert intend(connection, held, WINDOW, NOW, WALL) == []
    with reading(engine) as connection:
        assert (
            town.rows(connection, t.delivery, "state", "reason", "final_at", "try_count")
            == [("cancelled", reason, NOW, 0)] * 3
        )


def test_the_brake_outside_the_database_cancels_too(engine: Engine, held: Lease) -> None:
    with writing(engine) as connection:
        assert intend(connection, held, WINDOW, NOW, WALL, stopped=True) == []
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state", "reason") == [("cancelled", "stopped")] * 3


def test_a_stop_that_is_lifted_or_is_another_incidents_lets_everything_leave(
    engine: Engine, held: Lease
) -> None:
    with writing(engine) as connection:
        _stop(connection, "cancel", None, lifted_at=NOW)
        other = {
            "id": 2,
            "reference": "INC-2026-0002",
            "kind": "outage",
            "name": "n",
            "cause_key": "c",
            "place": "p",
        }
        facts = {"stage": "told", "severity": "S2", "cause": "being_investigated", "action": "investigating"}
        connection.execute(insert(t.incident).values(**other, **facts, started_at=NOW, opened_at=NOW))
        _stop(connection, "cancel", 2)
        assert len(intend(connection, held, WINDOW, NOW, WALL)) == 3


@pytest.mark.parametrize("incident_id", [None, town.INCIDENT])
def test_what_is_held_waits_and_changes_no_state(
    engine: Engine, held: Lease, incident_id: int | None
) -> None:
    with writing(engine) as connection:
        _stop(connection, "hold", incident_id)
        assert intend(connection, held, WINDOW, NOW, WALL) == []
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state", "try_count") == [("pending", 0)] * 3


def test_a_halted_notice_waits_for_a_person(engine: Engine, held: Lease) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.notice).values(halted_at=NOW, halted_reason=HaltReason.FAILURE_RATE))
        assert intend(connection, held, WINDOW, NOW, WALL) == []
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state", "try_count") == [("pending", 0)] * 3


def test_whose_service_is_back_hears_no_word_about_its_loss_any_more(engine: Engine, held: Lease) -> None:
    back = {"over_at": NOW, "over": Over.BACK, "over_revision": 2}
    with writing(engine) as connection:
        connection.execute(update(t.audience).where(t.audience.c.customer_id == 2).values(**back))
        assert [one.customer_id for one in intend(connection, held, WINDOW, NOW, WALL)] == [1, 3]
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state", "reason")[1] == ("cancelled", "resolved")


def test_the_all_clear_goes_to_whoever_is_back(engine: Engine, held: Lease) -> None:
    back = {"over_at": NOW, "over": Over.BACK, "over_revision": 2}
    with writing(engine) as connection:
        connection.execute(update(t.audience).values(**back))
        connection.execute(update(t.notice).values(occasion=Occasion.RESTORED))
        connection.execute(update(t.delivery).values(occasion=Occasion.RESTORED))
        assert len(intend(connection, held, WINDOW, NOW, WALL)) == 3


def test_whoever_opted_out_since_is_left_alone(engine: Engine, held: Lease) -> None:
    phone = town.CUSTOMERS[2]["phone"]
    with writing(engine) as connection:
        connection.execute(insert(t.opt_out).values(channel="sms", address=phone, at=NOW, source="customer"))
        window = intend(connection, held, WINDOW, NOW, WALL)
    # 3 has the same telephone as 2.
    assert [one.customer_id for one in window] == [1]
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "state", "reason")[1:] == [("cancelled", "opted_out")] * 2


def test_a_window_that_is_cancelled_whole_does_not_hold_up_the_next(engine: Engine, held: Lease) -> None:
    phones = [town.CUSTOMERS[key]["phone"] for key in (1, 2)]
    with writing(engine) as connection:
        for phone in phones:
            connection.execute(
                insert(t.opt_out).values(channel="sms", address=phone, at=NOW, source="customer")
            )
        connection.execute(
            update(t.audience).where(t.audience.c.customer_id == 3).values(address="+914055500099")
        )
        assert [one.customer_id for one in intend(connection, held, 2, NOW, WALL)] == [3]


def test_the_carrier_is_written_down_before_it_is_called(engine: Engine, held: Lease) -> None:
    with writing(engine) as connection:
        intend(connection, held, 2, NOW, WALL, "twilio_b")
    with reading(engine) as connection:
        assert town.rows(connection, t.delivery, "carrier") == [("twilio_b",), ("twilio_b",), (None,)]
