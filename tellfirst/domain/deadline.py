"""A time we owe ourselves by policy: its name, to whom it is owed, from what it is counted, and how it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class DeadlineName(StrEnum):
    """What is owed."""

    ACKNOWLEDGE = "acknowledge"
    """A person has taken the incident."""
    PUBLIC_BY = "public_by"
    """The first word stands where everybody can read it."""
    PUSH_STARTED_BY = "push_started_by"
    """The first message of the first word was handed over."""
    PUSH_P50_BY = "push_p50_by"
    """Half of the first word was handed over."""
    PUSH_P95_BY = "push_p95_by"
    """95 of 100 messages of the first word were handed over."""
    ESTIMATE = "estimate"
    """Customers were told when it will be back."""
    UPDATE = "update"
    """Customers heard again."""
    RESTORE = "restore"
    """Service is verified to be back."""
    CLOSE = "close"
    """The incident is closed and its gap report written."""
    ANSWER = "answer"
    """A contact has its answer."""
    RECEIPT = "receipt"
    """Whoever reported a fault has it confirmed."""
    CLAIMS = "claims"
    """Customers were told who may claim what, and how."""
    PAY = "pay"
    """Compensation is credited."""
    SIGNPOST = "signpost"
    """A complainant was shown the way to dispute resolution."""
    ALERT = "alert"
    """An authority heard of it for the first time."""
    DETAILS = "details"
    """An authority heard more."""
    REPORT = "report"
    """A first written report was filed."""
    FINAL_REPORT = "final_report"


FIRST_WORDS = (
    DeadlineName.PUBLIC_BY,
    DeadlineName.PUSH_STARTED_BY,
    DeadlineName.PUSH_P50_BY,
    DeadlineName.PUSH_P95_BY,
)
"""Into which the deadline of a first word is split: at volume its beginning says nothing of its end."""
BY_PERSON = frozenset(
    {
        DeadlineName.CLAIMS,
        DeadlineName.PAY,
        DeadlineName.SIGNPOST,
        DeadlineName.ALERT,
        DeadlineName.DETAILS,
        DeadlineName.REPORT,
        DeadlineName.FINAL_REPORT,
    }
)
"""Done outside of these books: somebody says that it is done (`tellfirst incident fulfil`)."""


class Hearer(StrEnum):
    """To whom it is owed."""

    CUSTOMERS = "customers"
    OPERATORS = "operators"
    REGULATOR = "regulator"
    EMERGENCY_SERVICES = "emergency_services"


class Anchor(StrEnum):
    """From what the time is counted."""

    STARTED = "started"
    """Service was lost."""
    DETECTED = "detected"
    """We learned of it: the incident opened."""
    ACKNOWLEDGED = "acknowledged"
    TOLD = "told"
    """The first word was handed over."""
    RESTORED = "restored"
    """The last cause was reported gone."""
    VERIFIED = "verified"
    REPORTED = "reported"
    """A customer brought it to us: one deadline for each of them."""
    WORK_STARTS = "work_starts"
    WORK_ENDS = "work_ends"


KNOWLEDGE = frozenset({Anchor.DETECTED, Anchor.ACKNOWLEDGED, Anchor.TOLD})
"""What we know, and not what happened to customers: counted anew when an incident is promoted into a pack."""


class DeadlineState(StrEnum):
    OPEN = "open"
    MET = "met"
    MISSED = "missed"
    VOID = "void"
    """It is not owed any more."""


class DeadlineReason(StrEnum):
    """Why a deadline stands where it stands; stored and shown."""

    MET_IN_TIME = "met_in_time"
    TIME_PASSED = "time_passed"
    """Not met yet, and late."""
    MET_LATE = "met_late"
    NEVER_MET = "never_met"
    """The incident is over, and it was not done."""
    NO_LONGER_ASKED = "no_longer_asked"
    """The severity fell, or the policy changed, and asks for it no more."""
    PACK_LEFT = "pack_left"
    """Its policy does not apply to this incident any more."""
    EXEMPT = "exempt"
    """A person claimed an exemption from its policy."""
    OVER = "over"
    """What ends it came before it fell due."""


@dataclass(frozen=True, slots=True)
class Judged:
    """How a deadline stands. `late_by` and `settled_at` are None while nobody can say."""

    state: DeadlineState
    reason: DeadlineReason
    settled_at: datetime | None
    late_by: timedelta | None


def judge(
    due_at: datetime, done_at: datetime | None, over_at: datetime | None, now: datetime
) -> Judged | None:
    """How a deadline stands at `now`: done at `done_at`, or not yet; None while there is time.

    `over_at`: when it became too late to do it at all (the incident closed). What was due after that is void. At its
    very moment a deadline is missed; a fact that turns out to be of that moment or before makes it met.
    """
    if done_at is not None:
        if done_at <= due_at:
            return Judged(DeadlineState.MET, DeadlineReason.MET_IN_TIME, done_at, timedelta(0))
        return Judged(DeadlineState.MISSED, DeadlineReason.MET_LATE, done_at, done_at - due_at)
    if over_at is not None:
        if over_at <= due_at:
            return Judged(DeadlineState.VOID, DeadlineReason.OVER, over_at, None)
        return Judged(DeadlineState.MISSED, DeadlineReason.NEVER_MET, over_at, None)
    if now >= due_at:
        return Judged(DeadlineState.MISSED, DeadlineReason.TIME_PASSED, None, None)
    return None
