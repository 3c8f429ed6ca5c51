"""How far an incident reaches, as policies measure it: what is known now, and what is to be expected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Metric(StrEnum):
    """What a trigger looks at. Counts are of those affected now and of everyone who was."""

    CUSTOMERS = "customers"
    SHARE = "share"
    """Of all active customers, 0 to 1."""
    SERVICES = "services"
    """Of customers; with a `scope`, those in areas of that kind alone."""
    USER_MINUTES = "user_minutes"
    """Customers times the minutes that the outage lasts, 47 CFR 4.7(e)."""
    DURATION = "duration"
    DISTRICTS = "districts"
    WHOLE_DISTRICTS = "whole_districts"
    """Districts all of whose active customers are affected."""
    WHOLE_REGIONS = "whole_regions"
    ELEMENTS = "elements"
    """With a `scope`, those of that kind alone."""
    ELEMENT_SHARE = "element_share"
    """Of all elements of the kind in `scope`, 0 to 1."""
    REPORTS = "reports"
    """Customers who reported the fault themselves."""
    EMERGENCY_CALLS = "emergency_calls"
    IMPACT = "impact"
    SEVERITY = "severity"
    KIND = "kind"
    SERVICE = "service"
    DECLARED = "declared"
    """A person said that it applies: an authority has called for it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """One incident, as of a look. `estimate_at` is what customers were told, `ended_at` when service was back.

    Words are those of the incident: `severity` like S1, `kind` like outage, `service` as in its playbook.
    """

    started_at: datetime
    severity: str
    kind: str
    service: str
    customers: int = 0
    base: int = 0
    services: int = 0
    services_in: Mapping[str, int] = field(default_factory=dict)
    """By kind of area."""
    districts: int = 0
    whole_districts: int = 0
    whole_regions: int = 0
    elements: Mapping[str, int] = field(default_factory=dict)
    elements_of_all: Mapping[str, int] = field(default_factory=dict)
    reports: int = 0
    emergency_calls: bool = False
    impact: str = "ok"
    estimate_at: datetime | None = None
    ended_at: datetime | None = None
    declared: frozenset[str] = frozenset()
    """Packs."""

    def duration(self, now: datetime, *, forecast: bool) -> timedelta:
        """How long it lasts: as it was, else as it is expected to be (the estimate), else as it has been so far."""
        if self.ended_at is not None:
            return max(timedelta(0), self.ended_at - self.started_at)
        until = max(now, self.estimate_at) if forecast and self.estimate_at else now
        return max(timedelta(0), until - self.started_at)

    def number(self, metric: Metric, scope: str, lasts: timedelta) -> float:
        """A count or a share. Raises KeyError for a metric that is neither."""
        whole = self.elements_of_all.get(scope, 0)
        found: dict[Metric, float] = {
            Metric.CUSTOMERS: self.customers,
            Metric.SHARE: self.customers / self.base if self.base else 0.0,
            Metric.SERVICES: self.services_in.get(scope, 0) if scope else self.services,
            Metric.USER_MINUTES: self.customers * (lasts / timedelta(minutes=1)),
            Metric.DISTRICTS: self.districts,
            Metric.WHOLE_DISTRICTS: self.whole_districts,
            Metric.WHOLE_REGIONS: self.whole_regions,
            Metric.ELEMENTS: self.elements.get(scope, 0) if scope else sum(self.elements.values()),
            Metric.ELEMENT_SHARE: self.elements.get(scope, 0) / whole if whole else 0.0,
            Metric.REPORTS: self.reports,
        }
        return found[metric]

    def word(self, metric: Metric, pack: str) -> str:
        """What the incident is called in this respect. Raises KeyError for a metric that is a number or a span."""
        return {
            Metric.EMERGENCY_CALLS: "yes" if self.emergency_calls else "no",
            Metric.IMPACT: self.impact,
            Metric.SEVERITY: self.severity,
            Metric.KIND: self.kind,
            Metric.SERVICE: self.service,
            Metric.DECLARED: "yes" if pack in self.declared else "no",
        }[metric]


WORDS = frozenset(
    {
        Metric.EMERGENCY_CALLS,
        Metric.IMPACT,
        Metric.SEVERITY,
        Metric.KIND,
        Metric.SERVICE,
        Metric.DECLARED,
    }
)
"""Metrics that are compared with words; DURATION with a span, all others with a number."""
