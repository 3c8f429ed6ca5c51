"""How an incident's messages stand: what waits, what is in doubt, what still lacks a receipt."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, or_, select, update

from tellfirst.delivery import ramping
from tellfirst.delivery.objections import halt_is_over
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, number


@dataclass(frozen=True, slots=True)
class Standing:
    """Spans from now by the machine's clock; None where nothing waits."""

    sends_in: timedelta | None
    """Until the next message may leave."""
    asks_in: timedelta | None
    """Until the carrier may be asked about a message whose answer was lost."""
    unreceipted_since: datetime | None
    """When the latest message that still lacks a receipt was handed over or, if that is unknown, planned."""


def standing(connection: Connection, incident_id: int, wall: datetime) -> Standing:
    """Of all notices of one incident. `wall` is the machine's clock, which chunks are timed by."""
    return standing_of(connection, incident_id, STANDING.run(connection, incident_id=incident_id).one(), wall)


def standing_of(connection: Connection, incident_id: int, row: Row[Any], wall: datetime) -> Standing:
    """The same out of a row that was read with STANDING."""
    due_at = _next_chunk_due(connection, incident_id, wall) if row.may_send else None
    # A crash between the last message and its conclusion would leave the promises before it open for ever.
    return Standing(
        _until(wall if row.unconcluded else due_at, wall),
        _until(row.asks_at, wall),
        row.unreceipted_since,
    )


def unsent() -> ColumnElement[bool]:
    """Whether a notice still has something to be offered. What waits for the morning does not count: nobody who
    sleeps was promised a word before it."""
    c, n, d = t.chunk.c, t.notice.c, t.delivery.c
    sleeps = d.reason == DeliveryReason.QUIET_HOURS
    its = and_(d.chunk_id == c.id, d.state.in_((DeliveryState.PENDING, DeliveryState.SENDING)))
    waits = and_(
        select(d.id).where(its, sleeps).exists(),
        ~select(d.id).where(its, or_(~sleeps, d.state == DeliveryState.SENDING)).exists(),
    )
    return select(c.id).where(c.notice_id == n.id, c.done_at.is_(None), ~waits).correlate(t.notice).exists()


def _next_chunk_due(connection: Connection, incident_id: int, wall: datetime) -> datetime | None:
    """When the next chunk may leave: by its own time, and by the wave that it belongs to."""
    rows = _NEXT_CHUNKS.run(connection, incident_id=incident_id).all()
    opens_at = ramping.opens_at(connection, incident_id, wall) if any(row.wave for row in rows) else {}
    moments = []
    for row in rows:
        gate = opens_at.get((row.notice_id, row.channel, row.wave), row.due_at)
        if gate is not None:
            moments.append(max(gate, row.due_at))
    return min(moments, default=None)


def _until(moment: datetime | None, wall: datetime) -> timedelta | None:
    return max(moment - wall, timedelta(0)) if moment else None


def open_chunks(connection: Connection, incident_id: int, wall: datetime) -> list[tuple[int, int]]:
    """(chunk, notice) of everything that may leave now, in the order it was planned.

    What is left of a halted notice is offered only when its halt is over, and cancelled by that.
    """
    rows = _OPEN_CHUNKS.run(connection, incident_id=incident_id, wall=wall).all()
    opens_at = ramping.opens_at(connection, incident_id, wall) if any(row.wave for row in rows) else {}

    def gate_is_open(notice_id: int, channel: str, wave: int) -> bool:
        opens = opens_at.get((notice_id, channel, wave), wall)
        return opens is not None and opens <= wall

    return [
        (row.id, row.notice_id)
        for row in rows
        if row.halted_at is not None or gate_is_open(row.notice_id, row.channel, row.wave)
    ]


def doubtful_notices(connection: Connection, incident_id: int, wall: datetime) -> list[int]:
    """Notices with messages whose answer was lost long enough ago to ask the carrier."""
    return list(_DOUBTFUL.run(connection, incident_id=incident_id, wall=wall).scalars())


def close_unreceipted(
    connection: Connection, incident_id: int, now: datetime, receipt_within: timedelta
) -> int:
    """Handed over, but no receipt came in time: unconfirmed, which is neither delivered nor lost. How many."""
    d = t.delivery
    waiting = (DeliveryState.SENT, DeliveryState.UNKNOWN)
    planned_at = select(t.notice.c.created_at).where(t.notice.c.id == d.c.notice_id).scalar_subquery()
    ended = connection.execute(
        update(d)
        .where(
            d.c.incident_id == incident_id,
            d.c.state.in_(waiting),
            # An answer that was lost has no hand-over time: then it is the notice's.
            func.coalesce(d.c.handed_over_at, planned_at) <= now - receipt_within,
        )
        .values(state=DeliveryState.UNCONFIRMED, reason=DeliveryReason.NO_RECEIPT, final_at=now)
    )
    return ended.rowcount


def counts(connection: Connection, notice_id: int) -> dict[str, int]:
    """Deliveries of a notice per state."""
    d = t.delivery.c
    rows = connection.execute(select(d.state, func.count()).where(d.notice_id == notice_id).group_by(d.state))
    return {row[0]: row[1] for row in rows}


def _its(column: ColumnElement[int]) -> ColumnElement[bool]:
    return column == number("incident_id")


def _standing(_dialect: str) -> Select[tuple[bool, datetime, datetime, bool]]:
    n, d = t.notice.c, t.delivery.c
    unconcluded = select(n.id).where(_its(n.incident_id), n.spoken_at.is_(None), ~unsent())
    asks_at = select(func.min(d.look_up_at)).where(_its(d.incident_id), d.state == DeliveryState.UNKNOWN)
    unreceipted_since = (
        select(func.max(func.coalesce(d.handed_over_at, n.created_at)))
        .join(t.notice, n.id == d.notice_id)
        .where(_its(d.incident_id), d.state.in_((DeliveryState.SENT, DeliveryState.UNKNOWN)))
    )
    return select(
        unconcluded.exists().label("unconcluded"),
        asks_at.scalar_subquery().label("asks_at"),
        unreceipted_since.scalar_subquery().label("unreceipted_since"),
        _next_chunks("").exists().label("may_send"),
    )


def _next_chunks(_dialect: str) -> Select[tuple[int, str, int, datetime]]:
    c, n = t.chunk.c, t.notice.c
    due_at = func.min(func.coalesce(c.lease_until, c.due_at)).label("due_at")
    return (
        select(c.notice_id, c.channel, c.wave, due_at)
        .join(t.notice, n.id == c.notice_id)
        .where(_its(n.incident_id), _may_leave())
        .group_by(c.notice_id, c.channel, c.wave)
    )


def _open_chunks(_dialect: str) -> Select[tuple[int, int, str, int, datetime | None]]:
    c, n = t.chunk.c, t.notice.c
    return (
        select(c.id, c.notice_id, c.channel, c.wave, n.halted_at)
        .join(t.notice, n.id == c.notice_id)
        .where(_its(n.incident_id), _may_leave(), c.due_at <= bindparam("wall", type_=c.due_at.type))
        .order_by(c.id)
    )


def _may_leave() -> ColumnElement[bool]:
    return and_(t.chunk.c.done_at.is_(None), or_(t.notice.c.halted_at.is_(None), halt_is_over()))


def _doubtful(_dialect: str) -> Select[tuple[int]]:
    d = t.delivery.c
    due = d.look_up_at <= bindparam("wall", type_=d.look_up_at.type)
    return select(d.notice_id).where(_its(d.incident_id), d.state == DeliveryState.UNKNOWN, due).distinct()


STANDING, _NEXT_CHUNKS = Prepared(_standing), Prepared(_next_chunks)
_OPEN_CHUNKS, _DOUBTFUL = Prepared(_open_chunks), Prepared(_doubtful)
