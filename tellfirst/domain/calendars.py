"""Working calendars: days and hours that count for a deadline, by the clock of the place it is owed in.

All arithmetic is done on local dates and wall times and ends in aware UTC. Where clocks jump over a wall time, it is
the moment of the jump; where they show one twice, it is the later, so that no deadline ends early.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.times import utc

SATURDAY_AND_SUNDAY = frozenset({5, 6})
"""As `date.weekday` counts: Monday is 0."""
LONGEST_SEARCH = 3_660
"""Days looked at for the next working day. A calendar without one for ten years is a mistake."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The working days and hours of one market.

    `opens` and `closes` bound the hours that count on a working day; with both at midnight the whole day counts.
    Raises RuleBroken for a week without a working day or hours that end before they begin.
    """

    zone: str
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    holidays: frozenset[date] = frozenset()
    opens: time = time(0)
    closes: time = time(0)

    def __post_init__(self) -> None:
        if self.weekend >= set(range(7)):
            raise RuleBroken("a working calendar needs a day of the week that is worked on")
        if self.closes != time(0) and self.closes <= self.opens:
            raise RuleBroken("the hours of a working calendar end before they begin")

    def is_working(self, day: date) -> bool:
        """Whether this day counts."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def hours_of(self, day: date) -> tuple[datetime, datetime]:
        """From when to when this day counts, if it does."""
        end = (day + DAY, time(0)) if self.closes == time(0) else (day, self.closes)
        return moment(day, self.opens, self.zone), moment(*end, self.zone)

    def local_day(self, at: datetime) -> date:
        """The date that the calendar of the place shows."""
        return at.astimezone(ZoneInfo(self.zone)).date()


def moment(day: date, face: time, zone: str) -> datetime:
    """When the clock of a place shows `face` on `day`, in UTC."""
    local = datetime.combine(day, face, ZoneInfo(zone))
    earlier, later = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    # In a gap the two readings change places: the jump itself lies between them.
    return later if earlier <= later else _jump(later, earlier, zone)


def _jump(before: datetime, after: datetime, zone: str) -> datetime:
    """The moment at which the clock of the place jumps, which lies between these two."""
    place = ZoneInfo(zone)
    old = before.astimezone(place).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(place).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def add_days(at: datetime, count: int, zone: str) -> datetime:
    """The same wall time `count` calendar days later (or earlier, below zero) in this zone."""
    local = at.astimezone(ZoneInfo(zone))
    return moment(local.date() + count * DAY, local.time(), zone)


def working_day_after(day: date, count: int, calendar: WorkingCalendar) -> date:
    """The `count`-th working day after `day`, which itself never counts. Raises RuleBroken when there is none."""
    return _counted(day, count, DAY, calendar)


def working_day_before(day: date, count: int, calendar: WorkingCalendar) -> date:
    """The `count`-th working day before `day`: by when something must be known that is due days ahead."""
    return _counted(day, count, -DAY, calendar)


def _counted(day: date, count: int, step: timedelta, calendar: WorkingCalendar) -> date:
    if count < 1:
        raise RuleBroken("count working days from one upwards")
    idle = 0
    while count:
        day += step
        works = calendar.is_working(day)
        count -= works
        idle = 0 if works else idle + 1
        if idle > LONGEST_SEARCH:
            raise RuleBroken("the working calendar has no working day for ten years")
    return day


def end_of(day: date, zone: str) -> datetime:
    """The end of a day at a place: the first moment that is not in it any more."""
    return moment(day + DAY, time(0), zone)


def add_working_time(at: datetime, span: timedelta, calendar: WorkingCalendar) -> datetime:
    """When `span` of working hours has passed since `at`. Raises RuleBroken for a span below zero.

    Hours are real ones: a night in which clocks change is an hour longer or shorter.
    """
    if span < timedelta(0):
        raise RuleBroken("working time is counted forwards")
    at = utc(at)
    for opens, closes in _hours_from(at, calendar):
        begins = max(at, opens)
        if begins >= closes:
            continue
        if span <= closes - begins:
            return begins + span
        span -= closes - begins
    raise AssertionError("unreachable: the hours of a calendar do not end")


def _hours_from(at: datetime, calendar: WorkingCalendar) -> Iterator[tuple[datetime, datetime]]:
    day = calendar.local_day(at)
    if not calendar.is_working(day):
        day = working_day_after(day, 1, calendar)
    while True:
        yield calendar.hours_of(day)
        day = working_day_after(day, 1, calendar)
