"""A cause that never was: who was told because of it hears that, once, and nobody is asked how it went."""

from datetime import timedelta

import hyderabad
from hyderabad import BOOK, FIRST, T0, add_customer, rows, voice
from one_incident import (
    CERTAIN,
    LATER,
    NEVER_AFFECTED,
    NO_CAUSE_LEFT,
    NO_LONGER_HIT,
    heard,
    intend_all,
    run,
    withdraw,
)
from sqlalchemy import Engine, select, true, update

from tellfirst.audience.matching import match
from tellfirst.detect.causes import clear_cause, open_cause, withdraw_cause
from tellfirst.domain.audience import Whom
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Stage, Step
from tellfirst.domain.lifecycle import Finished, Take
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.promise import PromiseKind
from tellfirst.notices.telling import tell_first
from tellfirst.notices.words import say
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.promises import open_promises
from tellfirst.timelines.situation import next_step


def test_who_was_told_because_of_a_withdrawn_cause_is_corrected_and_the_others_go_on(told: Engine) -> None:
    with writing(told) as connection:
        withdraw(connection, "HYD0004")
        over = rows(connection, t.audience, "customer_id", "over", "over_at", "over_revision", "impact")
        assert over == [
            (1, "wrongly_told", LATER, 2, Impact.OK),
            (2, None, None, None, Impact.DOWN),
            (3, None, None, None, Impact.DOWN),
        ]
        assert run(connection, LATER) == [NEVER_AFFECTED]
        assert [heard(connection, key)[1:] for key in (1, 2, 3)] == [[("correction", "sent")], [], []]
        assert hyderabad.incident(connection).stage is Stage.FOLLOWING_UP


def test_withdrawing_a_second_time_changes_nothing(told_small: Engine) -> None:
    with writing(told_small) as connection:
        withdraw(connection, "HYD0004")
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
        withdraw(connection, "HYD0006")
        assert next_step(connection, FIRST, LATER, LATER) == Take(Step.NOTIFY, "messages_waiting")
        assert intend_all(connection, LATER) == []
        assert heard(connection, 4) == [("first_word", "cancelled")]
        assert rows(connection, t.delivery, "reason")[3] == ("not_affected",)
        hyderabad.deliver(connection, LATER)
        assert run(connection, LATER) == [NEVER_AFFECTED]
        assert [heard(connection, key)[1:] for key in (4, 5)] == [[], [("correction", "sent")]]


def test_whom_a_real_cause_hit_too_is_back_and_was_not_told_wrongly(told: Engine) -> None:
    with writing(told) as connection:
        hyderabad.mend(connection, "HYD0005", now=LATER)
        hyderabad.all_clear(connection, CERTAIN)
        assert [over for (over,) in rows(connection, t.audience, "over")] == [None, "back", None]
        withdraw(connection, "HYD0004", now=CERTAIN)
        over = [over for (over,) in rows(connection, t.audience, "over")]
        assert over == ["wrongly_told", "back", "back"]
        assert run(connection, CERTAIN) == [NO_LONGER_HIT, NEVER_AFFECTED, NO_CAUSE_LEFT]
        assert [heard(connection, key)[-1][0] for key in (1, 2, 3)] == ["correction", "restored", "restored"]
        assert hyderabad.incident(connection).stage is Stage.VERIFIED
        assert open_promises(connection, 1) == {}


def test_when_every_cause_is_withdrawn_the_incident_ends_and_nobody_is_asked_how_it_went(
    told: Engine,
) -> None:
    with writing(told) as connection:
        withdraw(connection, "HYD0004", "HYD0005")
        assert run(connection, LATER) == [NEVER_AFFECTED, NO_CAUSE_LEFT]
        assert hyderabad.incident(connection).stage is Stage.VERIFIED
        assert rows(connection, t.promise, "state", "reason") == [("kept", "spoken_in_time")]
        asked_at = LATER + BOOK.survey_after
        assert run(connection, asked_at) == [Take(Step.SURVEY, "verified_and_settled", Occasion.SURVEY)]
        for key in (1, 2, 3):
            assert heard(connection, key) == [
                ("first_word", "sent"),
                ("correction", "sent"),
                ("survey", "cancelled"),
            ]
        reasons = select(t.delivery.c.reason).where(t.delivery.c.occasion == "survey")
        assert set(connection.scalars(reasons)) == {"not_affected"}
        closed_at = asked_at + BOOK.survey_open_for
        assert run(connection, closed_at) == [Take(Step.CLOSE, "nothing_outstanding")]
        assert next_step(connection, FIRST, closed_at, closed_at) == Finished()


def test_when_no_first_word_ever_left_nothing_is_owed_and_nothing_said(told: Engine) -> None:
    """The carrier was away all the time."""
    with writing(told) as connection:
        away = {"state": "pending", "handed_over_at": None}
        hyderabad.as_if(connection, true(), **away)
        connection.execute(update(t.chunk).values(done_at=None))
        connection.execute(update(t.notice).values(spoken_at=None))
        withdraw(connection, "HYD0004", "HYD0005")
        assert intend_all(connection, LATER) == []
        hyderabad.deliver(connection, LATER)
        assert run(connection, LATER) == [NO_CAUSE_LEFT]
        assert [heard(connection, key) for key in (1, 2, 3)] == [[("first_word", "cancelled")]] * 3
        assert open_promises(connection, 1) == {}
        assert rows(connection, t.promise, "state", "reason") == [("replaced", "nobody_waits_any_more")]
        asked_at = LATER + BOOK.survey_after
        assert [one.reason for one in run(connection, asked_at)] == ["verified_and_settled"]


def test_an_estimate_given_to_the_wrongly_told_is_not_owed_any_more(told_small: Engine) -> None:
    with writing(told_small) as connection:
        say(connection, FIRST, author="ravi", now=T0, estimate_at=T0 + timedelta(hours=2))
        run(connection, T0)
        assert set(open_promises(connection, 1)) == {PromiseKind.NEXT_UPDATE, PromiseKind.RESTORATION}
        withdraw(connection, "HYD0004", "HYD0005")
        run(connection, LATER)
        assert rows(connection, t.promise, "notice_id", "kind", "state", "reason") == [
            (1, "next_update", "kept", "spoken_in_time"),
            (2, "next_update", "kept", "spoken_in_time"),
            (2, "restoration", "replaced", "told_before_it_lapsed"),
        ]


def test_a_monitor_that_merely_repeats_itself_does_not_undo_the_withdrawal_but_a_new_episode_does(
    told: Engine,
) -> None:
    with writing(told) as connection:
        withdraw(connection, "HYD0004")
        run(connection, LATER)
        repeated = hyderabad.body(hyderabad.alert("HYD0004"))
        taken = hyderabad.post(connection, repeated, LATER)
        assert taken.judgements == {"repeated": 1}
        assert run(connection, LATER) == []
        again = hyderabad.body(hyderabad.alert("HYD0004", starts_at=LATER))
        hyderabad.post(connection, again, LATER)
        told_again = Take(Step.NOTIFY, "newly_affected", Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED)
        assert run(connection, LATER) == [Take(Step.MATCH, "footprint_changed"), told_again]
        assert [one for one, _ in heard(connection, 1)] == ["first_word", "correction", "first_word"]
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
        withdraw(connection, "HYD0004")
        run(connection, LATER)
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0004")), LATER)
        run(connection, LATER)
        withdrawn = rows(connection, t.incident_element, "element_id", "withdrawn_at")
        assert withdrawn == [("site:HYD0004", LATER), ("site:HYD0005", None)]
        assert [one for one, _ in heard(connection, 1)] == ["first_word", "correction"]


def test_who_was_back_before_the_first_word_was_made_reads_of_no_end(told: Engine) -> None:
    """4 was hit and back while the first word waited for approval; 5 still waits, and 1 hears the end."""
    with writing(told) as connection:
        add_customer(connection, 4, "HYD0006")
        add_customer(connection, 5, "HYD0007")
        for site in ("HYD0006", "HYD0007"):
            open_cause(connection, 1, f"site:{site}", Impact.DOWN, LATER, LATER)
        match(connection, FIRST, LATER)
        connection.execute(update(t.incident).values(approval_needed=True))
        hyderabad.mend(connection, "HYD0004", now=LATER)
        clear_cause(connection, 1, "site:HYD0006", LATER, reason="monitor_resolved")
        asked = "approval_to_be_asked"
        assert [one.reason for one in run(connection, CERTAIN)] == [asked, "quiet_long_enough", asked]
        assert rows(connection, t.audience, "customer_id", "over") == [
            *[(1, "back"), (2, None), (3, None), (4, "back"), (5, None)],
        ]
        assert [heard(connection, key) for key in (4, 5)] == [[], []]
        assert heard(connection, 1)[-1] == ("restored", "sent")
        connection.execute(update(t.incident).values(approval_needed=False))
        assert [one.reason for one in run(connection, CERTAIN)] == ["newly_affected"]
        assert [heard(connection, key) for key in (4, 5)] == [[], [("first_word", "sent")]]
