"""Time: a port for the present, and the one refusal of naive times."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from tellfirst.domain.errors import RuleBroken


class Clock(Protocol):
    """What time it is for promises and deadlines."""

    def now(self) -> datetime:
        """The present, aware UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SteadyClock:
    """Another clock that never runs back: set back by hours, it goes on from where it was.

    A lease counted by a clock that can be set back would last for hours in the eyes of its holder alone.
    """

    def __init__(self, clock: Clock, steps: Callable[[], float] = time.monotonic) -> None:
        """`steps` counts seconds and is never set."""
        self._clock = clock
        self._steps = steps
        self._anchor = (clock.now(), steps())

    def now(self) -> datetime:
        moment, step = self._anchor
        steady = moment + timedelta(seconds=self._steps() - step)
        told = self._clock.now()
        if told > steady:
            self._anchor = (told, self._steps())
            return told
        return steady


def utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises RuleBroken for a time without a zone: guessing one is how a promise gets broken by hours.
    """
    if moment.tzinfo is None:
        raise RuleBroken(
            f"the time {moment.isoformat()} has no zone; write it like 2026-11-22T09:30:00+00:00"
        )
    return moment.astimezone(UTC)


def clock_face(moment: datetime, zone: str, now: datetime) -> str:
    """How a time is written to a customer: '16:30 IST', or '23/11 09:00 IST' when it is another day there."""
    local = moment.astimezone(ZoneInfo(zone))
    face = local.strftime("%H:%M %Z")
    return face if local.date() == now.astimezone(ZoneInfo(zone)).date() else f"{local:%d/%m} {face}"
