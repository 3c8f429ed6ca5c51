"""Pace: a sender's permitted rate as slots on one line of time, which all its workers share.

Virtual scheduling as in the generic cell rate algorithm (ITU-T I.371): all that is kept is the moment from which the
line is free. Whoever wants to send takes the next slots and goes when they have come.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

CATCH_UP = timedelta(seconds=1)
"""How late a slot may be used, and with it the burst: within any time T a sender sends at most what is permitted in
T and one second more. Without it each answer that a window waits for would be lost to the rate."""
WINDOW = timedelta(seconds=1)
"""How much of the line is taken at once: a crash leaves no more in doubt, a stop acts within it."""


@dataclass(frozen=True, slots=True)
class Slots:
    """A piece of the line for `segments`, one after the other."""

    starts_at: datetime
    ends_at: datetime
    segments: int

    def after(self, used: int) -> datetime:
        """When the next message may go once `used` segments have gone."""
        return self.starts_at + (self.ends_at - self.starts_at) * used / self.segments


def reserve(free_at: datetime | None, now: datetime, segments: int, rate: float) -> Slots:
    """The next slots for `segments` at `rate` a second, on a line that is free from `free_at`.

    A line that has been free for longer than CATCH_UP begins anew: rest is not saved up for a burst.
    """
    lags = free_at is not None and now - free_at <= CATCH_UP
    starts_at = free_at if free_at is not None and lags else now
    return Slots(starts_at, starts_at + timedelta(seconds=segments / rate), segments)


def is_forfeited(slot: datetime, now: datetime) -> bool:
    """Whether a slot has passed so long ago that using it would be a burst: its holder takes a new one."""
    return now - slot > CATCH_UP


def window_size(rate: float, segments_each: float, most: int) -> int:
    """Messages in a WINDOW at `rate` segments a second; at least one, at most what suits the carrier."""
    return max(1, min(most, int(rate * WINDOW.total_seconds() / segments_each)))
