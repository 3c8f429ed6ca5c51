"""The one fact record of an incident: every text, page and answer renders this and nothing else."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from tellfirst.domain.times import utc


class Cause(StrEnum):
    """What broke, in words every language has; never a guess."""

    BEING_INVESTIGATED = "being_investigated"
    POWER_FAILURE = "power_failure"
    FIBRE_CUT = "fibre_cut"
    EQUIPMENT_FAULT = "equipment_fault"
    SOFTWARE_FAULT = "software_fault"
    WEATHER = "weather"
    PLANNED_WORK = "planned_work"


class Action(StrEnum):
    """What we are doing about it."""

    INVESTIGATING = "investigating"
    CREW_ON_THE_WAY = "crew_on_the_way"
    CREW_ON_SITE = "crew_on_site"
    REPAIRING = "repairing"
    TESTING = "testing"


class WorkReason(StrEnum):
    """Why announced work is done, in words every language has."""

    MAINTENANCE = "maintenance"
    IMPROVEMENT = "improvement"
    REPAIR = "repair"
    REPLACEMENT = "replacement"

    @classmethod
    def of(cls, stated: str) -> Self:
        """The closed word for what was stated; a provider's own sentence is maintenance to customers."""
        word = stated.strip().casefold()
        return cls(word) if word in set(cls) else cls("maintenance")


class ServiceKind(StrEnum):
    MOBILE = "mobile"
    BROADBAND = "broadband"
    VOICE = "voice"
    POWER = "power"
    ONLINE = "online"


@dataclass(frozen=True, slots=True)
class FactRecord:
    """What is true of an incident when a notice is made. Times are aware UTC; None means not known.

    `notes` holds an engineer's own sentence per locale; a locale without one gets none, never another's.
    """

    reference: str
    sequence: int
    company: str
    service: ServiceKind
    place: str
    started_at: datetime
    cause: Cause
    action: Action
    emergency_calls: bool
    contact: str
    page: str
    stated_at: datetime
    next_update_at: datetime | None = None
    estimate_at: datetime | None = None
    previous_estimate_at: datetime | None = None
    ended_at: datetime | None = None
    notes: tuple[tuple[str, str], ...] = ()
    asks_back: bool = False
    """Service should be back, and this reader is asked whether theirs is."""
    next_page_update_at: datetime | None = None
    """By when the page says more, where it does so more often than texts are sent."""
    # Of announced work alone; records from before it have none of these.
    window_from: datetime | None = None
    window_until: datetime | None = None
    previous_from: datetime | None = None
    """The window that customers were told before, where it has moved."""
    previous_until: datetime | None = None
    work_reason: WorkReason | None = None

    def __post_init__(self) -> None:
        for name in TIMES:
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is not UTC:
                object.__setattr__(self, name, utc(moment))

    def on_the_page(self) -> Self:
        """For whoever looks themselves: there the next word is the page's, which may come before the next text."""
        return replace(self, next_update_at=self.next_page_update_at or self.next_update_at)

    def as_of(self, now: datetime) -> Self:
        """An estimate that has lapsed stands no longer, whether or not the word that withdraws it could leave."""
        if self.estimate_at is None or self.estimate_at > now:
            return self
        return replace(self, estimate_at=None, previous_estimate_at=self.estimate_at)

    def to_json(self) -> dict[str, Any]:
        """Plain values for the database; `from_json` gives the same record back."""
        values = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in values}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        known = {field.name for field in fields(cls)}
        record = {k: v for k, v in values.items() if k in known}
        for name in TIMES:
            if record.get(name):
                record[name] = datetime.fromisoformat(record[name])
        record["service"] = ServiceKind(record["service"])
        record["cause"] = Cause(record["cause"])
        record["action"] = Action(record["action"])
        if record.get("work_reason"):
            record["work_reason"] = WorkReason(record["work_reason"])
        record["notes"] = tuple((locale, text) for locale, text in record.get("notes", ()))
        return cls(**record)


TIMES = (
    *("started_at", "stated_at", "next_update_at", "estimate_at", "previous_estimate_at", "ended_at"),
    "next_page_update_at",
    *("window_from", "window_until", "previous_from", "previous_until"),
)
