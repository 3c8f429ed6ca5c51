"""An unusually large audience waits for a person, and an empty one does; words already promised do not."""

from datetime import datetime

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, SITES, T0, add_customer, rows
from sqlalchemy import Connection, Engine, update

from tellfirst.audience.matching import Match, match
from tellfirst.detect.causes import open_cause, withdraw_cause
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Held, Stage, Step
from tellfirst.domain.lifecycle import Take, Wait
from tellfirst.notices.approving import approve
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.situation import next_step

LATER = T0 + MINUTE
ASKS = Take(Step.NOTIFY, "approval_to_be_asked")
WAITS = Wait(T0 + BOOK.approvals.within, "approval_open")


@pytest.fixture
def city(engine: Engine) -> Engine:
    """Ten customers behind each of the first ten sites: a site is a tenth of all."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in range(100):
            add_customer(connection, key + 1, list(SITES)[key // 10])
        for key in range(101, 121):
            add_customer(connection, key, "HYD0011", status="left")
    return engine


def _open(connection: Connection, sites: int, approve_above: float) -> Match:
    """An incident at so many sites, with its own limit."""
    alerts = (hyderabad.alert(site) for site in list(SITES)[:sites])
    hyderabad.post(connection, hyderabad.body(*alerts))
    copy = {**playbook_copy.to_json(BOOK), "approve_above": approve_above}
    connection.execute(update(t.incident).values(playbook=copy, stage=Stage.DETECTED))
    for site in list(SITES)[1:sites]:
        open_cause(connection, 1, f"site:{site}", Impact.DOWN, T0, T0)
    return match(connection, FIRST, T0)


def _grow(connection: Connection, first: int, last: int, now: datetime = LATER) -> Match:
    for site in list(SITES)[first:last]:
        open_cause(connection, 1, f"site:{site}", Impact.DOWN, now, now)
    return match(connection, FIRST, now)


def _approve(connection: Connection) -> None:
    it = hyderabad.incident(connection)
    approve(connection, FIRST, it.audience_revision, hyderabad.voice(T0), "ravi")


def _decided(connection: Connection, now: datetime = LATER) -> object:
    return next_step(connection, FIRST, now, now)


@pytest.mark.parametrize(("sites", "held"), [(3, None), (4, Held.LARGE_AUDIENCE)])
def test_more_than_the_playbooks_share_of_all_active_customers_waits(
    city: Engine, sites: int, held: Held | None
) -> None:
    with writing(city) as connection:
        assert _open(connection, sites, 0.3).held is held
        it = hyderabad.incident(connection)
        assert (it.stage, it.held, it.approval_needed) == (Stage.MATCHED, None, held is not None)
        if held:
            assert _decided(connection) == ASKS
            assert hyderabad.tell(connection) is None
            assert _decided(connection) == WAITS
            assert hyderabad.incident(connection).stage is Stage.MATCHED
            assert rows(connection, t.notice, "id") == []
        else:
            assert hyderabad.tell(connection) is not None


def test_the_share_is_of_the_counted_base_if_an_import_has_counted_it(city: Engine) -> None:
    with writing(city) as connection:
        connection.execute(t.topology.insert().values(id=1, version=1, customer_count=1_000))
        assert _open(connection, 4, 0.3).held is None


def test_an_approved_audience_is_told_and_may_grow_by_a_tenth(city: Engine) -> None:
    with writing(city) as connection:
        _open(connection, 8, 0.3)
        _approve(connection)
        assert isinstance(_decided(connection), Take)
        spoken = hyderabad.tell(connection)
        assert spoken is not None
        assert spoken.plan.planned_count == 80
        for key in range(121, 129):
            add_customer(connection, key, "HYD0008")
        moved = update(t.service).where(t.service.c.customer_id.between(81, 90))
        connection.execute(moved.values(status="ended"))
        grown = _grow(connection, 8, 9)
        assert (grown.audience_count, grown.held) == (88, None)
        assert hyderabad.tell(connection, LATER) is not None
        connection.execute(moved.values(status="active"))
        connection.execute(update(t.incident).values(footprint_changed=True))
        again = match(connection, FIRST, LATER)
        assert (again.audience_count, again.held) == (98, Held.LARGE_AUDIENCE)
        assert hyderabad.tell(connection, LATER) is None


def test_while_latecomers_wait_for_approval_the_others_get_the_word_they_were_promised(city: Engine) -> None:
    due_at = T0 + BOOK.next_update_every
    with writing(city) as connection:
        assert _open(connection, 2, 0.3).held is None
        hyderabad.tell(connection)
        assert _grow(connection, 2, 6, due_at).held is Held.LARGE_AUDIENCE
        assert hyderabad.tell(connection, due_at) is None
        due = _decided(connection, due_at)
        assert isinstance(due, Take)
        assert (due.step, due.reason) == (Step.FOLLOW_UP, "promised_word_nearly_due")
        spoken = hyderabad.speak_next(connection, due, due_at)
        assert spoken is not None
        assert spoken.plan.planned_count == 20
        _approve(connection)
        late = hyderabad.tell(connection, due_at)
        assert late is not None
        assert late.plan.planned_count == 40


def test_a_revision_that_adds_nobody_asks_for_no_approval_and_lifts_none(city: Engine) -> None:
    with writing(city) as connection:
        _open(connection, 4, 0.3)
        connection.execute(update(t.incident).values(footprint_changed=True))
        assert match(connection, FIRST, LATER).held is Held.LARGE_AUDIENCE
        _approve(connection)
        hyderabad.tell(connection, LATER)
        connection.execute(update(t.incident).values(footprint_changed=True, approved_count=0))
        assert match(connection, FIRST, LATER).held is None


def test_an_audience_that_has_shrunk_to_a_usual_size_waits_for_nobody(city: Engine) -> None:
    with writing(city) as connection:
        _open(connection, 4, 0.3)
        for site in list(SITES)[1:4]:
            withdraw_cause(connection, 1, f"site:{site}", LATER, "ravi")
        assert _decided(connection) == Take(Step.MATCH, "footprint_changed")
        assert match(connection, FIRST, LATER).held is None
        spoken = hyderabad.tell(connection, LATER)
        assert spoken is not None
        assert spoken.plan.planned_count == 10


def test_an_audience_of_nobody_after_all_needs_no_approval_and_the_incident_ends(city: Engine) -> None:
    with writing(city) as connection:
        _open(connection, 4, 0.3)
        for site in list(SITES)[:4]:
            withdraw_cause(connection, 1, f"site:{site}", LATER, "ravi")
        match(connection, FIRST, LATER)
        assert hyderabad.tell(connection, LATER) is None
        due = _decided(connection)
        assert isinstance(due, Take)
        assert due.reason == "no_cause_left"
        hyderabad.speak_next(connection, due, LATER)
        assert hyderabad.incident(connection).stage is Stage.VERIFIED
        assert rows(connection, t.notice, "id") == []


def test_an_empty_audience_is_held_unless_customers_are_at_risk(city: Engine) -> None:
    with writing(city) as connection:
        connection.execute(update(t.service).values(status="ended"))
        assert _open(connection, 1, 0.3).held is Held.EMPTY_AUDIENCE
        it = hyderabad.incident(connection)
        assert (it.stage, it.held, it.approval_needed) == (Stage.DETECTED, Held.EMPTY_AUDIENCE, False)
        connection.execute(update(t.service).values(status="active"))
        connection.execute(update(t.incident_element).values(element_id="core:A"))
        found = match(connection, FIRST, LATER)
        assert (found.held, found.audience_count, found.revised.at_risk_count) == (None, 0, 100)
