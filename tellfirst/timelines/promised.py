"""What we owe and owed: every promise with how it stands, of one incident, of one customer, or of all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, true

from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.errors import NotFound
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.store import incidents
from tellfirst.store import tables as t


class Which(StrEnum):
    """Which promises are asked for."""

    ALL = "all"
    DUE = "due"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise. `answered_by` is the notice that settled it; `heard` how that one came to the customer asked for,
    empty where it has not been settled by a word or nobody was asked for."""

    incident: str
    kind: PromiseKind
    made_in: int
    made_at: datetime
    due_at: datetime
    state: PromiseState
    settled_at: datetime | None
    late_by: timedelta
    reason: str
    answered_by: int | None
    heard: str = ""


def promised(
    connection: Connection, *, incident: str = "", customer: str = "", which: Which = Which.ALL
) -> list[Promised]:
    """In the order in which they fall due. A customer's are those of the notices that were handed over to them, or
    to whoever has the same contact point and got the message for both.

    Raises NotFound for an incident or a customer that nobody knows.
    """
    p, n, i, answer = t.promise.c, t.notice.c, t.incident.c, t.notice.alias("answer")
    asked: list[ColumnElement[bool]] = [true()]
    if incident:
        asked.append(p.incident_id == incidents.by_reference(connection, incident).id)
    customer_id = _customer(connection, customer) if customer else None
    if customer_id is not None:
        # The page's promises are given to whoever looks, and nobody knows who did.
        asked += [_heard_by(customer_id, p.notice_id), p.kind != PromiseKind.PAGE_UPDATE]
    if which is not Which.ALL:
        asked.append(p.state == (PromiseState.OPEN if which is Which.DUE else PromiseState.BROKEN))
    rows = connection.execute(
        select(p.kind, p.made_at, p.due_at, p.state, p.settled_at, p.late_by_seconds, p.reason, p.settled_by)
        .add_columns(i.reference, n.sequence, answer.c.sequence.label("answered_by"))
        .join(t.notice, n.id == p.notice_id)
        .join(t.incident, i.id == p.incident_id)
        .outerjoin(answer, answer.c.id == p.settled_by)
        .where(*asked)
        .order_by(p.due_at, p.id)
    ).all()
    return [
        Promised(
            incident=row.reference,
            kind=PromiseKind(row.kind),
            made_in=row.sequence,
            made_at=row.made_at,
            due_at=row.due_at,
            state=PromiseState(row.state),
            settled_at=row.settled_at,
            late_by=timedelta(seconds=row.late_by_seconds),
            reason=row.reason or "",
            answered_by=row.answered_by,
            heard=_how_heard(connection, customer_id, row.settled_by)
            if customer_id and row.settled_by
            else "",
        )
        for row in rows
    ]


def _customer(connection: Connection, reference: str) -> int:
    found: int | None = connection.scalar(select(t.customer.c.id).where(t.customer.c.reference == reference))
    if found is None:
        raise NotFound(f"there is no customer {reference}; references look like C000123")
    return found


def _to(customer_id: int, notice_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Deliveries of a notice to this customer, or to the one who carries it for them."""
    d, mine = t.delivery.c, t.delivery.alias("mine").c
    carried = select(mine.covered_by).where(
        mine.notice_id == notice_id, mine.customer_id == customer_id, mine.covered_by.is_not(None)
    )
    return and_(d.notice_id == notice_id, or_(d.customer_id == customer_id, d.customer_id.in_(carried)))


def _heard_by(customer_id: int, notice_id: ColumnElement[int]) -> ColumnElement[bool]:
    d = t.delivery.c
    found = select(d.id).where(_to(customer_id, notice_id), d.state.in_(HANDED_OVER))
    return found.correlate(t.promise).exists()


def _how_heard(connection: Connection, customer_id: int, notice_id: int) -> str:
    """When and on which channel a notice left for them; else why it did not."""
    d = t.delivery.c
    its = t.notice.c.id == notice_id
    rows = connection.execute(
        select(d.channel, d.state, d.reason, d.handed_over_at)
        .join(t.notice, t.notice.c.id == d.notice_id)
        .where(its, _to(customer_id, t.notice.c.id))
        .order_by(func.coalesce(d.handed_over_at, d.final_at), d.id)
    ).all()
    for row in rows:
        if row.state in HANDED_OVER and row.handed_over_at:
            return f"{row.channel} {row.handed_over_at:%Y-%m-%d %H:%M} UTC"
    return f"{rows[-1].state}: {rows[-1].reason}" if rows else "not sent to them"
