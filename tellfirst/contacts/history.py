"""One history per customer: told, promised, contacted, answered, surveyed, in the order it happened."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select

from tellfirst.domain.errors import NotFound
from tellfirst.domain.promise import PromiseKind
from tellfirst.store import tables as t

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """A customer by reference; `entries` are oldest first."""

    reference: str
    language: str
    wish: str | None
    priority: bool
    services: list[Row]
    entries: list[Row]

    def to_json(self) -> Row:
        return asdict(self)


def history(connection: Connection, reference: str) -> History:
    """Raises NotFound for a reference nobody has."""
    c = t.customer.c
    person = connection.execute(select(t.customer).where(c.reference == reference)).one_or_none()
    if person is None:
        raise NotFound(f"there is no customer {reference}; references look like C000123")
    entries = [
        *_told(connection, person.id),
        *_promised(connection, person.id),
        *_contacted(connection, person.id),
        *_surveyed(connection, person.id),
    ]
    return History(
        reference=person.reference,
        language=person.language,
        wish=person.wish,
        priority=person.priority > 0,
        services=_services(connection, person.id),
        entries=sorted(entries, key=lambda row: row["at"]),
    )


def _services(connection: Connection, customer_id: int) -> list[Row]:
    s, e = t.service.c, t.element.c
    rows = connection.execute(
        select(s.kind, s.status, e.name, e.area)
        .join(t.element, e.id == s.element_id)
        .where(s.customer_id == customer_id)
    )
    return [{"service": r.kind, "status": r.status, "hangs on": r.name, "area": r.area} for r in rows]


def _told(connection: Connection, customer_id: int) -> list[Row]:
    d, n, i = t.delivery.c, t.notice.c, t.incident.c
    rows = connection.execute(
        select(n.created_at, d.handed_over_at, d.occasion, d.channel, d.state, d.reason, i.reference)
        .join(t.notice, n.id == d.notice_id)
        .join(t.incident, i.id == d.incident_id)
        .where(d.customer_id == customer_id)
    )
    return [
        _row(
            r.handed_over_at or r.created_at,
            f"told: {r.occasion}",
            r.reference,
            r.channel,
            f"{r.state} ({r.reason})",
        )
        for r in rows
    ]


def _promised(connection: Connection, customer_id: int) -> list[Row]:
    p, d, i = t.promise.c, t.delivery.c, t.incident.c
    rows = connection.execute(
        select(p.made_at, p.due_at, p.kind, p.state, i.reference, d.channel)
        .join(t.delivery, d.notice_id == p.notice_id)
        .join(t.incident, i.id == p.incident_id)
        .where(
            d.customer_id == customer_id,
            d.handed_over_at.is_not(None),
            # That is promised to whoever looks at the page, not to them.
            p.kind != PromiseKind.PAGE_UPDATE,
        )
    )
    return [
        _row(r.made_at, f"promised: {r.kind}", r.reference, r.channel, f"by {r.due_at:%H:%M} UTC: {r.state}")
        for r in rows
    ]


def _contacted(connection: Connection, customer_id: int) -> list[Row]:
    k, i = t.contact.c, t.incident.c
    rows = connection.execute(
        select(k.received_at, k.kind, k.state_reason, k.channel, k.answer_kind, i.reference)
        .outerjoin(t.incident, i.id == k.incident_id)
        .where(k.customer_id == customer_id)
    )
    return [
        _row(
            r.received_at,
            f"contacted us: {r.kind or r.state_reason or 'unsure'}",
            r.reference or "",
            r.channel,
            f"answered: {r.answer_kind}",
        )
        for r in rows
    ]


def _surveyed(connection: Connection, customer_id: int) -> list[Row]:
    a, i = t.response.c, t.incident.c
    rows = connection.execute(
        select(a.at, a.score, a.channel, i.reference)
        .join(t.incident, i.id == a.incident_id)
        .where(a.customer_id == customer_id)
    )
    return [_row(r.at, "answered the survey", r.reference, r.channel, f"{r.score} of 5") for r in rows]


def _row(at: Any, what: str, incident: str, channel: str, how: str) -> Row:
    return {"at": at, "what": what, "incident": incident, "channel": channel, "how": how}
