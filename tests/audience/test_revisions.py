"""From one revision to the next: who comes in, who is hit worse, who is back, who was told wrongly."""

from datetime import timedelta
from typing import Any

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, add_service, phone, rows, voice
from sqlalchemy import Connection, Engine, func, insert, select, update

from tellfirst.audience.matching import match
from tellfirst.audience.verifying import verify
from tellfirst.delivery.intending import intend
from tellfirst.delivery.leasing import lease
from tellfirst.detect.causes import clear_cause, open_cause, withdraw_cause
from tellfirst.detect.opening import open_by_hand
from tellfirst.detect.weighing import weigh
from tellfirst.domain.audience import Whom
from tellfirst.domain.facts import Action
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Stage, Step
from tellfirst.domain.lifecycle import Finished, Take, Wait
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.promise import PromiseKind
from tellfirst.notices.following import follow_up
from tellfirst.notices.speaking import speak
from tellfirst.notices.telling import tell_first
from tellfirst.notices.words import say
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.surveys.asking import ask
from tellfirst.timelines.promises import open_promises
from tellfirst.timelines.situation import next_step

LATER = T0 + MINUTE
CERTAIN = LATER + BOOK.quiet_for
HUB = "hub:Hyderabad-Miyapur"
NEVER_AFFECTED = Take(Step.FOLLOW_UP, "never_affected", Occasion.CORRECTION, Whom.WRONGLY_TOLD)
NO_CAUSE_LEFT = Take(Step.FOLLOW_UP, "no_cause_left", Occasion.RESTORED, Whom.BACK)
NO_LONGER_HIT = Take(Step.FOLLOW_UP, "no_longer_hit", Occasion.RESTORED, Whom.BACK)
HIT_WORSE = Take(Step.FOLLOW_UP, "hit_worse", Occasion.UPDATE, Whom.WORSE)


@pytest.fixture
def told(engine: Engine) -> Engine:
    """HYD0004 and HYD0005 are down. Customer 1 hangs on the first, 2 on the second, 3 on both."""
    return _told(engine)


@pytest.fixture
def told_small(sqlite_engine: Engine) -> Engine:
    return _told(sqlite_engine)


def _told(engine: Engine) -> Engine:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0005")
        add_customer(connection, 3, "HYD0004", "HYD0005")
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
    return engine


def _withdraw(connection: Connection, *sites: str, now: Any = LATER) -> None:
    for site in sites:
        assert withdraw_cause(connection, 1, f"site:{site}", now, "ravi")
    match(connection, FIRST, now)


def _imported(connection: Connection, at: Any) -> None:
    """A file was imported at `at`: whatever records differ, differ because of it."""
    counts = {"row_count": 1, "accepted_count": 1, "repaired_count": 0, "rejected_count": 0}
    batch = {"kind": "services", "file": "services.csv", "sha256": "0" * 64, "at": at, "actor": "ravi"}
    connection.execute(insert(t.import_batch).values(**batch, **counts))


def _move(connection: Connection, key: int, site: str) -> None:
    moved = update(t.service).where(t.service.c.customer_id == key)
    connection.execute(moved.values(element_id=f"site:{site}"))


def _heard(connection: Connection, key: int) -> list[tuple[str, str]]:
    """What was planned for a customer, in order, and what became of it."""
    d = t.delivery.c
    found = select(d.occasion, d.state).where(d.customer_id == key).order_by(d.notice_id)
    return [row._tuple() for row in connection.execute(found)]


def _run(connection: Connection, now: Any) -> list[Take]:
    """Everything the incident asks for at `now`, done; what it was."""
    done: list[Take] = []
    while isinstance(due := next_step(connection, FIRST, now, now), Take):
        assert len(done) < 20, done
        done.append(due)
        match due.step:
            case Step.MATCH:
                match(connection, FIRST, now)
            case Step.NOTIFY:
                hyderabad.tell(connection, now)
            case Step.FOLLOW_UP:
                hyderabad.speak_next(connection, due, now)
            case Step.SURVEY:
                ask(connection, FIRST, voice(now))
                hyderabad.deliver(connection, now)
            case Step.CLOSE:
                connection.execute(update(t.incident).values(stage=Stage.CLOSED))
            case _:
                weigh(connection, FIRST, now)
    return done


# A cause that never was


def test_who_was_told_because_of_a_withdrawn_cause_is_corrected_and_the_others_go_on(told: Engine) -> None:
    with writing(told) as connection:
        _withdraw(connection, "HYD0004")
        over = rows(connection, t.audience, "customer_id", "over", "over_at", "over_revision", "impact")
        assert over == [
            (1, "wrongly_told", LATER, 2, Impact.OK),
            (2, None, None, None, Impact.DOWN),
            (3, None, None, None, Impact.DOWN),
        ]
        assert _run(connection, LATER) == [NEVER_AFFECTED]
        assert [_heard(connection, key)[1:] for key in (1, 2, 3)] == [[("correction", "sent")], [], []]
        assert hyderabad.incident(connection).stage is Stage.FOLLOWING_UP


def test_withdrawing_a_second_time_changes_nothing(told_small: Engine) -> None:
    with writing(told_small) as connection:
        _withdraw(connection, "HYD0004")
        before = hyderabad.incident(connection)
        assert withdraw_cause(connection, 1, "site:HYD0004", LATER, "ravi") is False
        assert withdraw_cause(connection, 1, "site:HYD0099", LATER, "ravi") is False
        assert hyderabad.incident(connection) == before


def test_a_first_word_that_has_not_left_is_cancelled_and_then_nothing_needs_correcting(
    told: Engine,
) -> None:
    with writing(told) as connection:
        add_customer(connection, 4, "HYD0006")
        add_customer(connection, 5, "HYD0006")
        open_cause(connection, 1, "site:HYD0006", Impact.DOWN, LATER, LATER)
        match(connection, FIRST, LATER)
        tell_first(connection, FIRST, voice(LATER))
        left = update(t.delivery).where(t.delivery.c.customer_id == 5).values(state="sent")
        connection.execute(left)
        _withdraw(connection, "HYD0006")
        assert next_step(connection, FIRST, LATER, LATER) == Take(Step.NOTIFY, "messages_waiting")
        assert _intend_all(connection, LATER) == []
        assert _heard(connection, 4) == [("first_word", "cancelled")]
        assert rows(connection, t.delivery, "reason")[3] == ("not_affected",)
        hyderabad.deliver(connection, LATER)
        assert _run(connection, LATER) == [NEVER_AFFECTED]
        assert [_heard(connection, key)[1:] for key in (4, 5)] == [[], [("correction", "sent")]]


def _intend_all(connection: Connection, now: Any) -> list[int]:
    """Of every chunk that waits, whom its worker would write to."""
    waiting = connection.scalars(select(t.chunk.c.id).where(t.chunk.c.done_at.is_(None))).all()
    found = []
    for chunk_id in waiting:
        held = lease(connection, chunk_id, now)
        assert held is not None
        found += [one.customer_id for one in intend(connection, held, 100, now, now)]
    return found


def test_whom_a_real_cause_hit_too_is_back_and_was_not_told_wrongly(told: Engine) -> None:
    with writing(told) as connection:
        hyderabad.mend(connection, "HYD0005", now=LATER)
        hyderabad.all_clear(connection, CERTAIN)
        assert [over for (over,) in rows(connection, t.audience, "over")] == [None, "back", None]
        _withdraw(connection, "HYD0004", now=CERTAIN)
        over = [over for (over,) in rows(connection, t.audience, "over")]
        assert over == ["wrongly_told", "back", "back"]
        assert _run(connection, CERTAIN) == [NO_LONGER_HIT, NEVER_AFFECTED, NO_CAUSE_LEFT]
        assert [_heard(connection, key)[-1][0] for key in (1, 2, 3)] == ["correction", "restored", "restored"]
        assert hyderabad.incident(connection).stage is Stage.VERIFIED
        assert open_promises(connection, 1) == {}


def test_when_every_cause_is_withdrawn_the_incident_ends_and_nobody_is_asked_how_it_went(
    told: Engine,
) -> None:
    with writing(told) as connection:
        _withdraw(connection, "HYD0004", "HYD0005")
        assert _run(connection, LATER) == [NEVER_AFFECTED, NO_CAUSE_LEFT]
        assert hyderabad.incident(connection).stage is Stage.VERIFIED
        assert open_promises(connection, 1) == {}
        asked_at = LATER + BOOK.survey_after
        assert _run(connection, asked_at) == [Take(Step.SURVEY, "verified_and_settled", Occasion.SURVEY)]
        for key in (1, 2, 3):
            assert _heard(connection, key) == [
                ("first_word", "sent"),
                ("correction", "sent"),
                ("survey", "cancelled"),
            ]
        reasons = select(t.delivery.c.reason).where(t.delivery.c.occasion == "survey")
        assert set(connection.scalars(reasons)) == {"not_affected"}
        closed_at = asked_at + BOOK.survey_open_for
        assert _run(connection, closed_at) == [Take(Step.CLOSE, "nothing_outstanding")]
        assert next_step(connection, FIRST, closed_at, closed_at) == Finished()


def test_when_no_first_word_ever_left_nothing_is_owed_and_nothing_said(told: Engine) -> None:
    """The carrier was away all the time."""
    with writing(told) as connection:
        away = {"state": "pending", "handed_over_at": None}
        connection.execute(update(t.delivery).values(**away))
        connection.execute(update(t.chunk).values(done_at=None))
        connection.execute(update(t.notice).values(spoken_at=None))
        _withdraw(connection, "HYD0004", "HYD0005")
        assert _intend_all(connection, LATER) == []
        hyderabad.deliver(connection, LATER)
        assert _run(connection, LATER) == [NO_CAUSE_LEFT]
        assert [_heard(connection, key) for key in (1, 2, 3)] == [[("first_word", "cancelled")]] * 3
        assert open_promises(connection, 1) == {}
        assert rows(connection, t.promise, "state", "reason") == [("replaced", "nobody_waits_any_more")]
        asked_at = LATER + BOOK.survey_after
        assert [one.reason for one in _run(connection, asked_at)] == ["verified_and_settled"]


def test_an_estimate_given_to_the_wrongly_told_is_not_owed_any_more(told_small: Engine) -> None:
    with writing(told_small) as connection:
        say(connection, FIRST, author="ravi", now=T0, estimate_at=T0 + timedelta(hours=2))
        _run(connection, T0)
        assert set(open_promises(connection, 1)) == set(PromiseKind)
        _withdraw(connection, "HYD0004", "HYD0005")
        _run(connection, LATER)
        assert open_promises(connection, 1) == {}
        assert "broken" not in [state for (state,) in rows(connection, t.promise, "state")]


def test_a_monitor_that_merely_repeats_itself_does_not_undo_the_withdrawal_but_a_new_episode_does(
    told: Engine,
) -> None:
    with writing(told) as connection:
        _withdraw(connection, "HYD0004")
        _run(connection, LATER)
        repeated = hyderabad.body(hyderabad.alert("HYD0004"))
        taken = hyderabad.post(connection, repeated, LATER)
        assert taken.judgements == {"repeated": 1}
        assert _run(connection, LATER) == []
        again = hyderabad.body(hyderabad.alert("HYD0004", starts_at=LATER))
        hyderabad.post(connection, again, LATER)
        told_again = Take(Step.NOTIFY, "newly_affected", Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED)
        assert _run(connection, LATER) == [Take(Step.MATCH, "footprint_changed"), told_again]
        assert [one for one, _ in _heard(connection, 1)] == ["first_word", "correction", "first_word"]
        assert rows(connection, t.audience, "customer_id", "over", "affected_revision") == [
            (1, None, 3),
            (2, None, 1),
            (3, None, 1),
        ]


def test_a_monitor_that_was_quiet_and_repeats_itself_does_not_undo_the_withdrawal_either(
    told_small: Engine,
) -> None:
    """An engineer had declared it restored before it came out that it never failed."""
    with writing(told_small) as connection:
        clear_cause(connection, 1, "site:HYD0004", LATER, reason="engineer_says_so", actor="ravi")
        _withdraw(connection, "HYD0004")
        _run(connection, LATER)
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0004")), LATER)
        _run(connection, LATER)
        withdrawn = rows(connection, t.incident_element, "element_id", "withdrawn_at")
        assert withdrawn == [("site:HYD0004", LATER), ("site:HYD0005", None)]
        assert [one for one, _ in _heard(connection, 1)] == ["first_word", "correction"]


# Hit worse


def _degraded(connection: Connection) -> None:
    hyderabad.build(connection)
    for key, site in ((1, "HYD0004"), (2, "HYD0005"), (3, "HYD0006")):
        add_customer(connection, key, site)
    sites = [f"site:HYD000{number}" for number in (4, 5, 6)]
    open_by_hand(connection, sites, BOOK, Impact.DEGRADED, T0, T0, "ravi")
    _run(connection, T0)


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
        assert _run(connection, LATER) == [HIT_WORSE]
        assert [len(_heard(connection, key)) for key in (1, 2, 3)] == [2, 1, 1]
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
        _run(connection, LATER)
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
        assert _run(connection, LATER) == [spoke]
        assert rows(connection, t.word, "notice_id") == [(3,)]


def test_a_word_to_all_who_wait_tells_those_hit_worse_too_and_they_hear_it_once(
    sqlite_engine: Engine,
) -> None:
    with writing(sqlite_engine) as connection:
        _degraded(connection)
        _make_worse(connection, "HYD0004")
        say(connection, FIRST, author="ravi", now=LATER, action=Action.REPAIRING)
        spoke = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE, Whom.WAITING)
        assert _run(connection, LATER) == [Take(Step.MATCH, "footprint_changed"), spoke]
        assert [len(_heard(connection, key)) for key in (1, 2, 3)] == [2, 2, 2]


def test_who_was_hit_worse_before_the_first_word_hears_the_truth_once(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        open_by_hand(connection, ["site:HYD0004"], BOOK, Impact.DEGRADED, T0, T0, "ravi")
        weigh(connection, FIRST, T0)
        match(connection, FIRST, T0)
        _make_worse(connection, "HYD0004")
        _run(connection, LATER)
        assert _heard(connection, 1) == [("first_word", "sent")]


# Records that change meanwhile


def test_a_service_moved_away_is_corrected_and_one_moved_there_is_told(told: Engine) -> None:
    with writing(told) as connection:
        add_customer(connection, 4, "HYD0000")
        add_customer(connection, 5, "HYD0000")
        _move(connection, 1, "HYD0000")
        _move(connection, 4, "HYD0004")
        _imported(connection, LATER)
        connection.execute(update(t.incident).values(footprint_changed=True))
        _run(connection, LATER)
        assert [_heard(connection, key) for key in (1, 2, 3, 4, 5)] == [
            [("first_word", "sent"), ("correction", "sent")],
            [("first_word", "sent")],
            [("first_word", "sent")],
            [("first_word", "sent")],
            [],
        ]


@pytest.mark.parametrize(
    ("imported_at", "accepted", "over"),
    [(LATER, 1, "wrongly_told"), (LATER, 0, "back"), (T0 - MINUTE, 1, "back")],
    ids=["during the incident", "nothing accepted", "before it"],
)
def test_only_records_that_were_imported_during_the_incident_make_a_telling_wrong(
    told_small: Engine, imported_at: Any, accepted: int, over: str
) -> None:
    with writing(told_small) as connection:
        _move(connection, 1, "HYD0000")
        _imported(connection, imported_at)
        connection.execute(update(t.import_batch).values(accepted_count=accepted))
        connection.execute(update(t.incident).values(footprint_changed=True))
        match(connection, FIRST, LATER)
        assert rows(connection, t.audience, "over")[0] == (over,)


def test_who_leaves_while_nothing_is_repaired_yet_hears_it_and_the_incident_goes_on(told: Engine) -> None:
    """Their services were moved by hand: nothing of the incident is verified to be back, and they are."""
    with writing(told) as connection:
        _move(connection, 1, "HYD0000")
        connection.execute(update(t.incident).values(footprint_changed=True))
        assert _run(connection, LATER) == [Take(Step.MATCH, "footprint_changed"), NO_LONGER_HIT]
        assert _heard(connection, 1) == [("first_word", "sent"), ("restored", "sent")]
        assert hyderabad.incident(connection).stage is Stage.TOLD


def test_who_came_while_the_rest_was_verified_is_told_at_once(told: Engine) -> None:
    with writing(told) as connection:
        add_customer(connection, 4, "HYD0005")
        hyderabad.mend(connection, "HYD0004", now=LATER)
        due = next_step(connection, FIRST, CERTAIN, CERTAIN)
        assert isinstance(due, Take)
        follow_up(connection, FIRST, due, voice(CERTAIN))
        hyderabad.deliver(connection, CERTAIN)
        assert [one.reason for one in _run(connection, CERTAIN)] == ["newly_affected"]
        assert _heard(connection, 4) == [("first_word", "sent")]


# What every revision leaves behind


def test_every_revision_is_written_down_with_its_counts(told: Engine) -> None:
    with writing(told) as connection:
        add_customer(connection, 4, "HYD0006")
        open_cause(connection, 1, "site:HYD0006", Impact.DOWN, LATER, LATER)
        match(connection, FIRST, LATER)
        _withdraw(connection, "HYD0004", now=CERTAIN)
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
        _run(connection, T0)
        hyderabad.mend(connection, "HYD0004", now=LATER)
        assert [one.reason for one in _run(connection, CERTAIN)] == ["quiet_long_enough"]
        assert _heard(connection, 1)[-1] == ("restored", "sent")
        assert hyderabad.incident(connection).stage is not Stage.VERIFIED
        assert next_step(connection, FIRST, CERTAIN, CERTAIN) == Wait(None, "nothing_promised")
        clear_cause(connection, 1, "core:A", CERTAIN, reason="engineer_says_so")
        last = CERTAIN + BOOK.quiet_for
        assert [one.reason for one in _run(connection, last)] == ["quiet_long_enough"]
        assert hyderabad.incident(connection).stage is Stage.VERIFIED
        assert connection.scalar(select(func.count()).select_from(t.notice)) == 2


def test_one_of_two_redundant_cores_failing_tells_nobody_and_ends_without_a_word(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        open_by_hand(connection, ["core:A"], BOOK, Impact.DOWN, T0, T0, "ravi")
        _run(connection, T0)
        it = hyderabad.incident(connection)
        assert (it.stage, it.held) == (Stage.TOLD, None)
        counts = rows(connection, t.audience_revision, "affected_count", "at_risk_count")
        assert counts == [(0, 1)]
        clear_cause(connection, 1, "core:A", LATER, reason="engineer_says_so")
        for moment in (CERTAIN, CERTAIN + BOOK.survey_after):
            _run(connection, moment)
        assert hyderabad.incident(connection).stage is Stage.CLOSED
        assert rows(connection, t.notice, "id") == rows(connection, t.delivery, "id") == []


def test_who_was_at_risk_and_is_now_down_is_told_as_newly_affected(engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004", phone=phone(7))
        open_by_hand(connection, ["core:A"], BOOK, Impact.DOWN, T0, T0, "ravi")
        _run(connection, T0)
        open_cause(connection, 1, "core:B", Impact.DOWN, LATER, LATER)
        _run(connection, LATER)
        assert _heard(connection, 1) == [("first_word", "sent")]
        seen = rows(connection, t.audience, "impact_before", "impact", "affected_revision", "worse_revision")
        assert seen == [(Impact.AT_RISK, Impact.DOWN, 2, None)]
