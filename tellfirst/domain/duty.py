"""Who is on duty for a role, and to whom a call is handed on when nobody answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellfirst.domain.calendars import WorkingCalendar


@dataclass(frozen=True, slots=True)
class Duty:
    """One place in a chain. `channels` are names of variables that hold where to send it; `calendar` is when it is
    on duty, empty for always."""

    name: str
    channels: tuple[str, ...]
    calendar: str = ""

    def is_on(self, calendars: Mapping[str, WorkingCalendar], at: datetime) -> bool:
        """Whether its hours count at `at`."""
        if not self.calendar:
            return True
        calendar = calendars[self.calendar]
        day = calendar.local_day(at)
        opens, closes = calendar.hours_of(day)
        return calendar.is_working(day) and opens <= at < closes


@dataclass(frozen=True, slots=True)
class Rota:
    """The chain of a role, in the order in which its places are asked; `hand_over` is the time each has to answer."""

    role: str
    chain: tuple[Duty, ...]
    hand_over: timedelta

    def first(self, calendars: Mapping[str, WorkingCalendar], at: datetime) -> int:
        """The place asked first at `at`. Never nobody: where none is on duty, the last one is."""
        on_duty = (number for number, duty in enumerate(self.chain) if duty.is_on(calendars, at))
        return next(on_duty, len(self.chain) - 1)

    def after(self, place: int, calendars: Mapping[str, WorkingCalendar], at: datetime) -> int | None:
        """To whom it is handed on from `place` at `at`; None past the end of the chain."""
        later = range(place + 1, len(self.chain))
        return next((number for number in later if self.chain[number].is_on(calendars, at)), None)
