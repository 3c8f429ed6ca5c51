"""How long before work customers must have heard of it: the playbook's own lead, and that of each policy."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from tellfirst.domain.calendars import WorkingCalendar, add_days, end_of, working_day_before
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.work import Window

LONGEST_SEARCH = 3_660
"""Days looked ahead for a start that could be announced in time."""


class LeadRule(Protocol):
    """Whoever asks for a lead: a playbook, a policy pack."""

    @property
    def name(self) -> str: ...

    @property
    def words(self) -> str:
        """The lead in words, like '4 working days'."""
        ...

    def tell_by(self, window: Window) -> datetime | None:
        """By when customers must have been told, aware UTC; None where such work needs no lead."""
        ...


class LeadUnit(StrEnum):
    HOURS = "hours"
    """Real hours, whatever the clocks do meanwhile."""
    DAYS = "days"
    """Calendar days: the same wall time, so many days before."""
    WORKING_DAYS = "working_days"
    """The end of the day that is so many working days of `calendar` before the day of the work."""


@dataclass(frozen=True, slots=True)
class Lead:
    """`name` is who asks for it. `zone` is where calendar days are counted; a calendar brings its own.

    Work that lasts no longer than `above` needs no lead. Raises RuleBroken for an amount below 1, and for working
    days without a calendar.
    """

    name: str
    amount: int
    unit: LeadUnit
    zone: str = "UTC"
    calendar: WorkingCalendar | None = None
    above: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise RuleBroken(f"the lead of {self.name} must be at least 1")
        if self.unit is LeadUnit.WORKING_DAYS and self.calendar is None:
            raise RuleBroken(f"the lead of {self.name} counts working days; it needs a working calendar")

    @property
    def words(self) -> str:
        unit = self.unit.replace("_", " ")
        return f"{self.amount} {unit.removesuffix('s') if self.amount == 1 else unit}"

    def tell_by(self, window: Window) -> datetime | None:
        """Work on Tuesday with four working days and a weekend between: until the end of the Wednesday before."""
        if window.length <= self.above:
            return None
        if self.unit is LeadUnit.HOURS:
            return window.starts_at - timedelta(hours=self.amount)
        if self.unit is LeadUnit.DAYS:
            return add_days(window.starts_at, -self.amount, self.zone)
        assert self.calendar is not None
        day = working_day_before(self.calendar.local_day(window.starts_at), self.amount, self.calendar)
        return end_of(day, self.calendar.zone)


def lead_of(name: str, span: timedelta, zone: str = "UTC") -> Lead:
    """A lead that is written as a span: whole days are calendar days of `zone`, all else real hours, rounded up."""
    if span % timedelta(days=1):
        return Lead(name, -(-span // timedelta(hours=1)), LeadUnit.HOURS)
    return Lead(name, span // timedelta(days=1), LeadUnit.DAYS, zone)


def first_start(rule: LeadRule, window: Window, told_at: datetime, zone: str) -> datetime:
    """The first day, at the wall time of the work, that could be announced at `told_at`: what a cure names.

    Raises RuleBroken when no day within ten years could.
    """
    for days in range(LONGEST_SEARCH):
        start = add_days(window.starts_at, days, zone)
        by = rule.tell_by(Window(start, start + window.length))
        if by is None or by >= told_at:
            return start
    raise RuleBroken(f"no start within ten years keeps the lead of {rule.name}; shorten it")
