"""Who inside the company is told, and at which marks on the way to a time that was promised or is owed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class StaffRole(StrEnum):
    """Source: the roles of an incident in the design; COMMANDER leads, LIAISON owns the words."""

    COMMANDER = "incident_commander"
    LIAISON = "customer_liaison"
    APPROVER = "approver"
    RESOLVER = "resolver"


@dataclass(frozen=True, slots=True)
class Escalation:
    """`warn_at` is the share of the time still left at the first mark; the second is the due time itself; after it
    come `after`, spans past due. Each mark is told once, to `roles` at that level (the last of them for all
    further levels)."""

    warn_at: float = 0.25
    after: tuple[timedelta, ...] = (timedelta(minutes=15), timedelta(hours=1))
    roles: tuple[StaffRole, ...] = (StaffRole.LIAISON, StaffRole.COMMANDER)

    def marks(self, made_at: datetime, due_at: datetime) -> tuple[datetime, ...]:
        """The moments of all levels, level 0 first."""
        warning = due_at - (due_at - made_at) * self.warn_at
        return (warning, due_at, *(due_at + span for span in self.after))

    def level(self, made_at: datetime, due_at: datetime, now: datetime) -> int | None:
        """The highest mark that has passed; None before the first."""
        passed = [number for number, mark in enumerate(self.marks(made_at, due_at)) if mark <= now]
        return passed[-1] if passed else None

    def role(self, level: int) -> StaffRole:
        return self.roles[min(level, len(self.roles) - 1)]


class Subject(StrEnum):
    """What staff are told of."""

    OPENED = "opened"
    """An incident of a type that they want to hear of."""
    NEXT_UPDATE = "next_update"
    """Customers were promised a word and nobody has spoken."""
    RESTORATION = "restoration"
    """Customers were promised service and it is not verified to be back."""
    DEADLINE = "deadline"
    """A time we owe by policy comes near or has passed."""
    APPROVAL = "approval"
    """Many customers wait for a person's leave."""
    SILENCE = "silence"
    """An incident has opened and nobody was told."""
    CONTACT = "contact"
    """A customer waits for an answer of ours."""


class CallState(StrEnum):
    """How one call to staff stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    """No channel of this place took it."""
    NOBODY = "nobody"
    """Nothing says where to send it: no variable of the place is set."""
    OVERTAKEN = "overtaken"
    """A later mark had passed before this one was called."""
    NEEDLESS = "needless"
    """What it was about was settled before it left."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Which role of config/roles.yaml fills each role of the incident, and who is told when one opens."""

    filled_by: Mapping[StaffRole, str] = field(default_factory=dict)
    inform: tuple[str, ...] = ()
