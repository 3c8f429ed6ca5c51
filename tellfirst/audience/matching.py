"""The match step: exactly the customers whom the footprint hurts now, as a new revision of the audience."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from tellfirst.audience.base import customer_base
from tellfirst.audience.grading import grade
from tellfirst.audience.revising import Revised, revise
from tellfirst.domain.approval import GROWTH
from tellfirst.domain.errors import LostRace
from tellfirst.domain.incident import Held, Stage
from tellfirst.store import approvals, incidents
from tellfirst.store.announced import announced
from tellfirst.store.incidents import Incident


@dataclass(frozen=True, slots=True)
class Match:
    """What a revision brought. `held` says why a person must look before anybody new is told."""

    revision: int
    revised: Revised
    held: Held | None

    @property
    def audience_count(self) -> int:
        """Customers affected now."""
        return self.revised.affected_count

    @property
    def newly_affected_count(self) -> int:
        return self.revised.newly_affected_count


def match(connection: Connection, reference: str, now: datetime) -> Match:
    """Find whom the incident hurts now. Running it twice adds nobody twice.

    Whoever was told before keeps their row: a told customer is never forgotten. Raises LostRace when the
    incident is not in a stage to be matched.
    """
    it = incidents.by_reference(connection, reference)
    work = announced(connection, it, now)
    looks_again = it.footprint_changed or (work is not None and work.looks_again(now))
    if it.stage is not Stage.DETECTED and not looks_again:
        raise LostRace(f"{reference} is already matched at revision {it.audience_revision}")
    assert it.playbook is not None, "an incident without a playbook is held before it is matched"
    revised = revise(connection, it, it.playbook, now)
    held = _held(connection, it, revised)
    first = it.stage is Stage.DETECTED
    stage = Stage.MATCHED if first and held is not Held.EMPTY_AUDIENCE else it.stage
    incidents.change(
        connection,
        it,
        stage=stage,
        held=held if held is Held.EMPTY_AUDIENCE else None,
        approval_needed=held is Held.LARGE_AUDIENCE,
        audience_revision=it.audience_revision + 1,
        footprint_changed=False,
    )
    if held is not Held.LARGE_AUDIENCE:
        approvals.outdate(connection, it.id, "no_longer_needed")
    note_revision(connection, it, revised, now, held or "matched")
    grade(connection, reference, now)
    return Match(it.audience_revision + 1, revised, held)


def note_revision(connection: Connection, it: Incident, revised: Revised, now: datetime, reason: str) -> None:
    """Write the revision into the incident's log, in numbers."""
    counts: dict[str, Any] = {
        "revision": it.audience_revision + 1,
        "element_count": revised.element_count,
        "audience_count": revised.affected_count,
        "newly_affected_count": revised.newly_affected_count,
    }
    counts |= {
        name: count
        for name in ("at_risk_count", "uncertain_count", "worse_count", "back_count", "wrongly_told_count")
        if (count := getattr(revised, name))
    }
    incidents.note(connection, it.id, now, "audience", reason, **counts)


def _held(connection: Connection, it: Incident, revised: Revised) -> Held | None:
    """An audience of nobody is more likely a mistake than good luck, and so is one of half the customers."""
    assert it.playbook is not None
    if not revised.affected_count and not revised.at_risk_count:
        return Held.EMPTY_AUDIENCE if it.stage is Stage.DETECTED else None
    if not revised.newly_affected_count and not it.approval_needed:
        return None
    if revised.affected_count <= it.approved_count * GROWTH:
        return None
    asks = it.playbook.accounts_needed(revised.affected_count, customer_base(connection))
    return Held.LARGE_AUDIENCE if asks else None
