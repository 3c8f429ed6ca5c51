"""What waits for a person's approval, in counts and in words; the answers are in `notices/approving.py`."""

from sqlalchemy import Connection, Row, select

from tellfirst.audience.base import customer_base
from tellfirst.domain.approval import ApprovalState
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import Held
from tellfirst.store import approvals
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident

COUNTS = {
    "element_count": "hit elements",
    "affected_count": "affected",
    "at_risk_count": "at risk",
    "uncertain_count": "uncertain",
}
"""What is compared between two revisions, and what it is called."""


def waits_for_approval(it: Incident) -> bool:
    """Whether nothing but a person's approval keeps the first word back."""
    if it.held:
        return it.held is Held.EMPTY_AUDIENCE
    return it.approval_needed


def waiting_share(connection: Connection, it: Incident) -> str:
    """What waits, in words: `waits for approval: 41 % of all customers`; empty when nothing does."""
    if not waits_for_approval(it):
        kept_back = approvals.withheld(connection, it.id) is not None
        return "waits for approval: all but the safe word, which was told in time" if kept_back else ""
    part = percent(share(affected_count(connection, it), customer_base(connection)))
    last = approvals.latest(connection, it.id)
    if last and last.state is ApprovalState.DECLINED:
        since = f"{last.asked_at:%Y-%m-%d %H:%M} UTC"
        return f"waits for approval: {part} of all customers; late: declined ({last.reason}), asked {since}"
    return f"waits for approval: {part} of all customers"


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


def refuse_another_revision(connection: Connection, it: Incident, revision: int) -> None:
    """Raises RuleBroken, with what has changed, when `revision` is not the one the audience is at."""
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
