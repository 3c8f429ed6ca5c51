"""The keys of a pack's file, each explained in docs/packs.md, and what they become."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from tellfirst.domain.deadline import Anchor, DeadlineName, Hearer
from tellfirst.domain.due import Counting, DeadlineRule, Due, Pause, Repeat, Zone
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.escalation import StaffRole
from tellfirst.domain.pack import (
    SEVERITIES,
    Comparison,
    Condition,
    ContentField,
    Evidence,
    Ground,
    Lead,
    PackClock,
    Quality,
    Status,
    Trigger,
)
from tellfirst.domain.scope import WORDS, Metric
from tellfirst.spans import Span, span
from tellfirst.strict_yaml import StrictModel
from tellfirst.timelines.calendars import Day, Hour
from tellfirst.timelines.compensation_files import CompensationFile
from tellfirst.timelines.dues import DueText

Severity = Literal["S1", "S2", "S3", "S4"]
Occasions = Literal[
    "planned",
    "reminder",
    "started",
    "cancelled",
    "first_word",
    "update",
    "overrun",
    "restored",
    "correction",
]
Some = Annotated[str, Field(min_length=1)]


def by_severity(value: Any) -> Any:
    """What is written once holds for every severity."""
    if isinstance(value, dict) and value and set(value) <= set(SEVERITIES):
        return value
    return dict.fromkeys(SEVERITIES, value)


class ConditionFile(StrictModel):
    metric: Metric
    op: Comparison
    value: Any
    scope: str = ""

    def made(self) -> Condition:
        return Condition(self.metric, self.op, _value(self.metric, self.op, self.value), self.scope)

    @model_validator(mode="after")
    def _compares(self) -> "ConditionFile":
        _value(self.metric, self.op, self.value)
        return self


def _value(metric: Metric, op: Comparison, value: Any) -> float | timedelta | tuple[str, ...]:
    if (metric in WORDS) != (op is Comparison.ONE_OF):
        fitting = "one_of" if metric in WORDS else "at_least or more_than"
        raise ValueError(f"{metric} is compared with {fitting}")
    if metric in WORDS:
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise ValueError("write a list of words")
        return tuple(value)
    if metric is Metric.DURATION:
        return span(value)
    if isinstance(value, str) and (found := re.fullmatch(r"(\d{1,3}(?:\.\d+)?)%", value)):
        return float(found[1]) / 100
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("write a number, or a share like 5%")
    return float(value)


class TriggerFile(StrictModel):
    name: Some
    when: Annotated[tuple[ConditionFile, ...], Field(min_length=1)]
    forecast: bool
    quality: Quality
    window: Span | None = None
    exempt_if: tuple[Ground, ...] = ()

    def made(self) -> Trigger:
        conditions = tuple(one.made() for one in self.when)
        return Trigger(self.name, conditions, self.forecast, self.quality, self.window, self.exempt_if)


class RepeatFile(StrictModel):
    every: Span
    until: Span | None = None
    then: Span | None = None

    @model_validator(mode="after")
    def _whole(self) -> "RepeatFile":
        try:
            self.made()
        except RuleBroken as wrong:
            raise ValueError(str(wrong)) from None
        return self

    def made(self) -> Repeat:
        return Repeat(self.every, self.until, self.then)


class QuietFile(StrictModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: Hour = Field(alias="from")
    to: Hour

    @model_validator(mode="after")
    def _a_night(self) -> "QuietFile":
        try:
            self.made()
        except RuleBroken as wrong:
            raise ValueError(str(wrong)) from None
        return self

    def made(self) -> Pause:
        return Pause(self.from_, self.to)


class ClockFile(StrictModel):
    name: DeadlineName
    audience: Hearer
    anchor: Anchor
    due: Annotated[dict[Severity, DueText], BeforeValidator(by_severity)] | None = None
    repeat: Annotated[dict[Severity, RepeatFile], BeforeValidator(by_severity)] | None = None
    stop_at: Anchor | None = None
    quality: Quality
    calendar: str = ""
    zone: Zone = Zone.HOUSE
    quiet: QuietFile | None = None
    on_breach: tuple[StaffRole, ...] = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> "ClockFile":
        if (self.due is None) == (self.repeat is None):
            raise ValueError(
                "write `due` for what is owed once, or `repeat` for what is owed again and again"
            )
        if self.repeat is not None and self.stop_at is None:
            raise ValueError("say with `stop_at` what ends the repeating")
        return self

    def made(self, source: str) -> PackClock:
        repeats = {severity: one.made() for severity, one in (self.repeat or {}).items()}
        dues = self.due or {severity: Due(Counting.REAL, one.every) for severity, one in repeats.items()}
        rules: dict[str, DeadlineRule] = {
            severity: DeadlineRule(
                name=self.name,
                hearer=self.audience,
                anchor=self.anchor,
                due=due,
                source=source,
                calendar=self.calendar,
                zone=self.zone,
                pause=self.quiet.made() if self.quiet else None,
                repeat=repeats.get(severity),
                stop_at=self.stop_at,
            )
            for severity, due in dues.items()
        }
        return PackClock(rules, self.quality, self.on_breach)


class WaiveFile(StrictModel):
    shorter_than: Span


class LeadFile(StrictModel):
    lead: DueText
    quality: Quality
    audience: Hearer = Hearer.CUSTOMERS
    calendar: str = ""
    waive_if: WaiveFile | None = None

    @model_validator(mode="after")
    def _counted_back(self) -> "LeadFile":
        if self.lead.counting in (Counting.WORKING_HOURS, Counting.END_OF_NEXT_DAY):
            raise ValueError("a lead is counted back: write a span, calendar days or working days")
        return self

    def made(self) -> Lead:
        waived = self.waive_if.shorter_than if self.waive_if else None
        return Lead(self.lead, self.quality, self.calendar, self.audience, waived)


class EvidenceFile(StrictModel):
    fields_: tuple[Some, ...] = Field(alias="fields", default=())
    retention: Span | None = None
    quality: Quality

    def made(self) -> Evidence:
        return Evidence(self.fields_, self.retention, self.quality)


class PackFile(StrictModel):
    """One file of config/packs/. What has no source, date or status is refused."""

    title: Some
    jurisdiction: Some
    sector: Literal["telecom", "energy", "water", "online", "any"]
    source: Some
    verified_on: Day
    status: Status
    triggers: Annotated[tuple[TriggerFile, ...], Field(min_length=1)]
    clocks: tuple[ClockFile, ...] = ()
    content: dict[Occasions, tuple[ContentField, ...]] = Field(default_factory=dict)
    planned: tuple[LeadFile, ...] = ()
    compensation: tuple[CompensationFile, ...] = ()
    evidence: EvidenceFile | None = None
