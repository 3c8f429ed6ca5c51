"""Chunks: the messages of a notice, channel by channel, in the order in which they leave.

A large notice leaves in waves, and what waits for the morning is cut apart by when the morning comes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    Subquery,
    Update,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    select,
    update,
)

from tellfirst.delivery.nights import Night
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.ramp import Canary, waves
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, number, parameters, prepared

CHUNK_SIZE = 1_000
"""Messages one task sends; the unit of a lease."""


@dataclass(frozen=True, slots=True)
class Stream:
    """`count` messages on one channel that wait for the same: nothing, or the end of a night.

    `after` is the highest part that the channel has had; the first two waves are of `first` and `second` messages.
    """

    channel: str
    night: int | None
    due_at: datetime
    count: int
    after: int
    first: int = 0
    second: int = 0

    def waves(self) -> list[int]:
        """The wave of each chunk, in the order of their parts."""
        early = [wave for wave, size in enumerate((self.first, self.second)) if size]
        rest = ceil((self.count - self.first - self.second) / CHUNK_SIZE)
        return early + [2 if self.first else 0] * rest

    def part_of(self, place: ColumnElement[int]) -> ColumnElement[int]:
        """Which part the message at `place` (from 1) goes to."""
        small = self.first + self.second
        early = (self.first > 0) + (self.second > 0)
        rest = (place - 1 - small) // CHUNK_SIZE + self.after + early + 1
        if not early:
            return rest
        return case((place <= self.first, self.after + 1), (place <= small, self.after + 2), else_=rest)


def cut(
    connection: Connection,
    notice_id: int,
    wall: datetime,
    nights: Sequence[Night] = (),
    canary: Canary | None = None,
) -> tuple[int, int]:
    """Put every pending message of the notice that is in no chunk yet into one; how many messages, and chunks.

    They are cut in the order of their numbers, which is the order in which they are to leave.
    """
    streams = _streams(connection, notice_id, wall, nights, canary)
    if not streams:
        return 0, 0
    rows = [
        {
            "notice_id": notice_id,
            "channel": stream.channel,
            "due_at": stream.due_at,
            "wave": wave,
            "part": stream.after + number + 1,
        }
        for stream in streams
        for number, wave in enumerate(stream.waves())
    ]
    # Chunks are sent in the order of their numbers: the first part of every channel before any second one.
    rows.sort(key=lambda row: (row["due_at"], row["part"], row["channel"]))
    _CHUNKS.run_each(connection, rows)
    if len(rows) == len({stream.channel for stream in streams}) and not nights:
        # One chunk a channel, which most notices are: no place decides which.
        _TO_THE_ONLY.run(connection, notice_id=notice_id)
    else:
        placed = _placed(notice_id, nights, streams)
        d = t.delivery
        connection.execute(update(d).where(d.c.id == placed.c.id).values(chunk_id=placed.c.chunk_id))
    return sum(stream.count for stream in streams), len(rows)


def _streams(
    connection: Connection, notice_id: int, wall: datetime, nights: Sequence[Night], canary: Canary | None
) -> list[Stream]:
    rows = (
        connection.execute(_counted(_loose(notice_id, nights)))
        if nights
        else _BY_DAY.run(connection, notice_id=notice_id)
    )
    found = sorted((tuple(row) for row in rows), key=lambda one: (one[0], one[1] or -1))
    ramped = canary is not None and sum(one[2] for one in found) > canary.start
    after = _highest_parts(connection, notice_id)
    streams = []
    for channel, night, count in found:
        due_at = wall if night is None else nights[night].ends_at
        first, second = waves(count) if ramped else (0, 0)
        stream = Stream(channel, night, due_at, count, after.get(channel, 0), first, second)
        after[channel] = stream.after + len(stream.waves())
        streams.append(stream)
    return streams


def _counted(loose: Select[tuple[int, str, int | None]]) -> Select[tuple[str, int | None, int]]:
    each = loose.subquery("loose")
    return select(each.c.channel, each.c.night, func.count()).group_by(each.c.channel, each.c.night)


def _highest_parts(connection: Connection, notice_id: int) -> dict[str, int]:
    return {row[0]: int(row[1] or 0) for row in _HIGHEST.run(connection, notice_id=notice_id)}


def _highest(_dialect: str) -> Select[tuple[str, int]]:
    c = t.chunk.c
    return select(c.channel, func.max(c.part)).where(c.notice_id == number("notice_id")).group_by(c.channel)


def _loose(
    notice_id: int | ColumnElement[int], nights: Sequence[Night]
) -> Select[tuple[int, str, int | None]]:
    """(id, channel, night) of every pending message without a chunk."""
    d, a = t.delivery, t.audience
    its = and_(d.c.notice_id == notice_id, d.c.state == DeliveryState.PENDING, d.c.chunk_id.is_(None))
    if not nights:
        return select(d.c.id, d.c.channel, null().cast(Integer).label("night")).where(its)
    waits = d.c.reason == DeliveryReason.QUIET_HOURS
    night = case(
        *((and_(waits, a.c.zone.in_(one.zones)), literal(number)) for number, one in enumerate(nights)),
        else_=null(),
    ).cast(Integer)
    own = and_(a.c.incident_id == d.c.incident_id, a.c.customer_id == d.c.customer_id)
    return select(d.c.id, d.c.channel, night.label("night")).join(a, own).where(its)


def _placed(notice_id: int, nights: Sequence[Night], streams: Sequence[Stream]) -> Subquery:
    """(id, chunk_id) of every message to be put into a chunk, in one pass."""
    c = t.chunk
    loose = _loose(notice_id, nights).subquery("loose")
    place = func.row_number().over(partition_by=(loose.c.channel, loose.c.night), order_by=loose.c.id)
    ranked = select(loose, place.label("place")).subquery("ranked")
    part = case(*((_of(stream, ranked), stream.part_of(ranked.c.place)) for stream in streams), else_=null())
    its = and_(c.c.notice_id == notice_id, c.c.channel == ranked.c.channel, c.c.part == part)
    return select(ranked.c.id, c.c.id.label("chunk_id")).join(c, its).subquery("placed")


def _of(stream: Stream, ranked: Subquery) -> ColumnElement[bool]:
    night = ranked.c.night.is_(None) if stream.night is None else ranked.c.night == stream.night
    return and_(ranked.c.channel == stream.channel, night)


def _to_the_only(_dialect: str) -> Update:
    """Of the chunks of a notice, each the only one of its channel that is new: no message has left in it yet."""
    d, c = t.delivery, t.chunk.c
    its = (d.c.notice_id == number("notice_id"), d.c.state == DeliveryState.PENDING, d.c.chunk_id.is_(None))
    newest = (
        select(func.max(c.id))
        .where(c.notice_id == d.c.notice_id, c.channel == d.c.channel)
        .correlate(d)
        .scalar_subquery()
    )
    return update(d).where(*its).values(chunk_id=newest)


_BY_DAY = Prepared(lambda _dialect: _counted(_loose(number("notice_id"), ())))
_HIGHEST, _TO_THE_ONLY = Prepared(_highest), Prepared(_to_the_only)
_CHUNKS = prepared(
    lambda: insert(t.chunk).values(parameters(t.chunk, "notice_id", "channel", "due_at", "wave", "part"))
)
