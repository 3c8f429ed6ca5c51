"""Ramp: the waves of a large notice, each after the one before went well; halt where too much of it fails.

What a halt waits for, and what it ends in: halting.py.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select, update

from tellfirst.crashpoints import crashpoint
from tellfirst.delivery.halting import end_halts
from tellfirst.delivery.nights import PLAYBOOK, playbook_in
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.ramp import RECEIPTS_WITHIN, Tally, halts
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, number

S, R = DeliveryState, DeliveryReason
Wave = tuple[int, str, int]
"""A notice, a channel, and the number of the wave."""


def opens_at(connection: Connection, incident_id: int, wall: datetime) -> Mapping[Wave, datetime | None]:
    """When each later wave may leave; None: not before all of the earlier ones have been offered.

    Earlier waves have settled when every receipt is there, or after a minute without.
    """
    rows = _WAVES.run(connection, incident_id=incident_id, wall=wall).all()
    found: dict[Wave, datetime | None] = {}
    for row in rows:
        before = [
            one
            for one in rows
            if (one.notice_id, one.channel) == (row.notice_id, row.channel) and one.wave < row.wave
        ]
        if any(one.open_count for one in before):
            found[row.notice_id, row.channel, row.wave] = None
        elif before and row.open_count:
            done_at = max(one.done_at for one in before)
            waits = _receipts_missing(connection, row.notice_id, row.channel, row.wave)
            found[row.notice_id, row.channel, row.wave] = done_at + RECEIPTS_WITHIN if waits else done_at
    return found


def _waves(_dialect: str) -> Select[tuple[object, ...]]:
    c, n = t.chunk.c, t.notice.c
    # What waits for the morning and was never tried holds up nobody; a canary that was put off holds up all.
    begun = or_(c.due_at <= bindparam("wall", type_=c.due_at.type), c.fence > 0)
    ramped = select(c.notice_id).where(c.wave > 0, c.done_at.is_(None))
    return (
        select(
            *(c.notice_id, c.channel, c.wave, func.max(c.done_at).label("done_at")),
            func.count().filter(c.done_at.is_(None)).label("open_count"),
        )
        .join(t.notice, n.id == c.notice_id)
        .where(n.incident_id == number("incident_id"), c.notice_id.in_(ramped), begun)
        .group_by(c.notice_id, c.channel, c.wave)
    )


_WAVES = Prepared(_waves)


def _receipts_missing(connection: Connection, notice_id: int, channel: str, before: int) -> bool:
    c, d = t.chunk.c, t.delivery.c
    early = select(c.id).where(c.notice_id == notice_id, c.channel == channel, c.wave < before)
    missing = select(d.id).where(d.chunk_id.in_(early), d.state.in_((S.SENT, S.UNKNOWN))).limit(1)
    return connection.scalar(missing) is not None


def watch(connection: Connection, incident_id: int, now: datetime) -> list[int]:
    """Halt what fails too much, and end the halts whose time is over. The notices halted now."""
    end_halts(connection, incident_id, now)
    running = _UNDER_WAY.run(connection, incident_id=incident_id).all()
    return [one.id for one in running if _halt(connection, incident_id, one.id, playbook_in(one), now)]


def watch_chunk(connection: Connection, chunk_id: int, now: datetime) -> bool:
    """The same right after a chunk was sent: its own thousand first, and the whole notice only if they are bad."""
    row = _NOTICE_OF.run(connection, chunk_id=chunk_id).one()
    of_chunk = Tally(*_TALLY_OF_CHUNK.run(connection, its=chunk_id).one())
    book = playbook_in(row)
    if row.halted_reason is not None or book is None:
        return False
    if not halts(of_chunk, book.canary, ramped=True) and not of_chunk.unwritable:
        return False
    return _halt(connection, row.incident_id, row.id, book, now)


def _halt(
    connection: Connection, incident_id: int, notice_id: int, book: Playbook | None, now: datetime
) -> bool:
    n = t.notice
    tally = Tally(*_TALLY_OF_NOTICE.run(connection, its=notice_id).one())
    ramped = _RAMPED.run(connection, notice_id=notice_id).first() is not None
    reason = halts(tally, book.canary, ramped=ramped) if book else None
    if reason is None:
        return False
    once = and_(n.c.id == notice_id, n.c.halted_at.is_(None), n.c.halted_reason.is_(None))
    changed = connection.execute(update(n).where(once).values(halted_at=now, halted_reason=reason))
    if changed.rowcount:
        sequence = connection.scalar(select(n.c.sequence).where(n.c.id == notice_id))
        incidents.note(connection, incident_id, now, "halt", reason, sequence=sequence, tally=asdict(tally))
        crashpoint("halt: written, not committed")
    return bool(changed.rowcount)


def _tally(whose: ColumnElement[int]) -> Select[tuple[int, int, int]]:
    """Of the messages whose chunk or notice (`whose`) is the parameter `its`."""
    d = t.delivery.c
    unwritable = and_(d.state == S.FAILED, d.reason == R.UNWRITABLE)
    refused = and_(d.state == S.FAILED, d.reason.in_((R.CONTACT_POINT_REFUSED, R.REFUSED_BY_CARRIER)))
    failed = or_(d.state == S.UNDELIVERED, refused, unwritable)
    taken = d.state.in_((S.SENT, S.DELIVERED, S.UNCONFIRMED))
    return select(
        func.count().filter(or_(failed, taken)),
        func.count().filter(failed),
        func.count().filter(unwritable),
    ).where(whose == number("its"))


def _under_way(_dialect: str) -> Select[tuple[object, ...]]:
    n, c = t.notice.c, t.chunk.c
    unsent = select(c.id).where(c.notice_id == n.id, c.done_at.is_(None)).exists()
    its = (n.incident_id == number("incident_id"), n.halted_reason.is_(None), unsent)
    return select(n.id, *PLAYBOOK).join(t.incident, t.incident.c.id == n.incident_id).where(*its)


def _notice_of(_dialect: str) -> Select[tuple[object, ...]]:
    c, n = t.chunk.c, t.notice.c
    its = t.chunk.join(t.notice, c.notice_id == n.id).join(t.incident, t.incident.c.id == n.incident_id)
    of_chunk = c.id == number("chunk_id")
    return select(n.id, n.incident_id, n.halted_reason, *PLAYBOOK).select_from(its).where(of_chunk)


def _ramped(_dialect: str) -> Select[tuple[int]]:
    c = t.chunk.c
    return select(c.id).where(c.notice_id == number("notice_id"), c.wave > 0).limit(1)


_UNDER_WAY, _NOTICE_OF, _RAMPED = Prepared(_under_way), Prepared(_notice_of), Prepared(_ramped)
_TALLY_OF_CHUNK = Prepared(lambda _dialect: _tally(t.delivery.c.chunk_id))
_TALLY_OF_NOTICE = Prepared(lambda _dialect: _tally(t.delivery.c.notice_id))
