"""Lease: one worker at a time may send a chunk, for a limited time, under a number that only rises.

Leases are judged by the machine's clock, never by a scenario's: they are about processes being alive.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Channel
from tellfirst.store.tables import chunk, delivery

LEASE_FOR = timedelta(seconds=90)
SKEW = timedelta(seconds=5)
"""How far two machines' clocks may differ: a lease is shorter for its holder and longer for everyone else."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send a chunk until `until` (machine's clock). Every write of its holder names `fence`."""

    chunk_id: int
    notice_id: int
    channel: Channel
    fence: int
    until: datetime

    def outlasts(self, moment: datetime) -> bool:
        """Whether the holder may still begin something that ends at `moment`."""
        return moment + SKEW < self.until


def lease(connection: Connection, chunk_id: int, wall: datetime) -> Lease | None:
    """Take the chunk if nobody holds it and something is left to do; None otherwise."""
    free = or_(chunk.c.lease_until.is_(None), chunk.c.lease_until < wall - SKEW)
    taken = connection.execute(
        update(chunk)
        .where(chunk.c.id == chunk_id, chunk.c.done_at.is_(None), free)
        .values(fence=chunk.c.fence + 1, lease_until=wall + LEASE_FOR)
    )
    if taken.rowcount != 1:
        return None
    row = connection.execute(select(chunk).where(chunk.c.id == chunk_id)).one()
    return Lease(row.id, row.notice_id, Channel(row.channel), row.fence, row.lease_until)


def renew(connection: Connection, held: Lease, wall: datetime) -> Lease | None:
    """The same lease for longer, or None when it has been lost in the meantime."""
    renewed = connection.execute(update(chunk).where(_held(held)).values(lease_until=wall + LEASE_FOR))
    if renewed.rowcount != 1:
        return None
    return Lease(held.chunk_id, held.notice_id, held.channel, held.fence, wall + LEASE_FOR)


def release(connection: Connection, held: Lease, wall: datetime, again_after: timedelta) -> bool:
    """Give the chunk back: done when nothing is pending, due again otherwise. True when it is done."""
    left = connection.execute(
        select(func.count())
        .select_from(delivery)
        .where(delivery.c.chunk_id == held.chunk_id, delivery.c.state == DeliveryState.PENDING)
    ).scalar_one()
    when = {"due_at": wall + again_after} if left else {"done_at": wall}
    connection.execute(update(chunk).where(_held(held)).values(lease_until=None, **when))
    return not left


def reap(connection: Connection, wall: datetime) -> int:
    """Messages whose worker died between intent and record: perhaps sent, perhaps not. How many there were."""
    lost = select(chunk.c.id).where(
        chunk.c.done_at.is_(None), or_(chunk.c.lease_until.is_(None), chunk.c.lease_until < wall - SKEW)
    )
    reaped = connection.execute(
        update(delivery)
        .where(delivery.c.state == DeliveryState.SENDING, delivery.c.chunk_id.in_(lost))
        .values(state=DeliveryState.UNKNOWN, reason=DeliveryReason.WORKER_LOST)
    )
    return reaped.rowcount


def _held(held: Lease) -> ColumnElement[bool]:
    return and_(chunk.c.id == held.chunk_id, chunk.c.fence == held.fence, chunk.c.lease_until.is_not(None))


def channel_of(connection: Connection, chunk_id: int) -> Channel:
    """The one channel all messages of a chunk go through."""
    return Channel(connection.execute(select(chunk.c.channel).where(chunk.c.id == chunk_id)).scalar_one())
