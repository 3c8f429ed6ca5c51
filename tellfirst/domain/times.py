"""Time: a port for the present, and the one refusal of naive times."""

from datetime import UTC, datetime
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
