"""Intend: what is about to be sent is committed before the first call, a window at a time.

A crash can then leave at most one window in doubt. What must not be sent any more is cancelled here, at the
last moment at which that can be known.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, select, update

from tellfirst.delivery.leasing import Lease
from tellfirst.domain.audience import Over, kinds
from tellfirst.domain.delivery import HANDED_OVER, DeliveryReason, DeliveryState
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t


@dataclass(frozen=True, slots=True)
class Addressed:
    """A delivery with what the carrier and the renderer need of its customer."""

    delivery_id: int
    customer_id: int
    address: str = field(repr=False)
    reader: Reader
    intended_at: datetime | None


def intend(connection: Connection, held: Lease, size: int, now: datetime, wall: datetime) -> list[Addressed]:
    """Up to `size` messages now marked as being sent under this lease; none when the lease is lost."""
    still_held = (
        select(t.chunk.c.id)
        .where(t.chunk.c.id == held.chunk_id, t.chunk.c.fence == held.fence)
        .with_for_update()
    )
    if connection.scalar(still_held) is None:
        return []
    _cancel_superseded(connection, held, now)
    _cancel_for_the_unaffected(connection, held, now)
    _cancel_surveys_of_the_untold(connection, held, now)
    d = t.delivery
    # Locked as they are chosen: on PostgreSQL someone may be cancelling one of them at this very moment.
    ids = list(
        connection.scalars(
            select(d.c.id)
            .where(d.c.chunk_id == held.chunk_id, d.c.state == DeliveryState.PENDING)
            .order_by(d.c.id)
            .limit(size)
            .with_for_update()
        )
    )
    if not ids:
        return []
    connection.execute(
        update(d)
        .where(d.c.id.in_(ids), d.c.state == DeliveryState.PENDING)
        .values(
            state=DeliveryState.SENDING,
            fence=held.fence,
            try_count=d.c.try_count + 1,
            intended_at=wall,
        )
    )
    return addressed(connection, ids)


def addressed(connection: Connection, ids: list[int]) -> list[Addressed]:
    """The contact points and readers of deliveries, in the order of their numbers."""
    d, a = t.delivery, t.audience
    rows = connection.execute(
        select(
            *(d.c.id, d.c.customer_id, d.c.intended_at, a.c.address),
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


def _cancel_superseded(connection: Connection, held: Lease, now: datetime) -> None:
    """A later notice to the same customer says it better: an old word must not arrive after a new one."""
    d, later = t.delivery, t.delivery.alias("later")
    newer = (
        select(later.c.id)
        .where(
            later.c.incident_id == d.c.incident_id,
            later.c.customer_id == d.c.customer_id,
            later.c.notice_id > d.c.notice_id,
            later.c.state != DeliveryState.CANCELLED,
        )
        .exists()
    )
    connection.execute(
        update(d)
        .where(d.c.chunk_id == held.chunk_id, d.c.state == DeliveryState.PENDING, newer)
        .values(state=DeliveryState.CANCELLED, reason=DeliveryReason.SUPERSEDED, final_at=now)
    )


def _cancel_for_the_unaffected(connection: Connection, held: Lease, now: datetime) -> None:
    """It has come out that a problem does not affect them: then they must not hear of it any more."""
    d, a, n = t.delivery, t.audience, t.notice
    wrong = (
        select(a.c.customer_id)
        .join(n, n.c.id == d.c.notice_id)
        .where(
            a.c.incident_id == d.c.incident_id,
            a.c.customer_id == d.c.customer_id,
            a.c.over == Over.WRONGLY_TOLD,
            a.c.over_revision > n.c.audience_revision,
        )
        .correlate(d)
        .exists()
    )
    connection.execute(
        update(d)
        .where(d.c.chunk_id == held.chunk_id, d.c.state == DeliveryState.PENDING, wrong)
        .values(state=DeliveryState.CANCELLED, reason=DeliveryReason.NOT_AFFECTED, final_at=now)
    )


def _cancel_surveys_of_the_untold(connection: Connection, held: Lease, now: datetime) -> None:
    """A receipt may have shown since the survey was planned that a word never arrived: then we do not ask."""
    d = t.delivery
    told, over = _heard(Occasion.FIRST_WORD), _heard(Occasion.RESTORED)
    connection.execute(
        update(d)
        .where(
            d.c.chunk_id == held.chunk_id,
            d.c.state == DeliveryState.PENDING,
            d.c.occasion == Occasion.SURVEY,
            ~and_(told, over),
        )
        .values(
            state=DeliveryState.CANCELLED,
            reason=case((told, DeliveryReason.NOT_TOLD_IT_IS_OVER), else_=DeliveryReason.NEVER_TOLD),
            final_at=now,
        )
    )


def _heard(occasion: Occasion) -> ColumnElement[bool]:
    d, heard = t.delivery, t.delivery.alias()
    return (
        select(heard.c.id)
        .where(
            heard.c.incident_id == d.c.incident_id,
            heard.c.customer_id == d.c.customer_id,
            heard.c.occasion == occasion,
            heard.c.state.in_(HANDED_OVER),
        )
        .exists()
    )
