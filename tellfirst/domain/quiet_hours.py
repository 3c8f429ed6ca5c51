"""Quiet hours: when it is night where a customer is, and what may wake them nevertheless."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tellfirst.domain.occasion import PROMISING, Channel, Occasion

WAKING = frozenset({Channel.SMS, Channel.VOICE, Channel.WHATSAPP})
"""Channels that ring at a bedside."""


class Instead(StrEnum):
    """What becomes of a word in quiet hours."""

    WAIT = "wait"
    """It waits until they end."""
    NEXT_CHANNEL = "next_channel"
    """It takes the customer's next channel that rings nowhere; without one it waits."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` by the customer's own clock; across midnight where `end` is the earlier.

    Words of a severity in `unless_severity`, and words to customers of at least `unless_priority_from`, leave at
    any hour.
    """

    start: time
    end: time
    channels: tuple[Channel, ...] = tuple(sorted(WAKING))
    unless_severity: tuple[str, ...] = ()
    unless_priority_from: int | None = None
    instead: Instead = Instead.WAIT


_ABOUT_ANOTHER_DAY = frozenset({Occasion.PLANNED, Occasion.REMINDER, Occasion.CANCELLED})
FOR_SURVEYS = QuietHours(time(21), time(8))
"""What binds every survey, whatever a playbook says: 47 CFR 64.1200(c)(1), telephone solicitations."""


def quiet_until(hours: QuietHours, zone: str, now: datetime) -> datetime | None:
    """When the quiet hours end (aware UTC) that `now` lies in at a customer in `zone`; None outside of them.

    Where clocks jump over an hour or show it twice, the night is the longer of the two readings: nobody is woken.
    """
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    for days in (-1, 0):
        evening = today + timedelta(days=days)
        morning = evening if hours.start < hours.end else evening + timedelta(days=1)
        begins = min(_readings(evening, hours.start, place))
        ends = max(_readings(morning, hours.end, place))
        if begins <= now < ends:
            return ends
    return None


def _readings(day: date, face: time, place: ZoneInfo) -> tuple[datetime, datetime]:
    local = datetime.combine(day, face, place)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def hours_for(
    occasion: Occasion, hours: QuietHours | None, severity: str, emergency_calls: bool
) -> QuietHours | None:
    """The quiet hours that bind a notice; None: it may leave at any hour.

    A survey is never urgent, nor is work on another day. A word about trouble of an urgent severity is. An
    all-clear is only where it says that emergency calls work again: everybody else may read it in the morning.
    """
    if occasion is Occasion.SURVEY:
        own = hours or FOR_SURVEYS
        return QuietHours(own.start, own.end, tuple(sorted(WAKING | set(own.channels))))
    if hours is None:
        return None
    if occasion in _ABOUT_ANOTHER_DAY:
        return hours
    urgent = severity in hours.unless_severity and (occasion in PROMISING or emergency_calls)
    return None if urgent else hours


def is_exempt(hours: QuietHours, priority: int) -> bool:
    """Whether a customer of this priority hears it at night all the same."""
    return hours.unless_priority_from is not None and priority >= hours.unless_priority_from


def awake_at(hours: QuietHours, zone: str, moment: datetime, rhythm: timedelta) -> datetime:
    """By when a customer can be promised a word that is due at `moment`.

    What falls into their night is promised for the morning: at the end of the quiet hours the newest word
    leaves, and `rhythm` later at the latest they have the next.
    """
    ends = quiet_until(hours, zone, moment)
    return ends + rhythm if ends else moment
