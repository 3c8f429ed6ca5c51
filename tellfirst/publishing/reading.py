"""Reads what is published out of the books: only what was said to all, that it is over, or that it was wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, or_, select

from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import RUNNING, Kind
from tellfirst.domain.occasion import Occasion
from tellfirst.publishing.hearers import Hearers, Memory, hearers, offered
from tellfirst.publishing.published import Board, Ending, Phase, Published, Word
from tellfirst.publishing.words import ENDING, is_public, is_to_all, put_as, word_of
from tellfirst.store import tables as t

PAST_FOR = timedelta(days=30)
"""For how long what is over is shown."""
AT_MOST = 300
"""Incidents on a board: a page shows fewer, and its feeds are for what is new."""


def marker(connection: Connection) -> str:
    """Changes with whatever may change a board, and costs two looks at the end of an index and a short table."""
    i = t.incident.c
    row = connection.execute(
        select(
            select(func.max(t.notice.c.id)).scalar_subquery(),
            select(func.max(t.incident_entry.c.id)).scalar_subquery(),
            select(func.sum(i.version)).scalar_subquery(),
        )
    ).one()
    return ".".join(str(part or 0) for part in row)


def board(connection: Connection, now: datetime, memory: Memory) -> Board:
    """Everything that is published at `now`. An estimate that has lapsed is not shown as if it stood."""
    rows = connection.execute(_shown(now)).all()
    ids = {key for row in rows for key in (row.to_all, row.said) if key is not None}
    words = _words_by_id(connection, ids)
    found = [one for row in rows if (one := _published(connection, row, words, now, memory))]
    changes = [moment for one in found for moment in _changes(one, now)]
    return Board(now, max(changes, default=_long_ago(now)), offered(connection, memory), tuple(found))


def _shown(now: datetime) -> Select[Any]:
    """Each incident that customers were told of, with the numbers of its last word to all and of its last one."""
    i, n = t.incident.c, t.notice.c
    over_at = func.coalesce(i.verified_at, i.closed_at, i.opened_at)
    recent = or_(i.stage.in_(RUNNING), over_at >= now - PAST_FOR)
    last = (
        select(
            n.incident_id,
            func.max(case((is_to_all(), n.id))).label("to_all"),
            func.max(n.id).label("said"),
        )
        .where(n.incident_id.in_(select(i.id).where(recent)), is_public())
        .group_by(n.incident_id)
        .subquery()
    )
    return (
        select(i.id, i.reference, i.kind, i.place, i.stage, i.version, i.started_at, i.opened_at)
        .add_columns(i.verified_at, i.closed_at, i.ends_at, last.c.to_all, last.c.said)
        .join(last, last.c.incident_id == i.id)
        .where(recent)
        .order_by(i.id.desc())
        .limit(AT_MOST)
    )


def _words_by_id(connection: Connection, ids: set[int]) -> Mapping[int, Row[Any]]:
    n = t.notice.c
    rows = connection.execute(
        select(t.notice, t.incident.c.playbook)
        .join(t.incident, t.incident.c.id == n.incident_id)
        .where(n.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _published(
    connection: Connection, row: Row[Any], words: Mapping[int, Row[Any]], now: datetime, memory: Memory
) -> Published | None:
    hit = hearers(connection, row, memory)
    if hit is None:
        return None
    goes_on = row.stage in RUNNING and hit.waiting is not None and row.to_all is not None
    spoken = words[row.to_all if goes_on else row.said]
    last = _standing(spoken, now) if goes_on else word_of(spoken)
    is_work = row.kind == Kind.PLANNED_WORK
    begins_at = last.facts.window_from or row.started_at
    phase = _phase(goes_on, is_work, begins_at, now)
    return Published(
        id=row.id,
        reference=row.reference,
        phase=phase,
        ending=None if goes_on else _ending(spoken),
        place=row.place,
        zone=hit.zone,
        impact=_impact(hit, goes_on),
        services=hit.services,
        is_work=is_work,
        began_at=begins_at,
        ended_at=None if goes_on else last.facts.ended_at or row.verified_at or row.closed_at,
        opened_at=row.opened_at,
        last=last,
        headline=put_as(last, Occasion.FIRST_WORD, spoken) if phase is Phase.NOW and not is_work else last,
        said=row.said,
    )


def _standing(row: Row[Any], now: datetime) -> Word:
    """A word as it stands now: a lapsed estimate is withdrawn, even while the word that says so is held up."""
    said = word_of(row)
    facts = said.facts.as_of(now)
    if facts.estimate_at == said.facts.estimate_at:
        return said
    return replace(put_as(said, Occasion.OVERRUN, row), facts=facts)


def _phase(goes_on: bool, is_work: bool, begins_at: datetime, now: datetime) -> Phase:
    if not goes_on:
        return Phase.PAST
    return Phase.PLANNED if is_work and begins_at > now else Phase.NOW


def _ending(row: Row[Any]) -> Ending:
    if row.occasion == Occasion.CANCELLED:
        return Ending.CANCELLED
    return ENDING.get(row.whom, Ending.OVER)


def _impact(hit: Hearers, goes_on: bool) -> Impact:
    return hit.waiting if goes_on and hit.waiting is not None else hit.worst


def _changes(one: Published, now: datetime) -> Sequence[datetime]:
    """The moments at which what is shown of it became what it is."""
    facts = one.last.facts
    moments = (one.last.said_at, one.ended_at, facts.previous_estimate_at, one.began_at, one.next_word_at)
    return [moment for moment in moments if moment is not None and moment <= now]


def _long_ago(now: datetime) -> datetime:
    """Where there is nothing, nothing has changed for as long as anything is shown."""
    return (now - PAST_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
