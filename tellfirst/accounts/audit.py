"""The audit: every act and every look at customers, written in the transaction of the act and never changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select

from tellfirst.domain.audit import Actor, Audited, Through
from tellfirst.store import tables as t

PAGE = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `customer` is the reference; `erased` where the customer was erased since."""

    id: int
    at: datetime
    account: str
    through: Through
    what: Audited
    incident: str | None
    customer: str | None
    details: dict[str, Any]


def audit(
    connection: Connection,
    actor: Actor,
    what: Audited,
    now: datetime,
    *,
    incident: str = "",
    customer: str = "",
    **details: Any,
) -> None:
    """Write it down. `incident` and `customer` are references; `details` are counts and closed words, never an
    address and never a sentence of a customer."""
    i, c = t.incident.c, t.customer.c
    connection.execute(
        insert(t.audit_entry).values(
            at=now,
            account=actor.name,
            through=actor.through,
            what=what,
            incident_id=select(i.id).where(i.reference == incident).scalar_subquery() if incident else None,
            customer_id=select(c.id).where(c.reference == customer).scalar_subquery() if customer else None,
            details=details,
        )
    )


def entries(
    connection: Connection,
    *,
    account: str = "",
    incident: str = "",
    customer: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> list[Entry]:
    """The newest first; of one account, incident or customer, and with `before` those older than that entry."""
    e, i, c = t.audit_entry.c, t.incident.c, t.customer.c
    asked: list[ColumnElement[bool]] = []
    if account:
        asked.append(e.account == account)
    if incident:
        asked.append(e.incident_id == select(i.id).where(i.reference == incident).scalar_subquery())
    if customer:
        asked.append(e.customer_id == select(c.id).where(c.reference == customer).scalar_subquery())
    if before is not None:
        asked.append(e.id < before)
    rows = connection.execute(
        select(t.audit_entry, i.reference.label("incident"), c.reference.label("customer"))
        .outerjoin(t.incident, i.id == e.incident_id)
        .outerjoin(t.customer, c.id == e.customer_id)
        .where(*asked)
        .order_by(e.id.desc())
        .limit(limit)
    )
    return [
        Entry(
            row.id,
            row.at,
            row.account,
            Through(row.through),
            Audited(row.what),
            row.incident,
            row.customer or ("erased" if row.customer_id is not None else None),
            row.details,
        )
        for row in rows
    ]
