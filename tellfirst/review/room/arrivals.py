"""Contacts as they arrive, with what they were matched to; contact points are masked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from tellfirst.domain.contact import ContactState, contact_reference
from tellfirst.domain.masked import masked
from tellfirst.store import tables as t

PAGE = 50
EXCERPT = 160
"""Letters of what they wrote: enough to choose which to take."""
OPEN = (ContactState.RECEIVED, ContactState.WAITING, ContactState.TAKEN)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One contact. `late` says that its answer is overdue."""

    id: int
    reference: str
    at: datetime
    door: str
    kind: str
    match: str
    state: str
    queue: str
    answer_due_at: datetime | None
    late: bool
    taken_by: str
    customer: str
    address: str
    """Masked."""
    incident: str
    subject: str
    excerpt: str
    answer_kind: str


def arrivals(
    connection: Connection,
    now: datetime,
    *,
    incident_id: int | None = None,
    waiting: bool = False,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Arrival]:
    """The newest first; only those a person owes an answer with `waiting`, then the most urgent first."""
    k, c, i = t.contact.c, t.customer.c, t.incident.c
    which: list[ColumnElement[bool]] = []
    if incident_id is not None:
        which.append(k.incident_id == incident_id)
    if waiting:
        which.append(k.state.in_((ContactState.WAITING, ContactState.TAKEN)))
    if before is not None:
        which.append(k.id < before)
    order = (k.answer_due_at, k.id) if waiting else (k.id.desc(),)
    rows = connection.execute(
        select(t.contact, c.reference.label("customer"), i.reference.label("incident"))
        .outerjoin(t.customer, c.id == k.customer_id)
        .outerjoin(t.incident, i.id == k.incident_id)
        .where(*which)
        .order_by(*order)
        .limit(limit)
    )
    return [
        Arrival(
            id=row.id,
            reference=contact_reference(row.id),
            at=row.received_at,
            door=row.channel,
            kind=row.kind or "",
            match=row.match or "",
            state=row.state,
            queue=row.queue or "",
            answer_due_at=row.answer_due_at,
            late=row.answer_due_at is not None and row.answer_due_at < now and row.state in OPEN,
            taken_by=row.taken_by or "",
            customer=row.customer or "",
            address=masked(row.address),
            incident=row.incident or "",
            subject=row.subject or "",
            excerpt=row.body[:EXCERPT],
            answer_kind=row.answer_kind or "",
        )
        for row in rows
    ]


def open_count(connection: Connection) -> int:
    """Contacts that a person owes an answer."""
    k = t.contact.c
    waiting = select(func.count()).where(k.state.in_((ContactState.WAITING, ContactState.TAKEN)))
    return int(connection.execute(waiting).scalar_one())
