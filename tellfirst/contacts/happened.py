"""What happened between a customer and us, each kind of it from its own table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.promise import PromiseKind
from tellfirst.domain.survey import SurveyKind
from tellfirst.store import tables as t


class Happened(StrEnum):
    TOLD = "told"
    PROMISED = "promised"
    CONTACTED = "contacted"
    ANSWERED = "answered"
    SURVEYED = "surveyed"
    COMPENSATED = "compensated"
    PREFERRED = "preferred"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a history. `what` and `how` are for people; the rest says the same in our own words.

    `word` is the occasion, the kind of promise, contact or answer, or the name of the wish; `due_at` is until when
    something was promised or has to be answered. Never a contact point, nor what anybody wrote.
    """

    at: datetime
    what: str
    incident: str
    channel: str
    how: str
    kind: Happened
    word: str
    state: str = ""
    due_at: datetime | None = None
    reached: bool = True
    """Only of what was told: whether a carrier took it and never said that it did not arrive."""


def to(connection: Connection, customer_id: int) -> Iterator[Entry]:
    """Everything that is in the books, by kind."""
    for read in (_told, _promised, _contacted, _answered, _surveyed, _preferred):
        yield from read(connection, customer_id)


def _told(connection: Connection, customer_id: int) -> Iterator[Entry]:
    d, n, i = t.delivery.c, t.notice.c, t.incident.c
    rows = connection.execute(
        select(n.created_at, d.handed_over_at, d.occasion, d.channel, d.state, d.reason, i.reference)
        .join(t.notice, n.id == d.notice_id)
        .join(t.incident, i.id == d.incident_id)
        .where(d.customer_id == customer_id)
        .order_by(d.id)
    )
    for r in rows:
        yield Entry(
            *(r.handed_over_at or r.created_at, f"told: {r.occasion}", r.reference, r.channel),
            *(f"{r.state} ({r.reason})", Happened.TOLD, r.occasion, r.state),
            reached=r.state in HANDED_OVER,
        )


def _promised(connection: Connection, customer_id: int) -> Iterator[Entry]:
    p, d, i = t.promise.c, t.delivery.c, t.incident.c
    rows = connection.execute(
        select(p.made_at, p.due_at, p.kind, p.state, p.late_by_seconds, i.reference, d.channel)
        .join(t.delivery, d.notice_id == p.notice_id)
        .join(t.incident, i.id == p.incident_id)
        .where(
            d.customer_id == customer_id,
            d.handed_over_at.is_not(None),
            # That is promised to whoever looks at the page, not to them.
            p.kind != PromiseKind.PAGE_UPDATE,
        )
        .order_by(p.id)
    )
    for r in rows:
        late = f" by {r.late_by_seconds // 60} min" if r.late_by_seconds else ""
        yield Entry(
            *(r.made_at, f"promised: {r.kind}", r.reference, r.channel),
            *(f"by {r.due_at:%H:%M} UTC: {r.state}{late}", Happened.PROMISED, r.kind, r.state),
            due_at=r.due_at,
        )


def _contacted(connection: Connection, customer_id: int) -> Iterator[Entry]:
    k, i = t.contact.c, t.incident.c
    rows = connection.execute(
        select(
            *(
                k.received_at,
                k.kind,
                k.state_reason,
                k.channel,
                k.answer_kind,
                k.state,
                k.queue,
                k.answer_due_at,
            ),
            i.reference,
        )
        .outerjoin(t.incident, i.id == k.incident_id)
        .where(k.customer_id == customer_id)
        .order_by(k.id)
    )
    for r in rows:
        waits = f"{r.state} in {r.queue}" if r.queue else r.state
        yield Entry(
            *(
                r.received_at,
                f"contacted us: {r.kind or r.state_reason or 'not understood'}",
                r.reference or "",
                r.channel,
            ),
            f"answered: {r.answer_kind}" if r.answer_kind and not r.queue else waits,
            *(Happened.CONTACTED, r.kind or "", r.state),
            due_at=r.answer_due_at,
        )


def _answered(connection: Connection, customer_id: int) -> Iterator[Entry]:
    a, k, i = t.contact_answer.c, t.contact.c, t.incident.c
    rows = connection.execute(
        select(a.at, a.kind, a.author, a.channel, a.state, i.reference)
        .join(t.contact, k.id == a.contact_id)
        .outerjoin(t.incident, i.id == k.incident_id)
        .where(k.customer_id == customer_id)
        .order_by(a.id)
    )
    for r in rows:
        yield Entry(
            *(r.at, f"answered: {r.kind}", r.reference or "", r.channel),
            *(f"{r.state}, by {r.author}", Happened.ANSWERED, r.kind, r.state),
        )


def _surveyed(connection: Connection, customer_id: int) -> Iterator[Entry]:
    a, i = t.response.c, t.incident.c
    rows = connection.execute(
        select(a.at, a.score, a.kind, a.channel, i.reference)
        .join(t.incident, i.id == a.incident_id)
        .where(a.customer_id == customer_id)
        .order_by(a.delivery_id)
    )
    for r in rows:
        yield Entry(
            *(r.at, "answered the survey", r.reference, r.channel),
            *(f"{r.score} of {SurveyKind(r.kind).scores[-1]}", Happened.SURVEYED, r.kind, str(r.score)),
        )


def _preferred(connection: Connection, customer_id: int) -> Iterator[Entry]:
    p = t.preference_change.c
    rows = connection.execute(select(t.preference_change).where(p.customer_id == customer_id).order_by(p.id))
    for r in rows:
        yield Entry(
            *(r.at, f"wishes: {r.name}", "", r.source),
            *(f"{r.became or 'as suits best'}, before {r.was or 'as suits best'}", Happened.PREFERRED),
            *(r.name, r.became or ""),
        )
