"""When a deadline falls due: its rule, the calendars it may be counted by, and the arithmetic.

Source of the shape: the regimes compared have clocks with different anchors, calendars and audiences, so that each
clock names its own. All arithmetic ends in aware UTC; see domain/calendars.py for changed clocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from tellfirst.domain.calendars import (
    WorkingCalendar,
    add_days,
    add_working_time,
    end_of,
    working_day_after,
)
from tellfirst.domain.deadline import Anchor, DeadlineName, Hearer
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.times import utc


class Counting(StrEnum):
    """In which time a span is counted."""

    REAL = "real"
    CALENDAR_DAYS = "calendar_days"
    """The same wall time so many days later."""
    WORKING_DAYS = "working_days"
    """The end of the n-th working day after."""
    WORKING_HOURS = "working_hours"
    END_OF_NEXT_DAY = "end_of_next_day"


IN_DAYS = frozenset({Counting.CALENDAR_DAYS, Counting.WORKING_DAYS})


@dataclass(frozen=True, slots=True)
class Due:
    """How long there is. A span in days is whole days. Raises RuleBroken for one that is no time at all."""

    counting: Counting
    span: timedelta = timedelta(days=1)

    def __post_init__(self) -> None:
        if self.span <= timedelta(0):
            raise RuleBroken("a deadline needs a span above zero")
        if self.counting in IN_DAYS and self.span % timedelta(days=1):
            raise RuleBroken("days of a deadline are whole days")

    def times(self, number: int) -> "Due":
        """So many of them."""
        return replace(self, span=self.span * number)


class Zone(StrEnum):
    """Whose clock shows the days: the calendar's own place, or where most of those affected are."""

    HOUSE = "house"
    SITE = "site"


@dataclass(frozen=True, slots=True)
class Pause:
    """Hours of a night in which the time of a deadline stands still, from `start` until `end` of the next morning."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start != time(0) and self.end >= self.start:
            raise RuleBroken(
                "a pause begins in the evening and ends in the morning after, like 22:00 to 07:00"
            )


@dataclass(frozen=True, slots=True)
class Repeat:
    """Due again `every` so long, counted from the anchor; after `until`, every `then` instead."""

    every: timedelta
    until: timedelta | None = None
    then: timedelta | None = None

    def __post_init__(self) -> None:
        if self.every <= timedelta(0) or (self.then is not None and self.then <= timedelta(0)):
            raise RuleBroken("a deadline repeats after a span above zero")
        if (self.until is None) != (self.then is None):
            raise RuleBroken("`until` says when the rhythm changes and `then` to what: write both or neither")

    def after(self, number: int) -> timedelta:
        """How long after the anchor the `number`-th is due, from 1 upwards."""
        if self.until is None or self.then is None:
            return self.every * number
        early = self.until // self.every
        return self.every * min(number, early) + self.then * max(0, number - early)


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """One clock of a policy. `pause` are hours of the day in which its time stands still.

    With `repeat`, `due` only says in which time is counted, and no more fall due from `stop_at` on.
    """

    name: DeadlineName
    hearer: Hearer
    anchor: Anchor
    due: Due
    source: str
    calendar: str = ""
    """Of config/calendars.yaml; empty: the house's."""
    zone: Zone = Zone.HOUSE
    pause: Pause | None = None
    repeat: Repeat | None = None
    stop_at: Anchor | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The calendars a deadline may be counted by, and the zone most of those affected are in ('' if unknown)."""

    calendars: Mapping[str, WorkingCalendar]
    house: str
    site_zone: str = ""

    def calendar(self, rule: DeadlineRule) -> WorkingCalendar:
        """The one of this rule. Raises RuleBroken for one that there is not."""
        name = rule.calendar or self.house
        if name not in self.calendars:
            raise RuleBroken(f"there is no calendar {name}; config/calendars.yaml names them")
        found = self.calendars[name]
        at_site = rule.zone is Zone.SITE and self.site_zone
        return replace(found, zone=self.site_zone) if at_site else found


Anchors = Mapping[Anchor, datetime]
"""When each happened, aware UTC; what has not happened is not there."""


def due_at(rule: DeadlineRule, anchors: Anchors, place: Place, number: int = 1) -> datetime | None:
    """When the deadline falls due, the `number`-th time; None while its anchor has not happened.

    Never before its anchor, and later for a longer span.
    """
    anchor = anchors.get(rule.anchor)
    if anchor is None:
        return None
    due = rule.due if rule.repeat is None else replace(rule.due, span=rule.repeat.after(number))
    # In UTC: a sum of a local time and a span ignores a change of clocks on the way.
    return _count(utc(anchor), due, place.calendar(rule), rule.pause)


def dues(rule: DeadlineRule, anchors: Anchors, place: Place, now: datetime) -> list[datetime]:
    """Every time it has fallen due, and the next one: the n-th stands at n - 1. None from `stop_at` on."""
    ends = anchors.get(rule.stop_at) if rule.stop_at else None
    found: list[datetime] = []
    while (due := due_at(rule, anchors, place, len(found) + 1)) is not None:
        if ends is not None and due >= ends and rule.repeat is not None:
            break
        found.append(due)
        if rule.repeat is None or due > now:
            break
    return found


def _count(at: datetime, due: Due, calendar: WorkingCalendar, pause: Pause | None) -> datetime:
    match due.counting:
        case Counting.REAL if pause is not None:
            awake = WorkingCalendar(calendar.zone, frozenset(), opens=pause.end, closes=pause.start)
            return add_working_time(at, due.span, awake)
        case Counting.REAL:
            return at + due.span
        case Counting.CALENDAR_DAYS:
            return add_days(at, due.span.days, calendar.zone)
        case Counting.WORKING_DAYS:
            last = working_day_after(calendar.local_day(at), due.span.days, calendar)
            return end_of(last, calendar.zone)
        case Counting.WORKING_HOURS:
            return add_working_time(at, due.span, calendar)
        case Counting.END_OF_NEXT_DAY:
            return end_of(calendar.local_day(at) + timedelta(days=1), calendar.zone)
