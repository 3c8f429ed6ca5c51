"""Lease: one worker at a time may send a chunk, for a limited time, under a number that only rises.

Leases are judged by the machine's clock, never by a scenario's: they are about processes being alive.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from tellfirst.crashpoints import crashpoint
from tellfirst.delivery.terms import TERMS, Terms
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Channel
from tellfirst.store.tables import chunk, delivery

OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send a chunk until `until` (machine's clock). Every write of its holder names `fence`."""

    chunk_id: int
    notice_id: int
    channel: Channel
    fence: int
    until: datetime

    def outlasts(self, moment: datetime, terms: Terms = TERMS) -> bool:
        """Whether the holder may still begin something that ends at `moment`."""
        return moment + terms.skew < self.until


def lease(connection: Connection, chunk_id: int, wall: datetime, terms: Terms = TERMS) -> Lease | None:
    """Take the chunk if nobody holds it and something is left to do; None otherwise."""
    free = or_(chunk.c.lease_until.is_(None), chunk.c.lease_until < wall - terms.skew)
    taken = connection.execute(
        update(chunk)
        .where(chunk.c.id == chunk_id, chunk.c.done_at.is_(None), free)
        .values(fence=chunk.c.fence + 1, lease_until=wall + terms.lease_for)
    )
    if taken.rowcount != 1:
        return None
    _doubt_what_the_last_holder_left(connection, chunk_id, wall, terms)
    crashpoint("lease: taken, not committed")
    row = connection.execute(select(chunk).where(chunk.c.id == chunk_id)).one()
    return Lease(row.id, row.notice_id, Channel(row.channel), row.fence, row.lease_until)


def renew(connection: Connection, held: Lease, wall: datetime, terms: Terms = TERMS) -> Lease | None:
    """The same lease for longer, or None when it has been lost in the meantime."""
    until = wall + terms.lease_for
    renewed = connection.execute(update(chunk).where(_held(held)).values(lease_until=until))
    crashpoint("renew: renewed, not committed")
    if renewed.rowcount != 1:
        return None
    return Lease(held.chunk_id, held.notice_id, held.channel, held.fence, until)


def hold_against(connection: Connection, held: Lease) -> bool:
    """Whether the lease is still ours, and nobody can take it before this transaction ends."""
    ours = select(chunk.c.id).where(chunk.c.id == held.chunk_id, chunk.c.fence == held.fence)
    return connection.scalar(ours.with_for_update()) is not None


def release(connection: Connection, held: Lease, wall: datetime, again_after: timedelta) -> bool:
    """Give the chunk back: done when nothing of it is open, due again otherwise. True when it is done."""
    # Held while it is counted: a message proven absent may be coming back into it at this moment.
    hold_against(connection, held)
    left = connection.scalar(
        select(func.count())
        .select_from(delivery)
        .where(delivery.c.chunk_id == held.chunk_id, delivery.c.state.in_(OPEN))
    )
    when = {"due_at": wall + again_after} if left else {"done_at": wall}
    connection.execute(update(chunk).where(_held(held)).values(lease_until=None, **when))
    crashpoint("release: given back, not committed")
    return not left


def reap(connection: Connection, wall: datetime, terms: Terms = TERMS) -> int:
    """Messages whose worker died between intent and record: perhaps sent, perhaps not. How many there were."""
    _shorten_leases_from_the_future(connection, wall, terms)
    ended = or_(chunk.c.lease_until.is_(None), chunk.c.lease_until < wall - terms.skew)
    lost = select(chunk.c.id).where(chunk.c.done_at.is_(None), ended)
    reaped = _put_in_doubt(connection, delivery.c.chunk_id.in_(lost), wall, terms)
    crashpoint("reap: reaped, not committed")
    return reaped


def _doubt_what_the_last_holder_left(
    connection: Connection, chunk_id: int, wall: datetime, terms: Terms
) -> None:
    """Whoever takes over does not know what became of the calls before: nobody will record them any more."""
    _put_in_doubt(connection, delivery.c.chunk_id == chunk_id, wall, terms)


def _put_in_doubt(connection: Connection, whose: ColumnElement[bool], wall: datetime, terms: Terms) -> int:
    return connection.execute(
        update(delivery)
        .where(delivery.c.state == DeliveryState.SENDING, whose)
        .values(
            state=DeliveryState.UNKNOWN,
            reason=DeliveryReason.WORKER_LOST,
            look_up_at=wall + terms.look_up_after,
        )
    ).rowcount


def _shorten_leases_from_the_future(connection: Connection, wall: datetime, terms: Terms) -> None:
    """A clock that was set back makes leases look as if they lasted for hours.

    None can outlast its full length from now: whoever holds it counts by a clock that never runs back.
    """
    longest = wall + terms.lease_for + terms.skew
    connection.execute(update(chunk).where(chunk.c.lease_until > longest).values(lease_until=longest))


def _held(held: Lease) -> ColumnElement[bool]:
    return and_(chunk.c.id == held.chunk_id, chunk.c.fence == held.fence, chunk.c.lease_until.is_not(None))


def channel_of(connection: Connection, chunk_id: int) -> Channel:
    """The one channel all messages of a chunk go through."""
    return Channel(connection.execute(select(chunk.c.channel).where(chunk.c.id == chunk_id)).scalar_one())
