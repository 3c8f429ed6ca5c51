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


class WorkVerdict(StrEnum):
    """What a statement brought: what customers must hear of follows from it."""

    NEW = "new"
    """Announced for the first time, or tentative before and certain now: nobody has heard of it."""
    NOTED = "noted"
    """Kept, and not for customers yet: it is tentative."""
    REPEATED = "repeated"
    MOVED = "moved"
    CHANGED = "changed"
    STARTED = "started"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    STALE = "stale"
    """Older than what is known; kept and not applied."""
    HELD = "held"
    """Nobody has heard of it, and a person must look first; `work.held` says why."""


UNSAID = -1
"""The sequence of a statement that has none: it is taken for the newest."""

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
    Raises RuleBroken for a statement that names nobody or nothing.
    """

    provider: str
    external_id: str
    sequence: int
    """From 0; UNSAID where the source has none."""
    status: WorkStatus
    window: Window
    objects: tuple[str, ...]
    """Empty only for work that has ended: then those known before are meant."""
    impact: Impact
    source: WorkSource
    reason: str = ""
    account: str = ""
    zone: str = ""
    status_is_said: bool = True
    """False: a work that is known keeps its status, and a new one is confirmed."""
    stamp: datetime | None = None
    """When the provider wrote it (DTSTAMP); decides between equal sequences (RFC 5546, 2.1.5)."""
    object_impacts: tuple[tuple[str, Impact], ...] = ()
    """Objects that are hit otherwise than `impact` says."""
    playbook: str = ""
    """Which playbook of planned work it follows; '': the one there is."""
    organizer: str = ""

    def __post_init__(self) -> None:
        if not (self.provider and self.external_id):
            raise RuleBroken("work needs a provider and the provider's number for it; add what is missing")
        if not (self.objects or self.status in ENDED) or not all(self.objects):
            raise RuleBroken(f"work {self.external_id} names nothing that it hits; name a circuit or element")
        if self.stamp:
            object.__setattr__(self, "stamp", utc(self.stamp))

    def impact_on(self, object_id: str) -> Impact:
        """How badly this object is hit."""
        return dict(self.object_impacts).get(object_id, self.impact)
