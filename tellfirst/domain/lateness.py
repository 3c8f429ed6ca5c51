"""When the teller itself is late: the rules of the dead-man check."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

TICKS_EVERY = timedelta(seconds=30)
"""The interval of the deployment `clock` in prefect.yaml."""
CLOCK_SILENT_AFTER = 3 * TICKS_EVERY
OVERDUE_AFTER = timedelta(minutes=2)
"""How long an incident may have been due: four ticks."""
PROMISE_OPEN_AFTER = timedelta(seconds=60)
"""How long after its time a promise may stand open: two ticks record it as broken."""
RECEIPT_WAITS_AFTER = timedelta(minutes=2)
QUESTION_STANDS_AFTER = timedelta(seconds=60)
"""How long after its deadline a question may stand open: by then the safe word should have left."""


class Lateness(StrEnum):
    """Why the teller is late."""

    DATABASE_AWAY = "database_away"
    CLOCK_SILENT = "clock_silent"
    INCIDENTS_OVERDUE = "incidents_overdue"
    PROMISES_PAST_DUE = "promises_past_due"
    RECEIPTS_UNAPPLIED = "receipts_unapplied"
    APPROVALS_PAST_DUE = "approvals_past_due"
    FIRST_WORD_DECLINED = "first_word_declined"
    PREFECT_AWAY = "prefect_away"
    WORKER_OFFLINE = "worker_offline"


@dataclass(frozen=True, slots=True)
class Oldest:
    """How many of a kind there are, and since when the oldest is."""

    count: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the check looks at. `ticked_at` and `receipts` are by the wall, the rest by the clock of promises.

    `prefect_answers` and `worker_online` are None where nobody asked.
    """

    ticked_at: datetime | None
    incidents_due: Oldest = Oldest()
    promises_open: Oldest = Oldest()
    receipts: Oldest = Oldest()
    questions_open: Oldest = Oldest()
    declined: Oldest = Oldest()
    prefect_answers: bool | None = None
    worker_online: bool | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """One reason, how many it concerns, and since when the oldest of them is late."""

    reason: Lateness
    count: int = 1
    since: datetime | None = None


def late(seen: Seen, now: datetime, wall: datetime) -> tuple[Late, ...]:
    """Every reason why the teller is late at `now`, the gravest first; empty when it is not."""
    return (
        *_clock(seen, wall),
        *_after(Lateness.INCIDENTS_OVERDUE, seen.incidents_due, OVERDUE_AFTER, now),
        *_after(Lateness.PROMISES_PAST_DUE, seen.promises_open, PROMISE_OPEN_AFTER, now),
        *_after(Lateness.APPROVALS_PAST_DUE, seen.questions_open, QUESTION_STANDS_AFTER, now),
        *_after(Lateness.FIRST_WORD_DECLINED, seen.declined, timedelta(0), now),
        *_after(Lateness.RECEIPTS_UNAPPLIED, seen.receipts, RECEIPT_WAITS_AFTER, wall),
        *_prefect(seen),
    )


def _clock(seen: Seen, wall: datetime) -> Iterator[Late]:
    if seen.ticked_at is None or wall - seen.ticked_at > CLOCK_SILENT_AFTER:
        yield Late(Lateness.CLOCK_SILENT, since=seen.ticked_at)


def _after(reason: Lateness, found: Oldest, patience: timedelta, now: datetime) -> Iterator[Late]:
    if found.count and found.since is not None and now - found.since > patience:
        yield Late(reason, found.count, found.since)


def _prefect(seen: Seen) -> Iterator[Late]:
    if seen.prefect_answers is False:
        yield Late(Lateness.PREFECT_AWAY)
    elif seen.worker_online is False:
        yield Late(Lateness.WORKER_OFFLINE)
