"""What an incident needs next: the one decision that the flows, the clock and the tests share."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from tellfirst.domain.announced import Announced
from tellfirst.domain.approval import ApprovalState
from tellfirst.domain.audience import Whom
from tellfirst.domain.incident import FOLLOWED, Held, Stage, Step
from tellfirst.domain.occasion import Occasion, Reach
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.verification import Asked, believed_at, is_to_be_asked

LOOK_AGAIN_AFTER = timedelta(minutes=2)
"""How often a stopped incident is looked at; whoever says go makes it due at once, a brake is only let go."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the decision looks at. Times are aware UTC, None means there is none."""

    stage: Stage
    held: Held | None
    playbook: Playbook | None
    footprint_changed: bool = False
    newly_affected_count: int = 0
    approval_needed: bool = False
    """Nobody new is told before a person has approved so large an audience."""
    approval: ApprovalState | None = None
    """How the question about the present audience stands; None: it has not been asked yet."""
    approval_due_at: datetime | None = None
    """Until when an open one may stand."""
    stopped: bool = False
    """A person, or the ledger itself, has stopped sending: nothing new is said until they say go."""
    worse_count: int = 0
    """Customers who were told something milder than what hits them now."""
    back_count: int = 0
    """Customers who are back and have not been told so."""
    wrongly_told_count: int = 0
    word_pending: bool = False
    correction_pending: bool = False
    next_update_due_at: datetime | None = None
    page_update_due_at: datetime | None = None
    """By when those who look themselves must find a newer word."""
    estimate_due_at: datetime | None = None
    estimate_made_at: datetime | None = None
    """When customers were first given it."""
    causes_left: bool = True
    """Whether anything is still taken to be broken; False when all was verified to be back or withdrawn."""
    quiet_since: datetime | None = None
    """When the first cause that is not yet verified was reported gone, by a monitor or an engineer; without those
    that their source has been asked about and has not confirmed."""
    retry_due_at: datetime | None = None
    """When the earliest message that still has to leave may leave."""
    doubt_due_at: datetime | None = None
    """When the carrier may be asked about the earliest message whose answer was lost."""
    reach_due_at: datetime | None = None
    """When somebody whom a message did not reach is to be tried on their next channel."""
    verified_at: datetime | None = None
    survey_closes_at: datetime | None = None
    receipts_due_at: datetime | None = None
    """When the last handed-over message without a receipt becomes unconfirmed."""
    open_promise_count: int = 0
    asked: Asked | None = None
    """The last sample of customers who were asked whether theirs is still out."""
    still_out_count: int = 0
    """Customers who say that theirs is still out, whatever the monitors say."""
    work: Announced | None = None
    """Only of announced work, until it becomes an outage."""


@dataclass(frozen=True, slots=True)
class Take:
    """Do this step now, because of `reason`. `occasion` says which word a follow-up is, `whom` for which part."""

    step: Step
    reason: str
    occasion: Occasion | None = None
    whom: Whom = Whom.WAITING
    reach: Reach = Reach.PUSH


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is due before `until`; None: only something from outside can move it."""

    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The incident is closed."""


Decision = Take | Wait | Finished


def decide(now: datetime, it: Situation) -> Decision:
    """The next step of an incident at `now`.

    1. A held incident waits for a person. 2. Nobody is told before the audience is known, and no unusually
    large one before a person approved it; when nobody answers in time they hear what is safe to say. 3. Whoever
    became affected since is told before anything else is said; whoever is back, or was told wrongly, before those
    who wait. 4. While customers may be without service, the next word goes out before its promise is due and an
    estimate is withdrawn before it lapses. 5. The all-clear waits for verification, and goes to nobody who says that
    theirs is still out. 6. Surveys follow only after that, and closing follows them. 7. Where customers look
    themselves the word is renewed more often than it is sent, without a message. 8. While sending is stopped nothing
    new is said: it would only be stopped too. 9. Announced work is told of ahead, and becomes an outage when its
    announced end has passed.
    """
    if it.held:
        return Wait(None, f"held: {it.held}")
    if it.work:
        it = _as_announced(now, it, it.work)
    match it.stage:
        case Stage.OPENED:
            return Take(Step.DETECT, "signals_to_weigh")
        case Stage.DETECTED:
            return Take(Step.MATCH, "footprint_known")
        case Stage.MATCHED:
            return _tell_first(now, it)
        case Stage.TOLD | Stage.FOLLOWING_UP | Stage.RESTORED:
            return _keep_telling(now, it)
        case Stage.VERIFIED:
            return _ask(now, it)
        case Stage.SURVEYED:
            return _close(now, it)
        case Stage.CLOSED:
            return Finished()
        case _:
            assert_never(it.stage)


def _keep_telling(now: datetime, it: Situation) -> Decision:
    if it.footprint_changed:
        return Take(Step.MATCH, "footprint_changed")
    if it.work and (due := _of_work(now, it, it.work)):
        return due
    if it.newly_affected_count and it.approval_needed and (asking := _ask_leave(now, it)):
        return asking
    if it.newly_affected_count and not it.approval_needed and not it.stopped:
        return Take(Step.NOTIFY, "newly_affected", _first_word(now, it), Whom.NEWLY_AFFECTED)
    if _is_due(now, *_of_messages(it)):
        return Take(Step.NOTIFY, "messages_waiting")
    if it.stopped:
        return _wait_for_go(now, it)
    if word := due_word(now, it):
        return replace(word, occasion=it.work.put(word.occasion)) if it.work and word.occasion else word
    marks = [mark for mark in (*_marks(it), *_of_messages(it), _leave_ends(it), *_ahead(now, it)) if mark]
    return Wait(min(marks), "next_mark") if marks else Wait(None, "nothing_promised")


def _tell_first(now: datetime, it: Situation) -> Decision:
    if it.footprint_changed:
        return Take(Step.MATCH, "footprint_changed")
    if it.work and it.work.becomes_outage(now):
        return Take(Step.BECOME_OUTAGE, "announced_end_has_passed")
    if it.approval_needed and (asking := _ask_leave(now, it)):
        return asking
    if it.approval_needed and not it.stopped:
        ends = [mark for mark in (_leave_ends(it), *_ahead(now, it)) if mark]
        return Wait(min(ends, default=None), f"approval_{it.approval}")
    if it.stopped:
        return _wait_for_go(now, it)
    return Take(Step.NOTIFY, "nobody_told_yet", _first_word(now, it), Whom.NEWLY_AFFECTED)


def _as_announced(now: datetime, it: Situation, work: Announced) -> Situation:
    """Only engineers end announced work, not a monitor that falls quiet; and it is looked up again before it hits."""
    book = it.playbook
    if book is None or it.stage not in FOLLOWED:
        return it
    before_end = it.estimate_due_at - it.quiet_since if it.estimate_due_at and it.quiet_since else None
    return replace(
        it,
        footprint_changed=it.footprint_changed or work.looks_again(now),
        quiet_since=it.quiet_since if work.completed else None,
        estimate_due_at=work.lapses_at(it.estimate_due_at, before_end, book.quiet_for, book.overrun_before),
    )


def _of_work(now: datetime, it: Situation, work: Announced) -> Take | None:
    """What announced work needs before anything else; whom it will not hit hears so before the others are told."""
    if work.becomes_outage(now):
        return Take(Step.BECOME_OUTAGE, "announced_end_has_passed")
    if it.stopped:
        return None
    if it.wrongly_told_count and not work.started:
        return Take(Step.FOLLOW_UP, "will_not_be_hit", Occasion.CANCELLED, Whom.WRONGLY_TOLD)
    due = work.word_due(now)
    return Take(Step.FOLLOW_UP, due.reason, due.occasion) if due else None


def _first_word(now: datetime, it: Situation) -> Occasion:
    return it.work.first_word(now) if it.work else Occasion.FIRST_WORD


def _ahead(now: datetime, it: Situation) -> tuple[datetime, ...]:
    return it.work.marks(now) if it.work else ()


def _ask_leave(now: datetime, it: Situation) -> Take | None:
    """What a large audience needs besides waiting: to be asked about, or the safe word once the time is up."""
    if it.stopped:
        return None
    if it.approval is None:
        return Take(Step.NOTIFY, "approval_to_be_asked")
    if it.approval is ApprovalState.OPEN and _is_due(now, it.approval_due_at):
        return Take(Step.NOTIFY, "approval_lapsed", Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED)
    return None


def _leave_ends(it: Situation) -> datetime | None:
    asks = it.approval_needed and it.newly_affected_count and it.approval is ApprovalState.OPEN
    return it.approval_due_at if asks else None


def _wait_for_go(now: datetime, it: Situation) -> Wait:
    messages = [mark for mark in (it.retry_due_at, it.doubt_due_at) if mark]
    return Wait(min([now + LOOK_AGAIN_AFTER, *messages]), "sending_is_stopped")


def due_word(now: datetime, it: Situation) -> Take | None:
    """The word that must be said now, the most telling one first; None when silence is still kept to."""
    verified, overrun, holding, page = (mark is not None and mark <= now for mark in _marks(it))
    if verified and _asks_first(it):
        return Take(Step.FOLLOW_UP, "customers_are_asked", Occasion.UPDATE, Whom.SAMPLE)
    if verified:
        return Take(Step.FOLLOW_UP, "quiet_long_enough", Occasion.RESTORED, Whom.BACK)
    if it.back_count:
        return Take(Step.FOLLOW_UP, "no_longer_hit", Occasion.RESTORED, Whom.BACK)
    if it.wrongly_told_count:
        return Take(Step.FOLLOW_UP, "never_affected", Occasion.CORRECTION, Whom.WRONGLY_TOLD)
    if it.still_out_count and it.next_update_due_at is None:
        return Take(Step.FOLLOW_UP, "still_out_for_some", Occasion.UPDATE)
    if not it.causes_left and not it.still_out_count:
        return Take(Step.FOLLOW_UP, "no_cause_left", Occasion.RESTORED, Whom.BACK)
    if it.correction_pending:
        return Take(Step.FOLLOW_UP, "engineers_corrected", Occasion.CORRECTION)
    if it.word_pending:
        return Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
    if overrun:
        return Take(Step.FOLLOW_UP, "estimate_about_to_lapse", Occasion.OVERRUN)
    if holding:
        return Take(Step.FOLLOW_UP, "promised_word_nearly_due", Occasion.UPDATE)
    if it.worse_count:
        return Take(Step.FOLLOW_UP, "hit_worse", Occasion.UPDATE, Whom.WORSE)
    if page:
        return Take(Step.FOLLOW_UP, "page_word_nearly_due", Occasion.UPDATE, Whom.EVERYONE, Reach.PULL)
    return None


def _marks(it: Situation) -> tuple[datetime | None, ...]:
    book = it.playbook
    assert book is not None, "only a held incident has no playbook"
    quiet_at = it.quiet_since + book.quiet_for if it.quiet_since else None
    return (
        believed_at(quiet_at, book.sampling, it.asked) if quiet_at else None,
        _overrun_at(it.estimate_due_at, it.estimate_made_at, book.overrun_before),
        it.next_update_due_at - book.warn_before if it.next_update_due_at else None,
        it.page_update_due_at - book.warn_before if it.page_update_due_at else None,
    )


def _overrun_at(due_at: datetime | None, made_at: datetime | None, before: timedelta) -> datetime | None:
    """When an estimate that has not come true is withdrawn; one near at hand has at least half of its time."""
    if due_at is None:
        return None
    return due_at - (min(before, (due_at - made_at) / 2) if made_at else before)


def _asks_first(it: Situation) -> bool:
    assert it.playbook is not None
    assert it.quiet_since is not None
    return is_to_be_asked(it.quiet_since + it.playbook.quiet_for, it.playbook.sampling, it.asked)


def _ask(now: datetime, it: Situation) -> Decision:
    assert it.playbook is not None
    assert it.verified_at is not None
    if _is_due(now, *_of_messages(it)):
        return Take(Step.NOTIFY, "messages_waiting")
    if it.stopped:
        return _wait_for_go(now, it)
    if it.back_count:
        return Take(Step.FOLLOW_UP, "all_clear_was_stopped", Occasion.RESTORED, Whom.BACK)
    if it.wrongly_told_count:
        correction = Occasion.CANCELLED if it.work and it.work.cancelled else Occasion.CORRECTION
        return Take(Step.FOLLOW_UP, "correction_was_stopped", correction, Whom.WRONGLY_TOLD)
    cancelled = it.work is not None and it.work.cancelled
    due_at = it.verified_at + it.playbook.survey_after
    if now < due_at and not cancelled:
        marks = (due_at, *_of_messages(it))
        return Wait(min(mark for mark in marks if mark), "survey_not_yet")
    if it.open_promise_count or it.retry_due_at:
        # An all-clear that is still held up settles them once it has left. Whoever is to read in the morning that
        # it is over is asked after that.
        held_up = [mark for mark in _of_messages(it) if mark]
        return Wait(
            min(held_up, default=None),
            "promises_not_settled" if it.open_promise_count else "messages_wait_longer",
        )
    return Take(Step.SURVEY, "verified_and_settled", Occasion.SURVEY)


def _close(now: datetime, it: Situation) -> Decision:
    """Doubt ends with the time for receipts: what is unknown by then is unconfirmed and holds up nothing."""
    receipts_may_come = it.receipts_due_at is not None and now < it.receipts_due_at
    doubt_due_at = it.doubt_due_at if receipts_may_come else None
    if _is_due(now, it.retry_due_at, doubt_due_at, it.reach_due_at):
        return Take(Step.NOTIFY, "messages_waiting")
    ends = [
        mark for mark in (it.survey_closes_at, it.receipts_due_at, it.retry_due_at) if mark and mark > now
    ]
    if not ends:
        return Take(Step.CLOSE, "nothing_outstanding")
    messages = [mark for mark in (it.retry_due_at, doubt_due_at, it.reach_due_at) if mark]
    if messages and min(messages) < max(ends):
        return Wait(min(messages), "messages_wait_longer")
    return Wait(max(ends), "answers_and_receipts_may_come")


def _of_messages(it: Situation) -> tuple[datetime | None, datetime | None, datetime | None]:
    return it.retry_due_at, it.doubt_due_at, it.reach_due_at


def _is_due(now: datetime, *marks: datetime | None) -> bool:
    return any(mark is not None and mark <= now for mark in marks)
