"""Choosing: which carrier of its channel takes a chunk, decided when somebody is about to send it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Select, select, update

from tellfirst.crashpoints import crashpoint
from tellfirst.delivery import roster
from tellfirst.delivery.paging import note_that_none_is_open
from tellfirst.delivery.roster import Candidate, Place
from tellfirst.domain.carriers import pick
from tellfirst.store.engine import reading, writing
from tellfirst.store.prepared import Prepared, number
from tellfirst.store.tables import chunk

LOOK_AGAIN = timedelta(minutes=10)
"""Where only a person can open a carrier again; whoever does makes the chunks due at once."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Empty `name`: no carrier is open, and the chunk waits. `tries`: a closed one is to be tried with one message."""

    name: str = ""
    tries: bool = False


def choose(
    engine: Engine, chunk_id: int, candidates: Sequence[Candidate], now: datetime, wall: datetime
) -> Choice:
    """An open carrier, each as often as its share says; now and then a closed one, to see if it takes again."""
    with reading(engine) as connection:
        found = roster.places(connection, candidates)
        fence = _FENCE.run(connection, chunk_id=chunk_id).scalar() or 0
    if any(one.since is None for one in found):
        with writing(engine) as connection:
            roster.enter(connection, candidates, now)
            crashpoint("choose: carriers entered, not committed")
        crashpoint("choose: carriers entered")
    for place in found:
        if not place.is_open and place.try_at and place.try_at <= wall and _may_try(engine, place, wall):
            return Choice(place.name, tries=True)
    # With the fence, so that a chunk whose carrier took nothing is not bound to it.
    if name := _open_one(found, chunk_id + fence):
        return Choice(name)
    with writing(engine) as connection:
        # Looked at again: whoever has opened one meanwhile did not see this chunk wait.
        found = roster.places(connection, candidates, lock=True)
        name = _open_one(found, chunk_id + fence)
        if not name:
            _let_wait(connection, chunk_id, found, now, wall)
    crashpoint("choose: put off")
    return Choice(name)


def _open_one(found: Sequence[Place], number: int) -> str:
    """Empty when none is open."""
    shares = [(one.name, one.share) for one in found if one.is_open]
    return pick(shares, number) if shares else ""


def _may_try(engine: Engine, place: Place, wall: datetime) -> bool:
    with writing(engine) as connection:
        claimed = roster.claim_try(connection, place, wall)
        crashpoint("choose: try claimed, not committed")
    crashpoint("choose: try claimed")
    return claimed


def _let_wait(
    connection: Connection, chunk_id: int, found: Sequence[Place], now: datetime, wall: datetime
) -> None:
    """Until the first of the closed carriers is tried again; the incident's log says so."""
    until = min((one.try_at for one in found if one.try_at), default=wall + LOOK_AGAIN)
    connection.execute(
        update(chunk)
        .where(chunk.c.id == chunk_id, chunk.c.done_at.is_(None), chunk.c.lease_until.is_(None))
        .values(due_at=max(until, wall))
    )
    crashpoint("choose: put off, not committed")
    note_that_none_is_open(connection, chunk_id, [one.name for one in found], until, now)


def _fence(_dialect: str) -> Select[tuple[int]]:
    return select(chunk.c.fence).where(chunk.c.id == number("chunk_id"))


_FENCE = Prepared(_fence)
