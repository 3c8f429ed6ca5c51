"""The roster: how each carrier stands in the books, with an entry for every change and its reason.

A carrier that is not in it yet is open and has its configured share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from tellfirst.domain.carriers import CarrierReason, try_again_after
from tellfirst.domain.occasion import Channel
from tellfirst.store.inserting import insert_into
from tellfirst.store.prepared import Prepared, as_given, given
from tellfirst.store.tables import carrier_entry, carrier_standing


@dataclass(frozen=True, slots=True)
class Candidate:
    """A carrier of a channel, as it is configured."""

    name: str
    channel: Channel
    share: int
    receipts: bool = True
    """Whether it reports; one that does not cannot be slow."""


@dataclass(frozen=True, slots=True)
class Place:
    """A candidate as it stands. `closed_at` and `try_at` are by the machine's clock, `since` is not."""

    name: str
    configured: int
    share: int
    reason: CarrierReason = CarrierReason.CONFIGURED
    since: datetime | None = None
    closed_at: datetime | None = None
    closed_code: str = ""
    try_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


def places(connection: Connection, candidates: Sequence[Candidate], *, lock: bool = False) -> list[Place]:
    """Every candidate as it stands, in their order; with `lock` nobody else changes them meanwhile."""
    names = as_given([(one.name,) for one in candidates])
    rows = {row.carrier: row for row in (_LOCKED if lock else _PLACES).run(connection, given=names)}
    return [
        Place(
            *(one.name, one.share, row.share, CarrierReason(row.reason)),
            *(row.since, row.closed_at, row.closed_code or "", row.try_at),
        )
        if (row := rows.get(one.name))
        else Place(one.name, one.share, one.share)
        for one in candidates
    ]


def closed_code(connection: Connection, name: str) -> str | None:
    """The code for which a carrier is closed; None while it is open."""
    code: str | None = _CLOSED_CODE.run(connection, name=name).scalar()
    return code


def closed(connection: Connection) -> dict[str, str]:
    """Every closed carrier with the code for which it is."""
    s = carrier_standing.c
    found = select(s.carrier, s.closed_code).where(s.closed_at.is_not(None)).order_by(s.carrier)
    return {row.carrier: row.closed_code or "" for row in connection.execute(found)}


def enter(connection: Connection, candidates: Sequence[Candidate], now: datetime) -> None:
    """Give every candidate its row."""
    if candidates:
        rows = [
            {
                "carrier": one.name,
                "channel": one.channel,
                "share": one.share,
                "since": now,
                "reason": CarrierReason.CONFIGURED,
            }
            for one in candidates
        ]
        connection.execute(insert_into(connection, carrier_standing).on_conflict_do_nothing(), rows)


def close(
    connection: Connection,
    candidate: Candidate,
    code: str,
    reason: CarrierReason,
    now: datetime,
    wall: datetime,
    actor: str = "tellfirst",
) -> bool:
    """Nothing goes to this carrier from now on. Whether it was open; one that was closed is tried later again."""
    enter(connection, [candidate], now)
    s = carrier_standing
    by_hand = reason is CarrierReason.CLOSED_BY_HAND
    try_at = None if by_hand else wall + try_again_after(wall - wall)
    closed = connection.execute(
        update(s)
        .where(s.c.carrier == candidate.name, s.c.closed_at.is_(None))
        .values(closed_at=wall, closed_code=code, try_at=try_at)
    )
    if closed.rowcount == 1:
        note(connection, candidate.name, reason, now, actor=actor, code=code)
        return True
    if by_hand:
        held = update(s).where(s.c.carrier == candidate.name).values(closed_code=code, try_at=None)
        connection.execute(held)
        note(connection, candidate.name, reason, now, actor=actor, code=code)
    return False


def claim_try(connection: Connection, place: Place, wall: datetime) -> bool:
    """Be the one who tries a closed carrier; the next try is later, whatever comes of this one."""
    assert place.closed_at is not None
    s = carrier_standing
    claimed = connection.execute(
        update(s)
        .where(s.c.carrier == place.name, s.c.closed_at.is_not(None), s.c.try_at == place.try_at)
        .values(try_at=wall + try_again_after(wall - place.closed_at))
    )
    return claimed.rowcount == 1


def open_again(
    connection: Connection, name: str, reason: CarrierReason, now: datetime, actor: str = "tellfirst"
) -> bool:
    """Whether it was closed."""
    s = carrier_standing
    opened = connection.execute(
        update(s)
        .where(s.c.carrier == name, s.c.closed_at.is_not(None))
        .values(closed_at=None, closed_code=None, try_at=None)
    )
    if opened.rowcount != 1:
        return False
    note(connection, name, reason, now, actor=actor)
    return True


def share_out(
    connection: Connection,
    shares: Mapping[str, int],
    reasons: Mapping[str, CarrierReason],
    now: datetime,
    *,
    details: Mapping[str, Any],
    actor: str = "tellfirst",
) -> None:
    """New shares, each with its reason and an entry."""
    s = carrier_standing
    for name, share in shares.items():
        values = {"share": share, "reason": reasons[name], "since": now}
        connection.execute(update(s).where(s.c.carrier == name).values(**values))
        note(connection, name, reasons[name], now, actor=actor, **details)


def note(
    connection: Connection, name: str, reason: CarrierReason, now: datetime, *, actor: str, **details: Any
) -> None:
    """Add to the carriers' log, with the share as it is now."""
    s = carrier_standing.c
    share = connection.scalar(select(s.share).where(s.carrier == name))
    connection.execute(
        insert(carrier_entry).values(
            carrier=name, at=now, reason=reason, actor=actor, share=share or 0, details=details
        )
    )


def entries(connection: Connection, names: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """The last changes of these carriers, newest first."""
    e = carrier_entry.c
    found = select(e.at, e.carrier, e.reason, e.actor, e.share, e.details).where(e.carrier.in_(names))
    return [dict(row) for row in connection.execute(found.order_by(e.id.desc()).limit(limit)).mappings()]


def _places(dialect: str) -> Select[tuple[object, ...]]:
    s, wanted = carrier_standing, given(dialect, carrier_standing.c.carrier)
    return select(s).where(s.c.carrier.in_(select(wanted.c.carrier))).order_by(s.c.carrier)


def _locked(dialect: str) -> Select[tuple[object, ...]]:
    return _places(dialect).with_for_update()


def _closed_code(_dialect: str) -> Select[tuple[str | None]]:
    s = carrier_standing.c
    its = s.carrier == bindparam("name", type_=s.carrier.type)
    return select(s.closed_code).where(its, s.closed_at.is_not(None))


_PLACES, _LOCKED, _CLOSED_CODE = Prepared(_places), Prepared(_locked), Prepared(_closed_code)
