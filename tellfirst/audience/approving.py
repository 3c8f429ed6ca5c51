"""Approval: a person looks at an unusually large or an empty audience before anybody of it is told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select

from tellfirst.audience.base import customer_base
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import Held, Stage
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident

COUNTS = {
    "element_count": "hit elements",
    "affected_count": "affected",
    "at_risk_count": "at risk",
    "uncertain_count": "uncertain",
}
"""What is compared between two revisions, and what it is called."""


@dataclass(frozen=True, slots=True)
class Approval:
    """What a person has approved: an audience as of `revision`, of `affected_count` among `base_count` customers."""

    revision: int
    affected_count: int
    base_count: int

    @property
    def share(self) -> float:
        """Of all active customers, 0 to 1."""
        return share(self.affected_count, self.base_count)


def approve(connection: Connection, reference: str, revision: int, now: datetime, actor: str) -> Approval:
    """Release the audience as `actor` saw it at `revision`; the incident is due at once.

    The approval covers a tenth more (`matching.GROWTH`); an audience that grows beyond waits again. Raises
    RuleBroken, and changes nothing, when nothing waits for approval or when the audience has moved on since
    that revision; then both are named with what changed.
    """
    it = incidents.by_reference(connection, reference)
    if not waits_for_approval(it):
        held = f"; it is held: {it.held}" if it.held else ""
        raise RuleBroken(f"{reference} waits for no approval{held}")
    _refuse_another_revision(connection, it, revision)
    approval = Approval(revision, affected_count(connection, it), customer_base(connection))
    empty = it.held is Held.EMPTY_AUDIENCE
    incidents.change(
        connection,
        it,
        stage=Stage.MATCHED if it.stage is Stage.DETECTED else it.stage,
        held=None,
        approval_needed=False,
        approved_count=approval.affected_count,
        next_due_at=now,
    )
    incidents.note(
        connection,
        it.id,
        now,
        "approval",
        Held.EMPTY_AUDIENCE if empty else Held.LARGE_AUDIENCE,
        actor=actor,
        revision=revision,
        affected_count=approval.affected_count,
        base_count=approval.base_count,
    )
    return approval


def waits_for_approval(it: Incident) -> bool:
    """Whether nothing but a person's approval keeps the first word back."""
    if it.held:
        return it.held is Held.EMPTY_AUDIENCE
    return it.approval_needed


def waiting_share(connection: Connection, it: Incident) -> str:
    """What waits, in words: `waits for approval: 41 % of all customers`; empty when nothing does."""
    if not waits_for_approval(it):
        return ""
    part = share(affected_count(connection, it), customer_base(connection))
    return f"waits for approval: {percent(part)} of all customers"


def affected_count(connection: Connection, it: Incident) -> int:
    """Customers affected as of the latest revision; 0 before the first."""
    latest = _revision(connection, it, it.audience_revision)
    return latest.affected_count if latest else 0


def share(count: int, base: int) -> float:
    """0 where there are no customers."""
    return count / base if base else 0.0


def percent(part: float) -> str:
    """`41 %`, rounded so that it never claims all or nothing where that is not so."""
    if part in (0, 1):
        return f"{part:.0%}".replace("%", " %")
    if part < 0.001:
        return "less than 0.1 %"
    if part > 0.999:
        return "more than 99.9 %"
    return (f"{part:.0%}" if 0.1 <= part <= 0.99 else f"{part:.1%}").replace("%", " %")


def _refuse_another_revision(connection: Connection, it: Incident, revision: int) -> None:
    if revision == it.audience_revision:
        return
    again = f"look again with `tellfirst preview {it.reference}`; nothing was approved"
    seen, latest = (_revision(connection, it, one) for one in (revision, it.audience_revision))
    if seen is None or latest is None:
        raise RuleBroken(
            f"{it.reference} has no revision {revision}, it is at {it.audience_revision}; {again}"
        )
    changes = [
        f"{name} {getattr(seen, count):,} to {getattr(latest, count):,}"
        for count, name in COUNTS.items()
        if getattr(seen, count) != getattr(latest, count)
    ]
    changed = ", ".join(changes) or "other customers, the same counts"
    raise RuleBroken(
        f"you looked at revision {revision}, and {it.reference} is at revision {it.audience_revision} by now "
        f"({changed}); {again}"
    )


def _revision(connection: Connection, it: Incident, revision: int) -> Row[tuple[int, int, int, int]] | None:
    r = t.audience_revision.c
    chosen = select(r.element_count, r.affected_count, r.at_risk_count, r.uncertain_count)
    return connection.execute(chosen.where(r.incident_id == it.id, r.revision == revision)).one_or_none()
