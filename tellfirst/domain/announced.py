"""Announced work that is told as an incident: which word is due when, and when it becomes an outage by itself.

The reminder and the start leave at their own moment and are promised a little later, by the playbook's
`warn_before`: so a word that is said on time has kept its promise.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tellfirst.domain.facts import WorkReason
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.work import Window

_AS_ANNOUNCED = {
    Occasion.UPDATE: Occasion.PLANNED,
    Occasion.CORRECTION: Occasion.PLANNED,
    Occasion.OVERRUN: Occasion.PLANNED,
}


@dataclass(frozen=True, slots=True)
class DueWord:
    """What is to be said to everyone who waits, and why."""

    reason: str
    occasion: Occasion


@dataclass(frozen=True, slots=True)
class Announced:
    """Announced work as its customers and its engineers know it. Times are aware UTC."""

    window: Window
    """As it is stated now."""
    remind_before: timedelta
    reason: WorkReason = WorkReason.MAINTENANCE
    told: Window | None = None
    """As customers last heard it; None: nobody has heard of it."""
    announced_at: datetime | None = None
    """When it was last announced, or customers were reminded of it."""
    started: bool = False
    """Customers were told that it has begun."""
    end_withdrawn: bool = False
    """Customers were told that the end they knew does not stand, and no other one since."""
    completed: bool = False
    """Engineers say that it is done, and no monitor has contradicted."""
    cancelled: bool = False
    """It ended before it began."""
    matched_at: datetime | None = None
    """When it was last looked up whom it hits."""
    waiting: bool = False
    """Somebody who was told waits for the next word."""

    @property
    def remind_at(self) -> datetime:
        return self.window.starts_at - self.remind_before

    def first_word(self, now: datetime) -> Occasion:
        """By which word somebody learns of it at `now`."""
        return Occasion.PLANNED if now < self.window.starts_at and not self.started else Occasion.STARTED

    def next_word_at(self, now: datetime, warn_before: timedelta, every: timedelta) -> datetime:
        """By when whoever is told at `now` hears again: the reminder, the start, or the rhythm of the playbook."""
        marks = () if self.started else (self.remind_at, self.window.starts_at)
        return next((mark + warn_before for mark in marks if now < mark), now + every)

    def looks_again(self, now: datetime) -> bool:
        """Whether it must be looked up anew whom it hits: customers move before it comes near and before it begins."""
        if self.cancelled or self.matched_at is None:
            return False
        return any(self.matched_at < mark <= now for mark in (self.remind_at, self.window.starts_at))

    def becomes_outage(self, now: datetime) -> bool:
        """Its announced end has passed, and nobody has said that it is done."""
        return now >= self.window.ends_at and not (self.completed or self.cancelled)

    def word_due(self, now: datetime) -> DueWord | None:
        """The word that only announced work has, to everyone who waits; None when none is due."""
        if not self.waiting or self.told is None or self.cancelled or self.completed:
            return None
        if self.started:
            return self._end_moved(self.told.ends_at)
        if now >= self.window.starts_at:
            return DueWord("window_begins", Occasion.STARTED)
        if self.told != self.window:
            return DueWord("window_moved", Occasion.PLANNED)
        if now >= self.remind_at and (self.announced_at is None or self.announced_at < self.remind_at):
            return DueWord("work_comes_near", Occasion.REMINDER)
        return None

    def _end_moved(self, told: datetime) -> DueWord | None:
        if self.window.ends_at == told:
            return None
        later = self.window.ends_at > told
        return DueWord("end_moved", Occasion.OVERRUN if later else Occasion.UPDATE)

    def put(self, occasion: Occasion) -> Occasion:
        """`occasion` as it is said of work that has not begun: nothing is broken yet."""
        return occasion if self.started else _AS_ANNOUNCED.get(occasion, occasion)

    def marks(self, now: datetime) -> tuple[datetime, ...]:
        """The moments to come at which something falls due by itself."""
        if self.cancelled or self.completed:
            return ()
        ahead = (self.remind_at, self.window.starts_at, self.window.ends_at)
        return tuple(mark for mark in ahead if mark > now)

    def lapses_at(
        self, estimate_at: datetime | None, quiet: timedelta | None, quiet_for: timedelta, warn: timedelta
    ) -> datetime | None:
        """When the end that customers know lapses; None while it can be kept, and before the start.

        `quiet` is how long before that end the work was said to be done, None when it was not. Customers are warned
        `warn` before it lapses, but not in the first half of short work.
        """
        if estimate_at is None or not self.started:
            return None
        if self.completed and quiet is not None and quiet >= quiet_for:
            return None
        return max(estimate_at, self.window.starts_at + self.window.length / 2 + warn)
