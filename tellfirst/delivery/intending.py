"""Intend: what is about to be sent is committed before the first call, a window at a time.

A crash can then leave at most one window in doubt. What must not be sent any more is cancelled by the same
statement, so that nothing can come between the look and the intent.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Update, and_, case, literal, null, select, update

from tellfirst.crashpoints import crashpoint
from tellfirst.delivery.doubting import may_have_arrived
from tellfirst.delivery.leasing import Lease, hold_against
from tellfirst.delivery.objections import objections, stops
from tellfirst.domain.audience import kinds
from tellfirst.domain.delivery import DeliveryState, StopEffect
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import Reader
from tellfirst.store import tables as t
from tellfirst.store.parts import address_of


@dataclass(frozen=True, slots=True)
class Addressed:
    """A delivery with what the carrier and the renderer need of its customer."""

    delivery_id: int
    customer_id: int
    address: str = field(repr=False)
    reader: Reader
    intended_at: datetime | None


def intend(
    connection: Connection,
    held: Lease,
    size: int,
    now: datetime,
    wall: datetime,
    carrier: str = "",
    *,
    stopped: bool = False,
) -> list[Addressed]:
    """Up to `size` messages now marked as being sent by `carrier` under this lease.

    None when nothing is left, when the lease is lost, or while somebody holds the sending. `stopped` is the
    brake that works without the database: everything it meets is cancelled.
    """
    while hold_against(connection, held):
        if connection.scalar(select(stops(held, StopEffect.HOLD))):
            return []
        judged = list(connection.execute(_judge(held, size, now, wall, carrier, stopped)))
        crashpoint("intend: judged, not committed")
        leaving = sorted(row.id for row in judged if row.state == DeliveryState.SENDING)
        if leaving or not judged:
            return addressed(connection, leaving)
        # The whole window was cancelled; the next one may still leave.
    return []


def _judge(held: Lease, size: int, now: datetime, wall: datetime, carrier: str, stopped: bool) -> Update:
    """One statement: the next rows become `sending`, or `cancelled` for the first objection that holds."""
    d, waiting = t.delivery, t.delivery.alias("waiting")
    against = objections(waiting, held, now, stopped=stopped)
    objection: ColumnElement[str | None] = case(
        *((condition, literal(reason.value)) for reason, condition in against), else_=null()
    )
    # Locked as they are chosen: on PostgreSQL a receipt may be raising one of them at this very moment. A common
    # table expression, because a subquery with a limit may be run there more than once and choose more.
    chosen = (
        select(waiting.c.id, objection.label("objection"), may_have_arrived(waiting).label("in_doubt"))
        .where(waiting.c.chunk_id == held.chunk_id, waiting.c.state == DeliveryState.PENDING)
        .order_by(waiting.c.id)
        .limit(size)
        .with_for_update(of=waiting)
        .cte("chosen")
    )
    leaves = chosen.c.objection.is_(None)
    return (
        update(d)
        .where(d.c.id == chosen.c.id, d.c.state == DeliveryState.PENDING)
        .values(
            state=case(
                (leaves, DeliveryState.SENDING),
                (chosen.c.in_doubt, DeliveryState.UNCONFIRMED),
                else_=DeliveryState.CANCELLED,
            ),
            reason=case((leaves, d.c.reason), else_=chosen.c.objection),
            fence=held.fence,
            try_count=d.c.try_count + case((leaves, 1), else_=0),
            carrier=case((leaves, literal(carrier or None, d.c.carrier.type)), else_=d.c.carrier),
            intended_at=case((leaves, literal(wall, d.c.intended_at.type)), else_=d.c.intended_at),
            final_at=case((leaves, null()), else_=literal(now, d.c.final_at.type)),
        )
        .returning(d.c.id, d.c.state)
    )


def addressed(connection: Connection, ids: list[int]) -> list[Addressed]:
    """The contact points and readers of deliveries, in the order of their numbers."""
    d, a = t.delivery, t.audience
    if not ids:
        return []
    rows = connection.execute(
        select(
            *(d.c.id, d.c.customer_id, d.c.intended_at, address_of(d, a).label("address")),
            *(a.c.language, a.c.zone, a.c.impact, a.c.services),
        )
        .join(a, and_(a.c.incident_id == d.c.incident_id, a.c.customer_id == d.c.customer_id))
        .where(d.c.id.in_(ids))
        .order_by(d.c.id)
    )
    return [
        Addressed(
            delivery_id=row.id,
            customer_id=row.customer_id,
            address=row.address,
            reader=Reader(row.language, row.zone, Impact(row.impact).word, kinds(row.services)),
            intended_at=row.intended_at,
        )
        for row in rows
    ]
