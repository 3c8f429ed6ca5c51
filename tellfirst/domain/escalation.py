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

    def role(self, level: int) -> StaffRole:
        return self.roles[min(level, len(self.roles) - 1)]


@dataclass(frozen=True, slots=True)
class Staff:
    """Which role of config/roles.yaml fills each role of the incident, and who is told when one opens."""

    filled_by: Mapping[StaffRole, str] = field(default_factory=dict)
    inform: tuple[str, ...] = ()
