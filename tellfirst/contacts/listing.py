"""Contacts as people look at them: those that wait, and one with all that is known of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from tellfirst.contacts.hands import found
from tellfirst.contacts.reaching import Addressed, addressed
from tellfirst.domain.contact import ContactState, contact_reference
from tellfirst.domain.masked import masked
from tellfirst.store import tables as t

WAITING = (ContactState.WAITING, ContactState.TAKEN)


def listed(
    connection: Connection, *, queue: str | None = None, all_of_them: bool = False, limit: int = 200
) -> list[dict[str, Any]]:
    """Those that wait, the most urgent first; `all_of_them`: the newest first, whatever became of them."""
    c, p, i = t.contact.c, t.customer.c, t.incident.c
    wanted = (
        select(t.contact, p.reference.label("customer"), i.reference.label("incident"))
        .outerjoin(t.customer, p.id == c.customer_id)
        .outerjoin(t.incident, i.id == c.incident_id)
        .limit(limit)
    )
    if queue is not None:
        wanted = wanted.where(c.queue == queue)
    if all_of_them:
        wanted = wanted.order_by(c.id.desc())
    else:
        wanted = wanted.where(c.state.in_(WAITING))
        wanted = wanted.order_by(c.answer_due_at.is_(None), c.answer_due_at, c.id)
    return [
        {
            "contact": contact_reference(row.id),
            "received": row.received_at,
            "door": row.channel,
            "customer": row.customer,
            "kind": row.kind or "unsure",
            "service": row.service,
            "place": row.place,
            "match": row.match,
            "incident": row.incident,
            "state": row.state,
            "queue": row.queue,
            "answer due": row.answer_due_at,
            "taken by": row.taken_by,
        }
        for row in connection.execute(wanted)
    ]


def shown(connection: Connection, reference: str) -> dict[str, Any]:
    """One contact: what came, how it was understood and why, what became of it, and every answer. Raises NotFound."""
    it = found(connection, reference)
    c, i, a = t.customer.c, t.incident.c, t.contact_answer.c
    customer = connection.scalar(select(c.reference).where(c.id == it.customer_id))
    incident = connection.scalar(select(i.reference).where(i.id == it.incident_id))
    answers = connection.execute(
        select(a.at, a.author, a.kind, a.channel, a.state, a.reason, a.try_count, a.sent_at, a.body)
        .where(a.contact_id == it.id)
        .order_by(a.id)
    )
    f = t.contact_file.c
    files = connection.execute(
        select(f.name, f.media_type, f.left_out).where(f.contact_id == it.id).order_by(f.number)
    )
    return {
        "contact": contact_reference(it.id),
        "received": it.received_at,
        "door": it.channel,
        "customer": customer,
        "address": masked(it.address),
        "language": it.language,
        "incident": incident,
        "kind": it.kind,
        "service": it.service,
        "place": it.place,
        "sureness": it.sureness,
        "because": it.because or [],
        "match": it.match,
        "state": it.state,
        "reason": it.state_reason,
        "queue": it.queue,
        "answer due": it.answer_due_at,
        "taken by": it.taken_by,
        "closed": it.closed_at,
        "subject": it.subject,
        "body": it.body,
        "files": [dict(row) for row in files.mappings()],
        "answers": [dict(row) for row in answers.mappings()],
    }


def way_back(connection: Connection, reference: str, now: datetime) -> Addressed | None:
    """Where an answer to this contact would go if it left now; None where there is no way to them. Raises NotFound."""
    it = found(connection, reference)
    c = t.customer.c
    own = connection.execute(select(c.phone, c.email).where(c.id == it.customer_id)).one_or_none()
    phone, email = own or (None, None)
    return addressed(it.channel, it.address, phone, email, it.received_at, now)
