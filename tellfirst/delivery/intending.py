"""Intend: what is about to be sent is committed before the first call, a window at a time.

A crash can then leave at most one window in doubt. What must not be sent any more is cancelled by the same
statement, so that nothing can come between the look and the intent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    case,
    literal,
    null,
    select,
    update,
)

from tellfirst.crashpoints import crashpoint
from tellfirst.delivery.doubting import may_have_arrived
from tellfirst.delivery.leasing import Lease
from tellfirst.delivery.objections import objections, stops
from tellfirst.domain.audience import kinds
from tellfirst.domain.delivery import DeliveryState, StopEffect
from tellfirst.domain.impact import Impact
from tellfirst.domain.message import Reader
from tellfirst.store import tables as t
from tellfirst.store.parts import address_of
from tellfirst.store.prepared import Prepared, as_given, given, number
from tellfirst.store.readers import packed


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
    known = {
        "chunk_id": held.chunk_id,
        "notice_id": held.notice_id,
        "held_fence": held.fence,
        "now": now,
        "wall": wall,
        "by": carrier or None,
        "stopped": stopped,
    }
    while _may_go_on(connection, held):
        judged = _JUDGE.run(connection, size=size, **known).all()
        crashpoint("intend: judged, not committed")
        leaving = sorted(row.id for row in judged if row.state == DeliveryState.SENDING)
        if leaving or not judged:
            # All were intended just now; to read that time back for each took a tenth of what a mail costs.
            return _addressed(_LEAVING, connection, leaving, wall)
        # The whole window was cancelled, so likely most of the chunk is: with it at once, for a small window would
        # hold the books a row at a time. What is left may still leave.
        _CLEAR.run(connection, **known)
    return []


def addressed(connection: Connection, ids: Sequence[int]) -> list[Addressed]:
    """The contact points and readers of deliveries, in the order of their numbers."""
    return _addressed(_ADDRESSED, connection, ids)


def _addressed(
    statement: Prepared, connection: Connection, ids: Sequence[int], wall: datetime | None = None
) -> list[Addressed]:
    if not ids:
        return []
    rows = statement.run(connection, given=as_given([(one,) for one in ids]))
    return [
        Addressed(number, customer, address, _reader(*reader), wall or intended_at)
        for number, customer, intended_at, address, *reader in rows
    ]


@lru_cache(maxsize=1_024)
def _reader(language: str, zone: str, impact: int, services: int) -> Reader:
    return Reader(language, zone, Impact(impact).word, kinds(services))


def _may_go_on(connection: Connection, held: Lease) -> bool:
    """Whether the lease is ours, which nobody can take before this transaction ends, and nobody holds the sending."""
    row = _HOLD.run(
        connection, chunk_id=held.chunk_id, held_fence=held.fence, notice_id=held.notice_id
    ).one_or_none()
    return row is not None and not row.on_hold


def _hold(_dialect: str) -> Select[tuple[bool]]:
    c = t.chunk.c
    return (
        select(stops(number("notice_id"), StopEffect.HOLD).label("on_hold"))
        .select_from(t.chunk)
        .where(c.id == number("chunk_id"), c.fence == number("held_fence"))
        .with_for_update(of=t.chunk)
    )


def _judge(_dialect: str, *, all_objected: bool = False) -> Update:
    """One statement: the next rows become `sending`, or `cancelled` for the first objection that holds.

    `all_objected`: instead of the next rows, all of the chunk against which something holds.
    """
    d, waiting = t.delivery, t.delivery.alias("waiting")
    now = bindparam("now", type_=d.c.final_at.type)
    against = objections(waiting, number("notice_id"), now, bindparam("stopped", type_=Boolean))
    objection: ColumnElement[str | None] = case(
        *((condition, literal(reason.value)) for reason, condition in against), else_=null()
    )
    # Locked as they are chosen: on PostgreSQL a receipt may be raising one of them at this very moment. A common
    # table expression, because a subquery with a limit may be run there more than once and choose more.
    rows = (
        select(waiting.c.id, objection.label("objection"), may_have_arrived(waiting).label("in_doubt"))
        .where(waiting.c.chunk_id == number("chunk_id"), waiting.c.state == DeliveryState.PENDING)
        .order_by(waiting.c.id)
    )
    rows = rows.where(objection.is_not(None)) if all_objected else rows.limit(number("size"))
    chosen = rows.with_for_update(of=waiting).cte("chosen")
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
            fence=number("held_fence"),
            try_count=d.c.try_count + case((leaves, 1), else_=0),
            carrier=case((leaves, bindparam("by", type_=d.c.carrier.type)), else_=d.c.carrier),
            reader=case((leaves, _reader_now()), else_=d.c.reader),
            intended_at=case((leaves, bindparam("wall", type_=d.c.intended_at.type)), else_=d.c.intended_at),
            final_at=case((leaves, null()), else_=now),
        )
        .returning(d.c.id, d.c.state)
    )


def _reader_now() -> ColumnElement[str | None]:
    """Written down as it leaves, for the audience goes on changing."""
    a, d = t.audience, t.delivery
    its = and_(a.c.incident_id == d.c.incident_id, a.c.customer_id == d.c.customer_id)
    return select(packed(a)).where(its).correlate(d).scalar_subquery()


def _contact_points(dialect: str, *, dated: bool = True) -> Select[tuple[object, ...]]:
    d, a, ids = t.delivery, t.audience, given(dialect, t.delivery.c.id)
    return (
        select(
            *(d.c.id, d.c.customer_id, d.c.intended_at if dated else null().label("intended_at")),
            address_of(d, a).label("address"),
            *(a.c.language, a.c.zone, a.c.impact, a.c.services),
        )
        .select_from(ids.join(d, d.c.id == ids.c.id))
        .join(a, and_(a.c.incident_id == d.c.incident_id, a.c.customer_id == d.c.customer_id))
        .order_by(d.c.id)
    )


_HOLD, _JUDGE = Prepared(_hold), Prepared(_judge)
_ADDRESSED, _LEAVING = Prepared(_contact_points), Prepared(partial(_contact_points, dated=False))
_CLEAR = Prepared(partial(_judge, all_objected=True))
