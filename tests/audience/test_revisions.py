"""From one revision to the next: who comes in, who is hit worse, who is back, who was told wrongly."""

from typing import Any

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, add_service, phone, rows, voice
from one_incident import (
    CERTAIN,
    HIT_WORSE,
    HUB,
    LATER,
    NO_LONGER_HIT,
    heard,
    imported,
    move,
    run,
    withdraw,
)
from sqlalchemy import Connection, Engine, func, select, update

from tellfirst.audience.matching import match
from tellfirst.audience.verifying import verify
from tellfirst.detect.causes import clear_cause, open_cause
from tellfirst.detect.opening import open_by_hand
from tellfirst.detect.weighing import weigh
from tellfirst.domain.audience import Whom
from tellfirst.domain.facts import Action
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Stage, Step
from tellfirst.domain.lifecycle import Take, Wait
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.following import follow_up
from tellfirst.notices.speaking import speak
from tellfirst.notices.words import say
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.promises import open_promises
from tellfirst.timelines.situation import next_step

# Hit worse


def _degraded(connection: Connection) -> None:
    hyderabad.build(connection)
    for key, site in ((1, "HYD0004"), (2, "HYD0005"), (3, "HYD0006")):
        add_customer(connection, key, site)
    sites = [f"site:HYD000{number}" for number in (4, 5, 6)]
    open_by_hand(connection, sites, BOOK, Impact.DEGRADED, T0, T0, "ravi")
    run(connection, T0)


def test_who_is_hit_worse_than_they_were_told_hears_it_at_once_and_nobody_else(engine: Engine) -> None:
    with writing(engine) as connection:
        _degraded(connection)
        owed = open_promises(connection, 1)
        _make_worse(connection, "HYD0004")
        found = match(connection, FIRST, LATER)
        assert (found.newly_affected_count, found.revised.worse_count) == (0, 1)
        assert rows(connection, t.audience, "customer_id", "impact_before", "impact", "worse_revision") == [
            (1, Impact.DEGRADED, Impact.DOWN, 2),
            (2, Impact.DEGRADED, Impact.DEGRADED, None),
            (3, Impact.DEGRADED, Impact.DEGRADED, None),
        ]
        assert run(connection, LATER) == [HIT_WORSE]
        assert [len(heard(connection, key)) for key in (1, 2, 3)] == [2, 1, 1]
        assert open_promises(connection, 1) == owed
        promised = rows(connection, t.promise, "notice_id", "state", "settled_by")
        assert promised == [(1, "open", None), (2, "open", None)]


def _make_worse(connection: Connection, *sites: str) -> None:
    for site in sites:
        open_cause(connection, 1, f"site:{site}", Impact.DOWN, LATER, LATER)
        e = t.incident_element
        connection.execute(update(e).where(e.c.element_id == f"site:{site}").values(impact=Impact.DOWN.value))
    connection.execute(update(t.incident).values(footprint_changed=True))


def test_a_word_to_those_hit_worse_is_no_holding_word(engine: Engine) -> None:
    """It would say that there is no news."""
    with writing(engine) as connection:
        _degraded(connection)
        _make_worse(connection, "HYD0004")
        run(connection, LATER)
        assert rows(connection, t.notice, "occasion", "whom", "holding") == [
            ("first_word", "newly_affected", False),
            ("update", "worse", False),
        ]


def test_a_word_to_those_hit_worse_leaves_an_engineers_word_for_all_who_wait(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        _degraded(connection)
        _make_worse(connection, "HYD0004")
        match(connection, FIRST, LATER)
        say(connection, FIRST, author="ravi", now=LATER, action=Action.REPAIRING)
        speak(connection, FIRST, Occasion.UPDATE, Whom.WORSE, "hit_worse", voice(LATER))
        hyderabad.deliver(connection, LATER)
        assert rows(connection, t.word, "notice_id") == [(None,)]
        spoke = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE, Whom.WAITING)
        assert run(connection, LATER) == [spoke]
        assert rows(connection, t.word, "notice_id") == [(3,)]


def test_a_word_to_all_who_wait_tells_those_hit_worse_too_and_they_hear_it_once(
    sqlite_engine: Engine,
) -> None:
    with writing(sqlite_engine) as connection:
        _degraded(connection)
        _make_worse(connection, "HYD0004")
        say(connection, FIRST, author="ravi", now=LATER, action=Action.REPAIRING)
        spoke = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE, Whom.WAITING)
        assert run(connection, LATER) == [Take(Step.MATCH, "footprint_changed"), spoke]
        assert [len(heard(connection, key)) for key in (1, 2, 3)] == [2, 2, 2]


def test_who_was_hit_worse_before_the_first_word_hears_the_truth_once(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        open_by_hand(connection, ["site:HYD0004"], BOOK, Impact.DEGRADED, T0, T0, "ravi")
        weigh(connection, FIRST, T0)
        match(connection, FIRST, T0)
        _make_worse(connection, "HYD0004")
        run(connection, LATER)
        assert heard(connection, 1) == [("first_word", "sent")]


# Records that change meanwhile


def test_a_service_moved_away_is_corrected_and_one_moved_there_is_told(told: Engine) -> None:
    with writing(told) as connection:
        add_customer(connection, 4, "HYD0000")
        add_customer(connection, 5, "HYD0000")
        move(connection, 1, "HYD0000")
        move(connection, 4, "HYD0004")
        imported(connection, LATER)
        connection.execute(update(t.incident).values(footprint_changed=True))
        run(connection, LATER)
        assert [heard(connection, key) for key in (1, 2, 3, 4, 5)] == [
            [("first_word", "sent"), ("correction", "sent")],
            [("first_word", "sent")],
            [("first_word", "sent")],
            [("first_word", "sent")],
            [],
        ]


def test_a_service_that_ended_meanwhile_was_hit_all_the_same_and_is_not_corrected(told: Engine) -> None:
    with writing(told) as connection:
        connection.execute(update(t.service).where(t.service.c.customer_id == 1).values(status="ended"))
        imported(connection, LATER)
        connection.execute(update(t.incident).values(footprint_changed=True))
        run(connection, LATER)
        assert heard(connection, 1) == [("first_word", "sent"), ("restored", "sent")]


@pytest.mark.parametrize(
    ("imported_at", "accepted", "over"),
    [(LATER, 1, "wrongly_told"), (LATER, 0, "back"), (T0 - MINUTE, 1, "back")],
    ids=["during the incident", "nothing accepted", "before it"],
)
def test_only_records_that_were_imported_during_the_incident_make_a_telling_wrong(
    told_small: Engine, imported_at: Any, accepted: int, over: str
) -> None:
    with writing(told_small) as connection:
        move(connection, 1, "HYD0000")
        imported(connection, imported_at)
        connection.execute(update(t.import_batch).values(accepted_count=accepted))
        connection.execute(update(t.incident).values(footprint_changed=True))
        match(connection, FIRST, LATER)
        assert rows(connection, t.audience, "over")[0] == (over,)


def test_who_leaves_while_nothing_is_repaired_yet_hears_it_and_the_incident_goes_on(told: Engine) -> None:
    """Their services were moved by hand: nothing of the incident is verified to be back, and they are."""
    with writing(told) as connection:
        move(connection, 1, "HYD0000")
        connection.execute(update(t.incident).values(footprint_changed=True))
        assert run(connection, LATER) == [Take(Step.MATCH, "footprint_changed"), NO_LONGER_HIT]
        assert heard(connection, 1) == [("first_word", "sent"), ("restored", "sent")]
        assert hyderabad.incident(connection).stage is Stage.TOLD


def test_who_came_while_the_rest_was_verified_is_told_at_once(told: Engine) -> None:
    with writing(told) as connection:
        add_customer(connection, 4, "HYD0005")
        hyderabad.mend(connection, "HYD0004", now=LATER)
        due = next_step(connection, FIRST, CERTAIN, CERTAIN)
        assert isinstance(due, Take)
        follow_up(connection, FIRST, due, voice(CERTAIN))
        hyderabad.deliver(connection, CERTAIN)
        assert [one.reason for one in run(connection, CERTAIN)] == ["newly_affected"]
        assert heard(connection, 4) == [("first_word", "sent")]


# What every revision leaves behind


def test_every_revision_is_written_down_with_its_counts(told: Engine) -> None:
    with writing(told) as connection:
        add_customer(connection, 4, "HYD0006")
        open_cause(connection, 1, "site:HYD0006", Impact.DOWN, LATER, LATER)
        match(connection, FIRST, LATER)
        withdraw(connection, "HYD0004", now=CERTAIN)
        hyderabad.mend(connection, "HYD0005", now=CERTAIN)
        last = CERTAIN + BOOK.quiet_for
        verify(connection, FIRST, BOOK.quiet_for, last)
        columns = (
            *("revision", "at", "element_count", "affected_count", "at_risk_count"),
            *("newly_affected_count", "worse_count", "back_count", "wrongly_told_count"),
        )
        assert rows(connection, t.audience_revision, *columns) == [
            (1, T0, 2, 3, 0, 3, 0, 0, 0),
            (2, LATER, 3, 4, 0, 1, 0, 0, 0),
            (3, CERTAIN, 2, 3, 0, 0, 0, 0, 1),
            (4, last, 1, 1, 0, 0, 0, 2, 0),
        ]
        assert hyderabad.incident(connection).audience_revision == 4


def test_every_row_says_by_which_hit_of_which_revision_it_is_explained(told: Engine) -> None:
    with writing(told) as connection:
        add_service(connection, 3, "site:HYD0006")
        open_cause(connection, 1, HUB, Impact.DOWN, LATER, LATER)
        match(connection, FIRST, LATER)
        a, e = t.audience.c, t.impact_element.c
        explained = (
            select(a.customer_id, e.element_id, e.cause_element, e.impact, a.impact)
            .join(
                t.impact_element,
                (e.incident_id == a.incident_id) & (e.revision == a.revision) & (e.number == a.hit),
            )
            .order_by(a.customer_id)
        )
        assert [row._tuple() for row in connection.execute(explained)] == [
            (1, "site:HYD0004", "site:HYD0004", Impact.DOWN, Impact.DOWN),
            (2, "site:HYD0005", "site:HYD0005", Impact.DOWN, Impact.DOWN),
            (3, "site:HYD0004", "site:HYD0004", Impact.DOWN, Impact.DOWN),
        ]


def test_the_incident_is_not_over_while_a_cause_is_left_although_nobody_is_without_service(
    engine: Engine,
) -> None:
    """A core of the redundant pair is still gone: nobody waits, and the next failure would be total."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        open_cause(connection, 1, "core:A", Impact.DOWN, T0, T0)
        run(connection, T0)
        hyderabad.mend(connection, "HYD0004", now=LATER)
        assert [one.reason for one in run(connection, CERTAIN)] == ["quiet_long_enough"]
        assert heard(connection, 1)[-1] == ("restored", "sent")
        assert hyderabad.incident(connection).stage is not Stage.VERIFIED
        assert next_step(connection, FIRST, CERTAIN, CERTAIN) == Wait(None, "nothing_promised")
        clear_cause(connection, 1, "core:A", CERTAIN, reason="engineer_says_so")
        last = CERTAIN + BOOK.quiet_for
        assert [one.reason for one in run(connection, last)] == ["quiet_long_enough"]
        assert hyderabad.incident(connection).stage is Stage.VERIFIED
        assert connection.scalar(select(func.count()).select_from(t.notice)) == 2


def test_one_of_two_redundant_cores_failing_tells_nobody_and_ends_without_a_word(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        open_by_hand(connection, ["core:A"], BOOK, Impact.DOWN, T0, T0, "ravi")
        run(connection, T0)
        it = hyderabad.incident(connection)
        assert (it.stage, it.held) == (Stage.TOLD, None)
        counts = rows(connection, t.audience_revision, "affected_count", "at_risk_count")
        assert counts == [(0, 1)]
        clear_cause(connection, 1, "core:A", LATER, reason="engineer_says_so")
        for moment in (CERTAIN, CERTAIN + BOOK.survey_after):
            run(connection, moment)
        assert hyderabad.incident(connection).stage is Stage.CLOSED
        assert rows(connection, t.notice, "id") == rows(connection, t.delivery, "id") == []


def test_who_was_at_risk_and_is_now_down_is_told_as_newly_affected(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004", phone=phone(7))
        open_by_hand(connection, ["core:A"], BOOK, Impact.DOWN, T0, T0, "ravi")
        run(connection, T0)
        open_cause(connection, 1, "core:B", Impact.DOWN, LATER, LATER)
        run(connection, LATER)
        assert heard(connection, 1) == [("first_word", "sent")]
        seen = rows(connection, t.audience, "impact_before", "impact", "affected_revision", "worse_revision")
        assert seen == [(Impact.AT_RISK, Impact.DOWN, 2, None)]
