"""Which packs bind an incident, and what they ask together.

Several apply at once: the earliest deadline, the shortest interval, every required field and every audience, the
longest retention. Compensation is never merged; each pack's is reckoned and shown by itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellfirst.domain.calendars import add_days, end_of, working_day_before
from tellfirst.domain.deadline import DeadlineName, Hearer
from tellfirst.domain.due import Counting, Place
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.pack import Comparison, Condition, ContentField, Lead, Pack, Trigger
from tellfirst.domain.scope import WORDS, Metric, Scope

A_WHILE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Applies:
    """Whether a pack binds, and why: the comparisons of the trigger that holds, or the first of each that does not."""

    applies: bool
    reasons: tuple[str, ...]


def applies(pack: Pack, scope: Scope, now: datetime) -> Applies:
    """Whether one of the pack's triggers holds for what is known and expected at `now`."""
    missing: list[str] = []
    for trigger in pack.triggers:
        fails = _first_that_fails(trigger, scope, now, pack.id)
        if fails is None:
            said = tuple(_said(one, scope, now, trigger, pack.id) for one in trigger.conditions)
            return Applies(True, (trigger.name, *said))
        missing.append(f"{trigger.name}: {fails}")
    return Applies(False, tuple(missing))


def _first_that_fails(trigger: Trigger, scope: Scope, now: datetime, pack: str) -> str | None:
    lasts = scope.duration(now, forecast=trigger.forecast)
    if trigger.window is not None and lasts < trigger.window:
        return f"lasts {lasts}, not {trigger.window}"
    for one in trigger.conditions:
        if not _holds(one, scope, lasts, pack):
            return _said(one, scope, now, trigger, pack)
    return None


def _holds(one: Condition, scope: Scope, lasts: timedelta, pack: str) -> bool:
    if one.metric in WORDS:
        assert isinstance(one.value, tuple)
        return scope.word(one.metric, pack) in one.value
    if one.metric is Metric.DURATION:
        assert isinstance(one.value, timedelta)
        return lasts > one.value if one.op is Comparison.MORE_THAN else lasts >= one.value
    assert isinstance(one.value, int | float)
    found = scope.number(one.metric, one.scope, lasts)
    return found > one.value if one.op is Comparison.MORE_THAN else found >= one.value


def _said(one: Condition, scope: Scope, now: datetime, trigger: Trigger, pack: str) -> str:
    lasts = scope.duration(now, forecast=trigger.forecast)
    asked = ", ".join(one.value) if isinstance(one.value, tuple) else str(one.value)
    if one.metric in WORDS:
        return f"{one.metric} {scope.word(one.metric, pack)}, asked {asked}"
    found = lasts if one.metric is Metric.DURATION else f"{scope.number(one.metric, one.scope, lasts):g}"
    where = f" ({one.scope})" if one.scope else ""
    return f"{one.metric}{where} {found}, asked {one.op.replace('_', ' ')} {asked}"


def looks_again(pack: Pack, scope: Scope, now: datetime) -> datetime | None:
    """When time alone may make the pack bind, `now` at the earliest; None when only a change can.

    For a while after each such moment it is still looked at, because some must be longer and not as long.
    """
    if scope.ended_at is not None:
        return None
    marks = [scope.started_at + span for trigger in pack.triggers for span in _spans(trigger, scope)]
    return min((max(mark, now) for mark in marks if mark + A_WHILE >= now), default=None)


def _spans(trigger: Trigger, scope: Scope) -> Iterator[timedelta]:
    if trigger.window is not None:
        yield trigger.window
    for one in trigger.conditions:
        if isinstance(one.value, timedelta):
            yield one.value
        elif one.metric is Metric.USER_MINUTES and isinstance(one.value, float) and scope.customers:
            yield timedelta(minutes=one.value / scope.customers)


@dataclass(frozen=True, slots=True)
class Combined:
    """What several packs ask together."""

    fields: Mapping[str, frozenset[ContentField]]
    hearers: frozenset[Hearer]
    word_every: timedelta | None
    """The shortest interval of words to customers; None when no pack names one."""
    retention: timedelta | None


def combine(packs: Iterable[Pack], severity: str) -> Combined:
    """The union of fields and audiences, the shortest interval, the longest retention."""
    fields: dict[str, frozenset[ContentField]] = {}
    hearers: set[Hearer] = set()
    every: list[timedelta] = []
    kept: list[timedelta] = []
    for pack in packs:
        for occasion, asked in pack.content.items():
            fields[occasion] = fields.get(occasion, frozenset()) | frozenset(asked)
        rules = [clock.rules[severity] for clock in pack.clocks if severity in clock.rules]
        hearers |= {rule.hearer for rule in rules}
        every += [
            rule.repeat.every
            for rule in rules
            if rule.name is DeadlineName.UPDATE and rule.hearer is Hearer.CUSTOMERS and rule.repeat
        ]
        kept += [pack.evidence.retention] if pack.evidence.retention else []
    return Combined(fields, frozenset(hearers), min(every, default=None), max(kept, default=None))


@dataclass(frozen=True, slots=True)
class Owed:
    """One deadline as it was laid: `subject` is the contact it is about, 0 for the incident as a whole."""

    pack: str
    name: DeadlineName
    hearer: Hearer
    subject: int
    number: int
    due_at: datetime


def earliest(owed: Iterable[Owed]) -> list[Owed]:
    """Of what is owed for the same thing, to the same hearer, the one that binds."""
    first: dict[tuple[DeadlineName, Hearer, int], Owed] = {}
    for one in sorted(owed, key=lambda one: (one.due_at, one.pack, one.number)):
        first.setdefault((one.name, one.hearer, one.subject), one)
    return list(first.values())


def announce_by(lead: Lead, starts_at: datetime, ends_at: datetime, place: Place) -> datetime | None:
    """Until when announced work must be known; None where the policy waives it for so short a work.

    Working days end with the day that is so many before the day of the work. Raises RuleBroken for a lead in hours
    of work or 'the next day', which run forwards only.
    """
    if lead.waive_shorter_than is not None and ends_at - starts_at < lead.waive_shorter_than:
        return None
    name = lead.calendar or place.house
    calendar = place.calendars[name]
    match lead.lead.counting:
        case Counting.REAL:
            return starts_at - lead.lead.span
        case Counting.CALENDAR_DAYS:
            return add_days(starts_at, -lead.lead.span.days, calendar.zone)
        case Counting.WORKING_DAYS:
            day = working_day_before(calendar.local_day(starts_at), lead.lead.span.days, calendar)
            return end_of(day, calendar.zone)
        case _:
            raise RuleBroken("a lead is counted back: write a span, calendar days or working days")
