"""A time given to customers, and the four ways it can stand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class PromiseKind(StrEnum):
    """NEXT_UPDATE is the next word that is sent, PAGE_UPDATE the next where customers look themselves."""

    NEXT_UPDATE = "next_update"
    RESTORATION = "restoration"
    PAGE_UPDATE = "page_update"


class PromiseState(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Settled:
    """How a promise ended: `late_by` is zero unless it was broken."""

    state: PromiseState
    late_by: timedelta
    reason: str


def settle_next_update(due_at: datetime, spoken_at: datetime) -> Settled:
    """The promise of a next word, once that word has been spoken at `spoken_at`."""
    if spoken_at <= due_at:
        return Settled(PromiseState.KEPT, timedelta(0), "spoken_in_time")
    return Settled(PromiseState.BROKEN, spoken_at - due_at, "spoken_late")


def settle_restoration(due_at: datetime, verified_at: datetime) -> Settled:
    """The promise of an end, once service is verified to be back at `verified_at`."""
    if verified_at <= due_at:
        return Settled(PromiseState.KEPT, timedelta(0), "back_in_time")
    return Settled(PromiseState.BROKEN, verified_at - due_at, "back_late")


def replace_restoration(due_at: datetime, told_at: datetime) -> Settled:
    """An estimate that a newer word replaces: only before it lapses, afterwards it was broken."""
    if told_at <= due_at:
        return Settled(PromiseState.REPLACED, timedelta(0), "told_before_it_lapsed")
    return Settled(PromiseState.BROKEN, told_at - due_at, "told_after_it_lapsed")


def lapse(due_at: datetime, now: datetime) -> Settled | None:
    """An open promise whose time has passed is broken, whatever comes later; None while there is time."""
    return Settled(PromiseState.BROKEN, now - due_at, "time_passed_in_silence") if now > due_at else None
