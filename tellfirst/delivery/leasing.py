"""Lease: one worker at a time may send a chunk, for a limited time, under a number that only rises.

Leases are judged by the machine's clock, never by a scenario's: they are about processes being alive.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    and_,
    bindparam,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from tellfirst.crashpoints import crashpoint
from tellfirst.delivery.terms import TERMS, Terms
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Channel
from tellfirst.store.prepared import Prepared, number
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
    until = wall + terms.lease_for
    row = _TAKE.run(connection, chunk_id=chunk_id, ended=wall - terms.skew, until=until).one_or_none()
    if row is None:
        return None
    _doubt_what_the_last_holder_left(connection, chunk_id, wall, terms)
    crashpoint("lease: taken, not committed")
    return Lease(row.id, row.notice_id, Channel(row.channel), row.fence, row.lease_until)


def renew(connection: Connection, held: Lease, wall: datetime, terms: Terms = TERMS) -> Lease | None:
    """The same lease for longer, or None when it has been lost in the meantime."""
    until = wall + terms.lease_for
    renewed = _RENEW.run(connection, chunk_id=held.chunk_id, held_fence=held.fence, until=until)
    crashpoint("renew: renewed, not committed")
    if renewed.rowcount != 1:
        return None
    return Lease(held.chunk_id, held.notice_id, held.channel, held.fence, until)


def hold_against(connection: Connection, held: Lease) -> bool:
    """Whether the lease is still ours, and nobody can take it before this transaction ends."""
    return _HOLD.run(connection, chunk_id=held.chunk_id, held_fence=held.fence).first() is not None


def release(connection: Connection, held: Lease, wall: datetime, again_after: timedelta) -> bool:
    """Give the chunk back: done when nothing of it is open, due again otherwise. True when it is done."""
    # Held while it is counted: a message proven absent may be coming back into it at this moment.
    hold_against(connection, held)
    left = _LEFT.run(connection, chunk_id=held.chunk_id).scalar_one()
    give_back, when = (_PUT_OFF, wall + again_after) if left else (_CLOSE, wall)
    give_back.run(connection, chunk_id=held.chunk_id, held_fence=held.fence, when=when)
    crashpoint("release: given back, not committed")
    return not left


def reap(connection: Connection, wall: datetime, terms: Terms = TERMS) -> int:
    """Messages whose worker died between intent and record: perhaps sent, perhaps not. How many there were.

    A clock that was set back makes leases look as if they lasted for hours: they are shortened first. None can
    outlast its full length from now, for whoever holds it counts by a clock that never runs back.
    """
    _SHORTEN.run(connection, longest=wall + terms.lease_for + terms.skew)
    reaped = _DOUBT_THE_LOST.run(
        connection, ended=wall - terms.skew, look_up_at=wall + terms.look_up_after
    ).rowcount
    crashpoint("reap: reaped, not committed")
    return reaped


def channel_of(connection: Connection, chunk_id: int) -> Channel:
    """The one channel all messages of a chunk go through."""
    return Channel(_LOOK.run(connection, chunk_id=chunk_id).one().channel)


def _doubt_what_the_last_holder_left(
    connection: Connection, chunk_id: int, wall: datetime, terms: Terms
) -> None:
    """Whoever takes over does not know what became of the calls before: nobody will record them any more."""
    _DOUBT_THE_LAST.run(connection, chunk_id=chunk_id, look_up_at=wall + terms.look_up_after)


def _moment(name: str) -> ColumnElement[datetime]:
    return bindparam(name, type_=chunk.c.due_at.type)


def _ended() -> ColumnElement[bool]:
    return or_(chunk.c.lease_until.is_(None), chunk.c.lease_until < _moment("ended"))


def _take(_dialect: str) -> ReturningUpdate[Any]:
    c = chunk.c
    its = (c.id == number("chunk_id"), c.done_at.is_(None), _ended())
    taken = update(chunk).where(*its).values(fence=c.fence + 1, lease_until=_moment("until"))
    return taken.returning(c.id, c.notice_id, c.channel, c.fence, c.lease_until)


def _look(_dialect: str) -> Select[tuple[object, ...]]:
    return select(chunk).where(chunk.c.id == number("chunk_id"))


def _held() -> ColumnElement[bool]:
    under_our_fence = and_(chunk.c.id == number("chunk_id"), chunk.c.fence == number("held_fence"))
    return and_(under_our_fence, chunk.c.lease_until.is_not(None))


def _renew(_dialect: str) -> Update:
    return update(chunk).where(_held()).values(lease_until=_moment("until"))


def _hold(_dialect: str) -> Select[tuple[int]]:
    ours = (chunk.c.id == number("chunk_id"), chunk.c.fence == number("held_fence"))
    return select(chunk.c.id).where(*ours).with_for_update()


def _left(_dialect: str) -> Select[tuple[int]]:
    its = (delivery.c.chunk_id == number("chunk_id"), delivery.c.state.in_(OPEN))
    return select(func.count()).select_from(delivery).where(*its)


def _put_off(_dialect: str) -> Update:
    return update(chunk).where(_held()).values(lease_until=null(), due_at=_moment("when"))


def _close(_dialect: str) -> Update:
    return update(chunk).where(_held()).values(lease_until=null(), done_at=_moment("when"))


def _shorten(_dialect: str) -> Update:
    longest = _moment("longest")
    return update(chunk).where(chunk.c.lease_until > longest).values(lease_until=longest)


def _doubt_the_last(_dialect: str) -> Update:
    return _put_in_doubt(delivery.c.chunk_id == number("chunk_id"))


def _doubt_the_lost(_dialect: str) -> Update:
    return _put_in_doubt(
        delivery.c.chunk_id.in_(select(chunk.c.id).where(chunk.c.done_at.is_(None), _ended()))
    )


def _put_in_doubt(whose: ColumnElement[bool]) -> Update:
    return (
        update(delivery)
        .where(delivery.c.state == DeliveryState.SENDING, whose)
        .values(
            state=DeliveryState.UNKNOWN,
            reason=DeliveryReason.WORKER_LOST,
            look_up_at=_moment("look_up_at"),
        )
    )


_TAKE, _LOOK, _RENEW = Prepared(_take), Prepared(_look), Prepared(_renew)
_HOLD, _LEFT, _PUT_OFF, _CLOSE = Prepared(_hold), Prepared(_left), Prepared(_put_off), Prepared(_close)
_SHORTEN, _DOUBT_THE_LAST, _DOUBT_THE_LOST = (
    Prepared(_shorten),
    Prepared(_doubt_the_last),
    Prepared(_doubt_the_lost),
)
