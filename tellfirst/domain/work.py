"""Announced work as a carrier's notice or an engineer states it, before it has an audience."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.times import utc


class WorkStatus(StrEnum):
    """Source: X-MAINTNOTE-STATUS (NANOG BCOP maintenance notification, draft-gunter-calext)."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    IN_PROCESS = "in_process"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class WorkSource(StrEnum):
    ICAL = "ical"
    MAIL = "mail"
    CSV = "csv"
    CLI = "cli"
    FORM = "form"


class WorkHeld(StrEnum):
    """Why stated work waits for a person instead of being announced."""

    UNKNOWN_CIRCUIT = "unknown_circuit"
    NO_PLAYBOOK = "no_playbook"
    NEVER_ANNOUNCED = "never_announced"
    PERHAPS_THE_SAME = "perhaps_the_same"


ENDED = frozenset({WorkStatus.COMPLETED, WorkStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Window:
    """From `starts_at` until `ends_at`, aware UTC. Raises RuleBroken for work that ends before it begins."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "starts_at", utc(self.starts_at))
        object.__setattr__(self, "ends_at", utc(self.ends_at))
        if self.ends_at <= self.starts_at:
            raise RuleBroken(
                f"the work ends ({self.ends_at.isoformat()}) before it begins ({self.starts_at.isoformat()}); "
                "correct the window"
            )

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at

    def overlaps(self, other: "Window") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class StatedWork:
    """One work as stated. `objects` are what the provider calls what is hit (circuits, elements).

    `external_id` is the provider's own; some change it with every version of their text, so that the same work is
    also known by provider, objects and window. `zone` is the IANA zone its times were written in, '' for UTC.
    """

    provider: str
    external_id: str
    sequence: int
    status: WorkStatus
    window: Window
    objects: tuple[str, ...]
    impact: Impact
    source: WorkSource
    reason: str = ""
    account: str = ""
    zone: str = ""
