"""The one decision about an incident's next step: where it stands, what is due, when to look again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mobile import BOOK

from tellfirst.domain.approval import ApprovalState
from tellfirst.domain.audience import Whom
from tellfirst.domain.incident import RUNNING, Held, Stage, Step
from tellfirst.domain.lifecycle import LOOK_AGAIN_AFTER, Finished, Situation, Take, Wait, decide
from tellfirst.domain.occasion import Occasion

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
TELLING = [Stage.TOLD, Stage.FOLLOWING_UP, Stage.RESTORED]

FIRST = Take(Step.NOTIFY, "nobody_told_yet", Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED)
LATECOMERS = Take(Step.NOTIFY, "newly_affected", Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED)
VERIFIED = Take(Step.FOLLOW_UP, "quiet_long_enough", Occasion.RESTORED, Whom.BACK)
NO_LONGER = Take(Step.FOLLOW_UP, "no_longer_hit", Occasion.RESTORED, Whom.BACK)
WRONGLY = Take(Step.FOLLOW_UP, "never_affected", Occasion.CORRECTION, Whom.WRONGLY_TOLD)
NO_CAUSE = Take(Step.FOLLOW_UP, "no_cause_left", Occasion.RESTORED, Whom.BACK)
WORSE = Take(Step.FOLLOW_UP, "hit_worse", Occasion.UPDATE, Whom.WORSE)
CORRECTION = Take(Step.FOLLOW_UP, "engineers_corrected", Occasion.CORRECTION)
WORD = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
OVERRUN = Take(Step.FOLLOW_UP, "estimate_about_to_lapse", Occasion.OVERRUN)
HOLDING = Take(Step.FOLLOW_UP, "promised_word_nearly_due", Occasion.UPDATE)
LEFTOVERS = Take(Step.NOTIFY, "messages_waiting")


def _at(stage: Stage, **facts: Any) -> Situation:
    return replace(Situation(stage=stage, held=None, playbook=BOOK), **facts)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (Stage.OPENED, Take(Step.DETECT, "signals_to_weigh")),
        (Stage.DETECTED, Take(Step.MATCH, "footprint_known")),
        (Stage.MATCHED, FIRST),
        (Stage.TOLD, Wait(None, "nothing_promised")),
        (Stage.FOLLOWING_UP, Wait(None, "nothing_promised")),
        (Stage.RESTORED, Wait(None, "nothing_promised")),
        (Stage.VERIFIED, Take(Step.SURVEY, "verified_and_settled", Occasion.SURVEY)),
        (Stage.SURVEYED, Take(Step.CLOSE, "nothing_outstanding")),
        (Stage.CLOSED, Finished()),
    ],
)
def test_each_stage_has_its_step(stage: Stage, expected: object) -> None:
    assert decide(NOW, _at(stage, verified_at=NOW - 3 * HOUR)) == expected


@pytest.mark.parametrize("held", list(Held))
@pytest.mark.parametrize("stage", sorted(RUNNING))
def test_a_held_incident_waits_for_a_person_whatever_is_due(stage: Stage, held: Held) -> None:
    due = {"word_pending": True, "footprint_changed": True, "next_update_due_at": NOW, "retry_due_at": NOW}
    assert decide(NOW, _at(stage, held=held, **due)) == Wait(None, f"held: {held}")


def test_an_incident_without_a_playbook_is_weighed_and_then_held_before_one_is_needed() -> None:
    bare = Situation(stage=Stage.OPENED, held=Held.NO_PLAYBOOK, playbook=None)
    assert decide(NOW, bare) == Wait(None, "held: no_playbook")
    assert decide(NOW, replace(bare, held=None)) == Take(Step.DETECT, "signals_to_weigh")


@pytest.mark.parametrize("stage", TELLING)
def test_whoever_became_affected_is_found_and_told_before_anything_else_is_said(stage: Stage) -> None:
    everything = _at(
        stage,
        footprint_changed=True,
        newly_affected_count=1,
        retry_due_at=NOW,
        word_pending=True,
        quiet_since=NOW - HOUR,
    )
    assert decide(NOW, everything) == Take(Step.MATCH, "footprint_changed")
    matched = replace(everything, footprint_changed=False)
    assert decide(NOW, matched) == LATECOMERS
    told = replace(matched, newly_affected_count=0)
    assert decide(NOW, told) == LEFTOVERS
    assert decide(NOW, replace(told, retry_due_at=None)) == VERIFIED


ALL_DUE = {
    "quiet_since": NOW - BOOK.quiet_for,
    "back_count": 1,
    "wrongly_told_count": 1,
    "causes_left": False,
    "correction_pending": True,
    "word_pending": True,
    "estimate_due_at": NOW + BOOK.overrun_before,
    "next_update_due_at": NOW + BOOK.warn_before,
    "worse_count": 1,
}
MOST_TELLING_FIRST = [
    *(VERIFIED, NO_LONGER, WRONGLY, NO_CAUSE),
    *(CORRECTION, WORD, OVERRUN, HOLDING, WORSE),
]


@pytest.mark.parametrize("stage", TELLING)
@pytest.mark.parametrize("rank", range(len(MOST_TELLING_FIRST)))
def test_of_several_words_due_the_most_telling_one_is_said(stage: Stage, rank: int) -> None:
    still_due = dict(list(ALL_DUE.items())[rank:])
    assert decide(NOW, _at(stage, **still_due)) == MOST_TELLING_FIRST[rank]


@pytest.mark.parametrize(
    ("mark", "due_at", "word"),
    [
        ("quiet_since", NOW - BOOK.quiet_for, VERIFIED),
        ("estimate_due_at", NOW + BOOK.overrun_before, OVERRUN),
        ("next_update_due_at", NOW + BOOK.warn_before, HOLDING),
    ],
)
def test_a_word_is_due_exactly_at_its_mark_and_waited_for_before(
    mark: str, due_at: datetime, word: Take
) -> None:
    assert decide(NOW, _at(Stage.FOLLOWING_UP, **{mark: due_at})) == word
    soon = _at(Stage.FOLLOWING_UP, **{mark: due_at + SECOND})
    assert decide(NOW, soon) == Wait(NOW + SECOND, "next_mark")


def test_the_wait_ends_at_the_earliest_mark() -> None:
    marks: dict[str, datetime | None] = {
        "quiet_since": NOW - BOOK.quiet_for + 1 * MINUTE,
        "retry_due_at": NOW + 2 * MINUTE,
        "estimate_due_at": NOW + BOOK.overrun_before + 3 * MINUTE,
        "next_update_due_at": NOW + BOOK.warn_before + 4 * MINUTE,
    }
    for minutes, mark in enumerate(list(marks), start=1):
        assert decide(NOW, _at(Stage.FOLLOWING_UP, **marks)) == Wait(NOW + minutes * MINUTE, "next_mark")
        marks[mark] = None


def test_an_estimate_near_at_hand_has_half_of_its_time_before_it_is_withdrawn() -> None:
    near = {"estimate_made_at": NOW, "estimate_due_at": NOW + BOOK.overrun_before / 2}
    half = NOW + BOOK.overrun_before / 4
    assert decide(NOW, _at(Stage.FOLLOWING_UP, **near)) == Wait(half, "next_mark")
    assert decide(half, _at(Stage.FOLLOWING_UP, **near)) == OVERRUN


def test_a_promise_already_missed_is_answered_at_once() -> None:
    assert decide(NOW, _at(Stage.TOLD, next_update_due_at=NOW - HOUR)) == HOLDING


def test_messages_that_may_leave_later_are_waited_for() -> None:
    assert decide(NOW, _at(Stage.TOLD, retry_due_at=NOW + MINUTE)) == Wait(NOW + MINUTE, "next_mark")


def test_the_survey_waits_its_span_after_verification() -> None:
    verified = _at(Stage.VERIFIED, verified_at=NOW)
    due_at = NOW + BOOK.survey_after
    assert decide(due_at - SECOND, verified) == Wait(due_at, "survey_not_yet")
    assert decide(due_at, verified) == Take(Step.SURVEY, "verified_and_settled", Occasion.SURVEY)


def test_no_survey_while_a_promise_is_open() -> None:
    verified = _at(Stage.VERIFIED, verified_at=NOW - 3 * HOUR, open_promise_count=1)
    assert decide(NOW, verified) == Wait(None, "promises_not_settled")


def test_an_all_clear_that_could_not_leave_yet_is_sent_before_the_survey_is_thought_of() -> None:
    waiting = _at(Stage.VERIFIED, verified_at=NOW, retry_due_at=NOW + MINUTE, open_promise_count=1)
    assert decide(NOW, waiting) == Wait(NOW + MINUTE, "survey_not_yet")
    assert decide(NOW + MINUTE, waiting) == LEFTOVERS


def test_an_all_clear_still_held_up_when_the_survey_is_due_is_waited_for() -> None:
    """Its promises stay open until it has left: waiting for them alone would be waiting for ever."""
    held_up = _at(Stage.VERIFIED, verified_at=NOW - 3 * HOUR, retry_due_at=NOW + MINUTE, open_promise_count=1)
    assert decide(NOW, held_up) == Wait(NOW + MINUTE, "promises_not_settled")


def test_closing_waits_for_the_end_of_the_survey_and_for_receipts_whichever_is_later() -> None:
    surveyed = _at(Stage.SURVEYED, survey_closes_at=NOW + HOUR, receipts_due_at=NOW + 2 * HOUR)
    assert decide(NOW, surveyed) == Wait(NOW + 2 * HOUR, "answers_and_receipts_may_come")
    assert decide(NOW + HOUR, surveyed) == Wait(NOW + 2 * HOUR, "answers_and_receipts_may_come")
    assert decide(NOW + 2 * HOUR, surveyed) == Take(Step.CLOSE, "nothing_outstanding")


def test_invitations_that_could_not_leave_yet_are_sent_when_they_may_and_not_after_the_survey() -> None:
    surveyed = _at(Stage.SURVEYED, survey_closes_at=NOW + 24 * HOUR, retry_due_at=NOW + MINUTE)
    assert decide(NOW, surveyed) == Wait(NOW + MINUTE, "messages_wait_longer")
    assert decide(NOW + MINUTE, surveyed) == LEFTOVERS


DONE: dict[str, dict[str, Any]] = {
    "signals_to_weigh": {"stage": Stage.DETECTED},
    "footprint_known": {"stage": Stage.MATCHED},
    "nobody_told_yet": {"stage": Stage.TOLD, "next_update_due_at": NOW + HOUR},
    "footprint_changed": {"footprint_changed": False},
    "newly_affected": {"newly_affected_count": 0},
    "messages_waiting": {"retry_due_at": None},
    "quiet_long_enough": {
        "stage": Stage.VERIFIED,
        "verified_at": NOW,
        "quiet_since": None,
        "estimate_due_at": None,
        "open_promise_count": 0,
        "back_count": 0,
    },
    "no_longer_hit": {"back_count": 0},
    "never_affected": {"wrongly_told_count": 0},
    "all_clear_was_stopped": {"back_count": 0},
    "correction_was_stopped": {"wrongly_told_count": 0},
    "engineers_corrected": {"correction_pending": False, "word_pending": False},
    "engineers_spoke": {"word_pending": False},
    "estimate_about_to_lapse": {"estimate_due_at": None, "next_update_due_at": NOW + HOUR},
    "promised_word_nearly_due": {"next_update_due_at": NOW + HOUR},
    "hit_worse": {"worse_count": 0},
    "verified_and_settled": {"stage": Stage.SURVEYED},
    "nothing_outstanding": {"stage": Stage.CLOSED},
}
"""What each step, by its reason, leaves behind when it did its work."""


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.CLOSED])
def test_doing_what_is_asked_comes_to_rest_and_never_asks_the_same_twice(stage: Stage) -> None:
    """The flow repeats steps without pause until it may wait: a step that asks for itself would never end."""
    it = _at(
        stage,
        footprint_changed=True,
        newly_affected_count=3,
        retry_due_at=NOW,
        open_promise_count=2,
        verified_at=NOW - 3 * HOUR,
        **ALL_DUE,
    )
    taken = []
    while isinstance(decision := decide(NOW, it), Take):
        assert decision.reason not in taken
        taken.append(decision.reason)
        it = replace(it, **DONE[decision.reason])
    assert isinstance(decision, Wait | Finished)
    assert taken


def test_a_part_that_is_back_is_told_and_then_the_rest_comes_to_rest() -> None:
    """The same with causes that stay: nothing but the parts' own words is said, each once."""
    it = _at(
        Stage.FOLLOWING_UP, back_count=2, wrongly_told_count=1, worse_count=1, next_update_due_at=NOW + HOUR
    )
    taken = []
    while isinstance(decision := decide(NOW, it), Take):
        taken.append(decision)
        it = replace(it, **DONE[decision.reason])
    assert taken == [NO_LONGER, WRONGLY, WORSE]
    assert decision == Wait(NOW + HOUR - BOOK.warn_before, "next_mark")


@pytest.mark.parametrize("stage", [Stage.MATCHED, *TELLING, Stage.VERIFIED])
def test_while_sending_is_stopped_nothing_new_is_said_and_it_is_looked_at_again(stage: Stage) -> None:
    stopped = _at(
        stage,
        stopped=True,
        newly_affected_count=9,
        open_promise_count=1,
        verified_at=NOW - 9 * HOUR,
        **ALL_DUE,
    )
    assert decide(NOW, stopped) == Wait(NOW + LOOK_AGAIN_AFTER, "sending_is_stopped")
    assert isinstance(decide(NOW, replace(stopped, stopped=False)), Take)


@pytest.mark.parametrize("stage", [*TELLING, Stage.VERIFIED])
def test_what_waits_is_met_by_the_stop_and_not_left_lying(stage: Stage) -> None:
    assert decide(NOW, _at(stage, stopped=True, retry_due_at=NOW, verified_at=NOW)) == LEFTOVERS


def test_a_stopped_all_clear_is_said_before_anybody_is_asked() -> None:
    verified = _at(Stage.VERIFIED, back_count=4, wrongly_told_count=2, verified_at=NOW - 9 * HOUR)
    again = Take(Step.FOLLOW_UP, "all_clear_was_stopped", Occasion.RESTORED, Whom.BACK)
    correction = Take(Step.FOLLOW_UP, "correction_was_stopped", Occasion.CORRECTION, Whom.WRONGLY_TOLD)
    assert decide(NOW, verified) == again
    assert decide(NOW, replace(verified, back_count=0)) == correction


ASK = Take(Step.NOTIFY, "approval_to_be_asked")
SAFE = Take(Step.NOTIFY, "approval_lapsed", Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED)
OPEN: dict[str, Any] = {"approval": ApprovalState.OPEN, "approval_due_at": NOW + MINUTE}


def test_no_large_audience_hears_its_first_word_before_a_person_approved() -> None:
    matched = _at(Stage.MATCHED, newly_affected_count=9, approval_needed=True)
    assert decide(NOW, matched) == ASK
    assert decide(NOW, replace(matched, **OPEN)) == Wait(NOW + MINUTE, "approval_open")
    assert decide(NOW, replace(matched, approval_needed=False)) == FIRST
    assert decide(NOW, replace(matched, footprint_changed=True)) == Take(Step.MATCH, "footprint_changed")


@pytest.mark.parametrize("stage", [Stage.MATCHED, *TELLING])
def test_a_question_nobody_answers_in_time_ends_in_the_safe_word(stage: Stage) -> None:
    asked = _at(stage, newly_affected_count=9, approval_needed=True, **OPEN)
    assert decide(NOW, asked) == Wait(
        NOW + MINUTE, "approval_open" if stage is Stage.MATCHED else "next_mark"
    )
    assert decide(NOW + MINUTE, asked) == SAFE
    stopped = decide(NOW + MINUTE, replace(asked, stopped=True))
    assert stopped == Wait(NOW + MINUTE + LOOK_AGAIN_AFTER, "sending_is_stopped")


@pytest.mark.parametrize("stage", [Stage.MATCHED, *TELLING])
def test_a_declined_audience_waits_without_a_clock(stage: Stage) -> None:
    declined = _at(stage, newly_affected_count=9, approval_needed=True, approval=ApprovalState.DECLINED)
    reason = "approval_declined" if stage is Stage.MATCHED else "nothing_promised"
    assert decide(NOW, declined) == Wait(None, reason)


@pytest.mark.parametrize("stage", TELLING)
def test_while_newcomers_wait_for_approval_those_told_before_are_not_forgotten(stage: Stage) -> None:
    unasked = _at(stage, newly_affected_count=9, approval_needed=True, next_update_due_at=NOW + HOUR)
    assert decide(NOW, unasked) == ASK
    waiting = replace(unasked, approval=ApprovalState.OPEN, approval_due_at=NOW + 2 * HOUR)
    assert decide(NOW, waiting) == Wait(NOW + HOUR - BOOK.warn_before, "next_mark")
    assert decide(NOW + HOUR, waiting) == HOLDING
    assert decide(NOW, replace(waiting, back_count=1)) == NO_LONGER
    assert decide(NOW, replace(waiting, approval_needed=False)) == LATECOMERS
