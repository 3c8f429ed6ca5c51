"""A contact that nobody answers in time is told to staff like any other lateness, one for all of its queue."""

from datetime import datetime, timedelta

import hyderabad
import pytest
from databases import fixtures
from hyderabad import MINUTE, T0, rows
from sqlalchemy import Engine, insert, update
from test_escalating import ROTAS, VARIABLES, WALL, FakePager

from tellfirst.contacts import hands
from tellfirst.domain.escalation import StaffRole
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.calling import call_staff
from tellfirst.timelines.escalating import escalate, listed
from tellfirst.timelines.roles import Roles

ROLES = Roles(ROTAS, dict.fromkeys(StaffRole, "boss"))
QUEUES = {"faults": "care", "billing": "boss"}
DUE = T0 + 40 * MINUTE
NEAR = DUE - 10 * MINUTE


def _waiting(engine: Engine) -> Engine:
    """Two contacts wait among the faults; the second is due later."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for number, due_at in enumerate((DUE, DUE + MINUTE), start=1):
            connection.execute(
                insert(t.contact).values(
                    channel="sms",
                    carrier_event=f"SM{number}",
                    address=hyderabad.phone(number),
                    intent="problem",
                    kind="incident_report",
                    body="no signal",
                    received_at=T0,
                    state="waiting",
                    queue="faults",
                    answer_due_at=due_at,
                )
            )
    return engine


waiting, waiting_small = fixtures(_waiting)


def _look(engine: Engine, now: datetime) -> int:
    with writing(engine) as connection:
        return escalate(connection, ROLES, {}, now, QUEUES)


def _call(engine: Engine, pager: FakePager) -> int:
    return call_staff(engine, pager, ROTAS, lambda name: VARIABLES.get(name, ""), WALL, "http://t.example")


def test_each_level_is_called_once_and_for_the_first_of_the_queue_alone(waiting: Engine) -> None:
    assert _look(waiting, NEAR - timedelta(seconds=1)) == 0
    assert _look(waiting, NEAR) == 1
    assert _look(waiting, NEAR) == 0
    assert _look(waiting, DUE) == 1
    pager = FakePager()
    assert _call(waiting, pager) == 2
    assert pager.addresses == ["mem://care"] * 2
    assert all("CON-000001 waits for an answer until" in body for _, body in pager.told)
    assert all(hyderabad.phone(1) not in body for _, body in pager.told)


def test_nobody_takes_it_so_it_is_handed_on(waiting_small: Engine) -> None:
    _look(waiting_small, NEAR)
    _call(waiting_small, FakePager())
    assert _look(waiting_small, NEAR + 11 * MINUTE) >= 1
    pager = FakePager()
    _call(waiting_small, pager)
    assert "mem://manager" in pager.addresses


def test_who_takes_it_ends_the_handing_on_and_the_next_speaks_when_it_is_closed(
    waiting_small: Engine,
) -> None:
    _look(waiting_small, NEAR)
    _call(waiting_small, FakePager())
    with writing(waiting_small) as connection:
        hands.take(connection, "CON-000001", "asha", NEAR)
    assert _look(waiting_small, NEAR + MINUTE) == 0
    with writing(waiting_small) as connection:
        hands.close(connection, "CON-000001", "mended", "asha", NEAR + MINUTE)
    assert _look(waiting_small, DUE) == 1
    with writing(waiting_small) as connection:
        assert next(one["incident"] for one in listed(connection)) == "CON-000002"


def test_what_was_answered_before_the_call_left_is_not_called(waiting_small: Engine) -> None:
    _look(waiting_small, NEAR)
    with writing(waiting_small) as connection:
        hands.close(connection, "CON-000001", "mended", "asha", NEAR)
    pager = FakePager()
    assert _call(waiting_small, pager) == 0
    assert [state for (state,) in rows_of(waiting_small)] == ["needless"]


def rows_of(engine: Engine) -> list[tuple[object, ...]]:
    with writing(engine) as connection:
        return rows(connection, t.escalation, "state")


def test_what_waits_with_an_outage_is_not_late(waiting_small: Engine) -> None:
    with writing(waiting_small) as connection:
        connection.execute(update(t.contact).values(answer_due_at=None))
    assert _look(waiting_small, DUE + 600 * MINUTE) == 0


@pytest.mark.parametrize("queue", ["care", ""])
def test_a_queue_without_a_role_calls_nobody(waiting_small: Engine, queue: str) -> None:
    with writing(waiting_small) as connection:
        connection.execute(update(t.contact).values(queue=queue))
    assert _look(waiting_small, DUE) == 0
