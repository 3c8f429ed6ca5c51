"""Announced work at every moment of its life: which word is due, what is promised, when it becomes an outage."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mobile import BOOK

from tellfirst.domain.announced import Announced, DueWord
from tellfirst.domain.approval import ApprovalState
from tellfirst.domain.audience import Whom
from tellfirst.domain.incident import Stage, Step
from tellfirst.domain.lifecycle import Situation, Take, Wait, decide
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.work import Window

BEGINS = datetime(2026, 12, 2, 5, 0, tzinfo=UTC)
ENDS = BEGINS + timedelta(days=2)
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
REMINDS = BEGINS - DAY
WINDOW = Window(BEGINS, ENDS)
AHEAD = Announced(
    window=WINDOW,
    remind_before=DAY,
    told=WINDOW,
    announced_at=BEGINS - 10 * DAY,
    matched_at=BEGINS - 10 * DAY,
    waiting=True,
)
BEGUN = replace(AHEAD, started=True, announced_at=REMINDS, matched_at=BEGINS)


@pytest.mark.parametrize(
    ("now", "word"),
    [
        (REMINDS - SECOND, None),
        (REMINDS, DueWord("work_comes_near", Occasion.REMINDER)),
        (BEGINS - SECOND, DueWord("work_comes_near", Occasion.REMINDER)),
        (BEGINS, DueWord("window_begins", Occasion.STARTED)),
        (ENDS + DAY, DueWord("window_begins", Occasion.STARTED)),
    ],
)
def test_the_reminder_and_the_start_are_due_at_their_moment(now: datetime, word: DueWord | None) -> None:
    assert AHEAD.word_due(now) == word


def test_whoever_was_told_within_the_last_day_needs_no_reminder() -> None:
    late = replace(AHEAD, announced_at=REMINDS)
    assert late.word_due(BEGINS - HOUR) is None


def test_a_moved_window_is_said_once_and_the_new_one_is_reminded_of() -> None:
    later = Window(BEGINS + 7 * DAY, ENDS + 7 * DAY)
    moved = replace(AHEAD, window=later, announced_at=REMINDS)
    assert moved.word_due(REMINDS) == DueWord("window_moved", Occasion.PLANNED)
    said = replace(moved, told=later, announced_at=REMINDS + HOUR)
    assert said.word_due(REMINDS + HOUR) is None
    assert said.word_due(later.starts_at - DAY) == DueWord("work_comes_near", Occasion.REMINDER)


@pytest.mark.parametrize(
    ("by", "occasion"), [(HOUR, Occasion.OVERRUN), (-HOUR, Occasion.UPDATE)], ids=["later", "earlier"]
)
def test_an_end_that_moves_while_it_goes_on_is_told(by: timedelta, occasion: Occasion) -> None:
    moved = replace(BEGUN, window=Window(BEGINS, ENDS + by))
    assert moved.word_due(BEGINS + HOUR) == DueWord("end_moved", occasion)


@pytest.mark.parametrize(
    "how", [{"waiting": False}, {"cancelled": True}, {"completed": True}, {"told": None}]
)
def test_without_anybody_who_waits_or_when_it_is_over_nothing_is_due(how: dict[str, Any]) -> None:
    for work in (AHEAD, BEGUN):
        for now in (REMINDS, BEGINS, ENDS):
            assert replace(work, **how).word_due(now) is None


def test_each_word_promises_the_next_one_a_little_after_its_moment() -> None:
    warn, every = 5 * MINUTE, 6 * HOUR
    promised = [AHEAD.next_word_at(now, warn, every) for now in (BEGINS - 10 * DAY, REMINDS, BEGINS)]
    assert promised == [REMINDS + warn, BEGINS + warn, BEGINS + every]
    assert BEGUN.next_word_at(BEGINS + HOUR, warn, every) == BEGINS + HOUR + every


def test_whom_it_hits_is_looked_up_again_before_it_comes_near_and_before_it_begins() -> None:
    assert not AHEAD.looks_again(REMINDS - SECOND)
    assert AHEAD.looks_again(REMINDS)
    reminded = replace(AHEAD, matched_at=REMINDS)
    assert not reminded.looks_again(BEGINS - SECOND)
    assert reminded.looks_again(BEGINS)
    assert not replace(reminded, cancelled=True).looks_again(BEGINS)


def test_it_becomes_an_outage_at_its_announced_end_unless_somebody_said_that_it_is_done() -> None:
    assert not BEGUN.becomes_outage(ENDS - SECOND)
    assert BEGUN.becomes_outage(ENDS)
    for over in ({"completed": True}, {"cancelled": True}):
        assert not replace(BEGUN, **over).becomes_outage(ENDS)


def at(now: datetime, work: Announced, stage: Stage = Stage.TOLD, **facts: Any) -> object:
    return decide(now, replace(Situation(stage=stage, held=None, playbook=BOOK, work=work), **facts))


def test_a_monitor_that_falls_quiet_ends_no_work() -> None:
    quiet = {"quiet_since": BEGINS + HOUR, "next_update_due_at": BEGINS + 6 * HOUR}
    assert at(BEGINS + 3 * HOUR, BEGUN, **quiet) == Wait(BEGINS + 6 * HOUR - BOOK.warn_before, "next_mark")
    done = replace(BEGUN, completed=True)
    assert at(BEGINS + 3 * HOUR, done, **quiet) == Take(
        Step.FOLLOW_UP, "quiet_long_enough", Occasion.RESTORED, Whom.BACK
    )


def test_the_end_lapses_only_where_it_will_not_be_kept() -> None:
    warned = ENDS - BOOK.overrun_before
    late = Take(Step.FOLLOW_UP, "estimate_about_to_lapse", Occasion.OVERRUN)
    assert at(warned, BEGUN, estimate_due_at=ENDS) == late
    done = replace(BEGUN, completed=True)
    in_time, too_late = ENDS - BOOK.quiet_for, ENDS - BOOK.quiet_for + SECOND
    assert at(warned, done, estimate_due_at=ENDS, quiet_since=in_time) == Wait(ENDS, "next_mark")
    assert at(warned, done, estimate_due_at=ENDS, quiet_since=too_late) == late


def test_short_work_is_not_said_to_be_late_when_it_has_just_begun() -> None:
    short = replace(BEGUN, window=Window(BEGINS, BEGINS + BOOK.overrun_before), told=None)
    half = BEGINS + BOOK.overrun_before / 2
    ends = {"estimate_due_at": short.window.ends_at}
    assert at(BEGINS, short, **ends) == Wait(half, "next_mark")
    assert at(half, short, **ends) == Take(Step.FOLLOW_UP, "estimate_about_to_lapse", Occasion.OVERRUN)


@pytest.mark.parametrize("how", [{"word_pending": True}, {"correction_pending": True}, {"worse_count": 1}])
def test_before_it_begins_every_word_is_an_announcement(how: dict[str, Any]) -> None:
    due = at(BEGINS - 3 * DAY, AHEAD, **how)
    assert isinstance(due, Take)
    assert due.occasion is Occasion.PLANNED


def test_whom_it_will_not_hit_hears_so_before_the_others_are_told_that_it_begins() -> None:
    due = at(BEGINS, replace(AHEAD, matched_at=BEGINS), wrongly_told_count=1, newly_affected_count=1)
    assert due == Take(Step.FOLLOW_UP, "will_not_be_hit", Occasion.CANCELLED, Whom.WRONGLY_TOLD)
    due = at(BEGINS, replace(AHEAD, matched_at=BEGINS), newly_affected_count=1)
    assert due == Take(Step.FOLLOW_UP, "window_begins", Occasion.STARTED)
    due = at(BEGINS, BEGUN, newly_affected_count=1)
    assert due == Take(Step.NOTIFY, "newly_affected", Occasion.STARTED, Whom.NEWLY_AFFECTED)


@pytest.mark.parametrize("stage", [Stage.MATCHED, Stage.TOLD, Stage.FOLLOWING_UP])
def test_past_its_end_it_becomes_an_outage_though_sending_is_stopped_or_a_person_has_yet_to_approve(
    stage: Stage,
) -> None:
    for waits in ({"stopped": True}, {"approval_needed": True}):
        assert at(ENDS, BEGUN, stage, **waits) == Take(Step.BECOME_OUTAGE, "announced_end_has_passed")


def test_while_a_person_has_yet_to_approve_the_moments_of_the_work_are_not_slept_over() -> None:
    unsaid = replace(AHEAD, told=None, waiting=False)
    asked = {"approval_needed": True, "approval": ApprovalState.OPEN}
    assert at(REMINDS - HOUR, unsaid, Stage.MATCHED, **asked) == Wait(REMINDS, "approval_open")


def test_cancelled_work_asks_nobody_and_waits_for_no_survey() -> None:
    cancelled = replace(AHEAD, cancelled=True)
    due = at(BEGINS - DAY, cancelled, Stage.VERIFIED, verified_at=BEGINS - DAY)
    assert due == Take(Step.SURVEY, "verified_and_settled", Occasion.SURVEY)
