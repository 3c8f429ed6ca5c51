"""A person approves the audience they saw, and no other; then nothing keeps the first word back."""

from dataclasses import replace
from typing import Any

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, rows
from sqlalchemy import Connection, Engine, update

from tellfirst.audience.approving import (
    affected_count,
    percent,
    share,
    waiting_share,
    waits_for_approval,
)
from tellfirst.audience.matching import match
from tellfirst.detect.causes import open_cause
from tellfirst.detect.weighing import weigh
from tellfirst.domain.approval import ApprovalState
from tellfirst.domain.errors import NotFound, RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Held, Stage
from tellfirst.domain.lifecycle import Take
from tellfirst.notices.approving import Answered, approve
from tellfirst.notices.telling import tell_first
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.situation import next_step

CAREFUL = playbook_copy.to_json(replace(BOOK, approve_above=0.4))
LATER = T0 + 5 * MINUTE
AT = hyderabad.voice(LATER)


@pytest.fixture
def city(engine: Engine) -> Engine:
    """Ten customers, five of them behind the site that fails; 40 % is as many as need no approval."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in range(1, 11):
            add_customer(connection, key, "HYD0004" if key <= 5 else f"HYD000{key % 4}")
        _strike(connection, "HYD0004")
    return engine


def _strike(connection: Connection, *sites: str) -> None:
    hyderabad.post(connection, hyderabad.body(*(hyderabad.alert(site) for site in sites)), T0)
    connection.execute(update(t.incident).values(playbook=CAREFUL))
    weigh(connection, FIRST, T0)
    match(connection, FIRST, T0)


def _grow(connection: Connection, *sites: str) -> None:
    for site in sites:
        open_cause(connection, 1, f"site:{site}", Impact.DOWN, T0, LATER)
    match(connection, FIRST, LATER)


def _everything(connection: Connection) -> list[Any]:
    tables = (t.incident, t.incident_entry, t.audience, t.notice, t.delivery)
    return [connection.execute(table.select()).all() for table in tables]


def test_an_approved_audience_is_told_at_once(city: Engine) -> None:
    with writing(city) as connection:
        assert tell_first(connection, FIRST, hyderabad.voice(T0)) is None
        assert waiting_share(connection, hyderabad.incident(connection)) == (
            "waits for approval: 50 % of all customers"
        )
        assert approve(connection, FIRST, 1, AT, "ravi") == Answered(1, 5, 10, ApprovalState.APPROVED)
        it = hyderabad.incident(connection)
        assert (it.approval_needed, it.approved_count, it.next_due_at) == (False, 5, LATER)
        assert waiting_share(connection, it) == ""
        assert isinstance(next_step(connection, FIRST, LATER, LATER), Take)
        spoken = tell_first(connection, FIRST, hyderabad.voice(LATER))
        assert spoken is not None
        assert spoken.plan.pending_count == 5


def test_who_approved_how_many_is_in_the_log(city: Engine) -> None:
    with writing(city) as connection:
        approve(connection, FIRST, 1, AT, "ravi")
        *_, last = rows(connection, t.incident_entry, "at", "topic", "reason", "actor", "details")
    counts = {"question": 1, "revision": 1, "affected_count": 5, "base_count": 10, "needed": 1}
    assert last == (LATER, "approval", "approved", "ravi", counts)


def test_an_approval_is_bound_to_the_audience_that_was_seen(city: Engine) -> None:
    with writing(city) as connection:
        _grow(connection, "HYD0000")
        before = _everything(connection)
        with pytest.raises(RuleBroken) as refused:
            approve(connection, FIRST, 1, AT, "ravi")
        assert "you looked at revision 1, and INC-2026-0001 is at revision 2 by now" in str(refused.value)
        assert "hit elements 1 to 2, affected 5 to 6" in str(refused.value)
        assert "at risk" not in str(refused.value)
        assert _everything(connection) == before
        approve(connection, FIRST, 2, AT, "ravi")
        assert hyderabad.incident(connection).approved_count == 6


@pytest.mark.parametrize("revision", [0, 2, -1])
def test_a_revision_that_there_is_not_is_refused_with_the_one_there_is(city: Engine, revision: int) -> None:
    with writing(city) as connection:
        with pytest.raises(RuleBroken, match=f"has no revision {revision}, it is at 1"):
            approve(connection, FIRST, revision, AT, "ravi")
        assert hyderabad.incident(connection).approval_needed


def test_what_grows_far_beyond_what_was_approved_waits_again(city: Engine) -> None:
    with writing(city) as connection:
        approve(connection, FIRST, 1, AT, "ravi")
        tell_first(connection, FIRST, hyderabad.voice(LATER))
        _grow(connection, "HYD0000", "HYD0001", "HYD0002")
        it = hyderabad.incident(connection)
        assert (it.approval_needed, it.stage, affected_count(connection, it)) == (True, Stage.TOLD, 9)
        approve(connection, FIRST, 2, AT, "ravi")
        it = hyderabad.incident(connection)
        assert (it.approval_needed, it.stage, it.approved_count) == (False, Stage.TOLD, 9)


def test_an_approval_given_twice_is_refused_the_second_time(city: Engine) -> None:
    with writing(city) as connection:
        approve(connection, FIRST, 1, AT, "ravi")
        with pytest.raises(
            RuleBroken, match=r"waits for no approval: ravi approved revision 1 at 2026-11-22 03:44"
        ):
            approve(connection, FIRST, 1, AT, "asha")


def test_an_empty_audience_that_a_person_approved_goes_on_with_nobody_to_tell(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        _strike(connection, "HYD0004")
        it = hyderabad.incident(connection)
        assert (it.held, it.stage) == (Held.EMPTY_AUDIENCE, Stage.DETECTED)
        assert waiting_share(connection, it) == "waits for approval: 0 % of all customers"
        assert approve(connection, FIRST, 1, AT, "ravi").affected_count == 0
        it = hyderabad.incident(connection)
        assert (it.held, it.stage, it.next_due_at) == (None, Stage.MATCHED, LATER)
        assert rows(connection, t.incident_entry, "topic", "reason")[-1] == ("approval", "empty_audience")
        assert tell_first(connection, FIRST, hyderabad.voice(LATER)) is None
        assert hyderabad.incident(connection).stage is Stage.TOLD


@pytest.mark.parametrize("held", [Held.NO_PLAYBOOK, Held.UNKNOWN_ELEMENT, Held.SCOPE_WITHOUT_ELEMENTS])
def test_what_waits_for_something_else_cannot_be_approved_away(city: Engine, held: Held) -> None:
    with writing(city) as connection:
        connection.execute(update(t.incident).values(held=held))
        assert not waits_for_approval(hyderabad.incident(connection))
        with pytest.raises(RuleBroken, match=f"waits for no approval; it is held: {held}"):
            approve(connection, FIRST, 1, AT, "ravi")


def test_an_unknown_incident_is_refused_with_how_to_list_them(city: Engine) -> None:
    with writing(city) as connection, pytest.raises(NotFound, match="tellfirst incident list"):
        approve(connection, "INC-1999-0001", 1, AT, "ravi")


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (0, "0 %"),
        (0.0004, "less than 0.1 %"),
        (0.034, "3.4 %"),
        (0.0999, "10.0 %"),
        (0.41, "41 %"),
        (0.996, "99.6 %"),
        (0.99996, "more than 99.9 %"),
        (1, "100 %"),
    ],
)
def test_a_share_never_claims_all_or_nothing_where_that_is_not_so(part: float, said: str) -> None:
    assert percent(part) == said


def test_a_share_of_no_customers_at_all_is_nothing() -> None:
    assert share(0, 0) == 0
