"""When restored service counts as verified: monitors quiet for long enough, and no customer who says otherwise."""

from dataclasses import dataclass
from datetime import datetime, timedelta

STILL_OUT = "1"
"""The reply by which a customer says that theirs is still out: the same in every language."""
TOO_MANY = 2
"""So many customers behind one cause who say that theirs is still out are right about the cause; one alone may have
a fault of their own."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """Ask up to `size` of those who wait whether theirs is still out; silence for `wait` counts as service."""

    size: int
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Asked:
    """The last time a sample was asked. With nobody in it there is nothing to wait for."""

    at: datetime
    count: int


def is_to_be_asked(quiet_at: datetime, sampling: Sampling | None, asked: Asked | None) -> bool:
    """Whether a sample comes before the all-clear that would be due at `quiet_at`: once for each."""
    return sampling is not None and (asked is None or asked.at < quiet_at)


def believed_at(quiet_at: datetime, sampling: Sampling | None, asked: Asked | None) -> datetime:
    """When service counts as back if nobody says otherwise. `quiet_at` is when monitors have been quiet long enough."""
    if sampling is None or asked is None or asked.at < quiet_at or not asked.count:
        return quiet_at
    return asked.at + sampling.wait
