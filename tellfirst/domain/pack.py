"""A policy pack: the duties of one regulator, contract or house as values, never as code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from tellfirst.domain.calendars import WorkingCalendar
from tellfirst.domain.compensation import FlatPerDay, Formula
from tellfirst.domain.deadline import Anchor
from tellfirst.domain.due import DeadlineRule, Due
from tellfirst.domain.escalation import StaffRole
from tellfirst.domain.impact import Impact
from tellfirst.domain.scope import Metric

HOUSE_DEFAULT = "house-default"
"""The only pack that is on without being asked for, and that nothing exempts from."""
SEVERITIES = ("S1", "S2", "S3", "S4")


class Status(StrEnum):
    DRAFT = "draft"
    """At least one of its numbers was not seen in the primary text."""
    VERIFIED = "verified"


class Quality(StrEnum):
    """Where a number was seen."""

    PRIMARY = "P"
    SECONDARY = "S"
    WEAK = "S-"
    SURE = "M+"
    """From memory, sure."""
    MEMORY = "M"
    UNSURE = "M?"
    HOUSE = "house"
    """Our own choice, where the source names no number or there is no source."""


SOUND = frozenset({Quality.PRIMARY, Quality.HOUSE})


class Comparison(StrEnum):
    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    """Exactly as much is not enough."""
    ONE_OF = "one_of"


class Ground(StrEnum):
    """Why a policy may not bind in a case, by its own words."""

    NATURAL_DISASTER = "natural_disaster"
    FORCE_MAJEURE = "force_majeure"
    SECURITY = "security"
    CUSTOMERS_OWN_FAULT = "customers_own_fault"
    STATUTORY_ORDER = "statutory_order"
    ANNOUNCED_WORK = "announced_work"
    UPSTREAM_CARRIER = "upstream_carrier"
    SEVERE_WEATHER = "severe_weather"


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `value` is a number, a span for `duration`, or words for ONE_OF; `scope` a kind of area or
    element that alone is counted ('' for all)."""

    metric: Metric
    op: Comparison
    value: float | timedelta | tuple[str, ...]
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One way for a pack to apply: every condition holds, for `window` at least where there is one.

    `forecast`: by what is to be expected and not only by what has been.
    """

    name: str
    conditions: tuple[Condition, ...]
    forecast: bool
    quality: Quality
    window: timedelta | None = None
    exempt_if: tuple[Ground, ...] = ()


@dataclass(frozen=True, slots=True)
class PackClock:
    """One deadline, by severity; a severity that is not there has none. `on_breach`: who hears that it was missed."""

    rules: Mapping[str, DeadlineRule]
    quality: Quality
    on_breach: tuple[StaffRole, ...] = ()

    @property
    def any_rule(self) -> DeadlineRule:
        return next(iter(self.rules.values()))


class ContentField(StrEnum):
    """What a text must show, as regulators ask for it."""

    COMPANY = "company"
    REFERENCE = "reference"
    SERVICE = "service"
    AREA = "area"
    STARTED = "started"
    ENDED = "ended"
    DURATION = "duration"
    IMPACT = "impact"
    SCALE = "scale"
    CAUSE = "cause"
    MEASURES = "measures"
    ESTIMATE = "estimate"
    NEXT_UPDATE = "next_update"
    CONTACT = "contact"
    PAGE = "page"
    EMERGENCY_CALLS = "emergency_calls"
    ALTERNATIVES = "alternatives"
    HOW_TO_CLAIM = "how_to_claim"
    WINDOW = "window"
    ADR = "adr"


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before announced work it must be known; waived for work shorter than `waive_shorter_than`."""

    lead: Due
    quality: Quality
    calendar: str = ""
    hearer: str = "customers"
    waive_shorter_than: timedelta | None = None


@dataclass(frozen=True, slots=True)
class FlatPerWorkingDays:
    """`FlatPerDay` by a calendar's name, until the calendars of the moment are known."""

    amount: Decimal
    working_days: int
    calendar: str
    counts_last_day: bool = False

    def formula(self, calendars: Mapping[str, WorkingCalendar]) -> FlatPerDay:
        return FlatPerDay(self.amount, self.working_days, calendars[self.calendar], self.counts_last_day)


@dataclass(frozen=True, slots=True)
class Compensation:
    """What a customer is owed by one rule of a pack. `by_itself`: without a claim of theirs."""

    name: str
    terms: Formula | FlatPerWorkingDays
    currency: str
    anchor: Anchor
    quality: Quality
    by_itself: bool
    needs_fee: bool
    counted: bool = True
    """False: what it depends on, like a missed appointment, is not in these books; it is only shown."""
    services: tuple[str, ...] = ()
    """Empty: all."""
    from_impact: Impact = Impact.DOWN
    cap: Decimal | None = None
    pay_within: Due | None = None

    def formula(self, calendars: Mapping[str, WorkingCalendar]) -> Formula:
        return self.terms.formula(calendars) if isinstance(self.terms, FlatPerWorkingDays) else self.terms


@dataclass(frozen=True, slots=True)
class Evidence:
    """What must be kept, and how long (None: the source names no time)."""

    fields: tuple[str, ...] = ()
    retention: timedelta | None = None
    quality: Quality = Quality.HOUSE


@dataclass(frozen=True, slots=True)
class Pack:
    """`version` is a hash of its file. `sector` is telecom, energy, water, any."""

    id: str
    version: str
    title: str
    jurisdiction: str
    sector: str
    source: str
    verified_on: date
    status: Status
    triggers: tuple[Trigger, ...] = ()
    clocks: tuple[PackClock, ...] = ()
    content: Mapping[str, tuple[ContentField, ...]] = field(default_factory=dict)
    """By occasion."""
    planned: tuple[Lead, ...] = ()
    compensation: tuple[Compensation, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """For which an exemption may be claimed."""
        return tuple(sorted({ground for one in self.triggers for ground in one.exempt_if}))
