"""Reads what is published out of the books: only what was said to all, that it is over, or that it was wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, func, or_, select

from tellfirst.domain.audience import Whom
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import RUNNING, Kind
from tellfirst.domain.occasion import Occasion, Reach
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.publishing.hearers import Hearers, Memory, hearers, offered
from tellfirst.publishing.published import Board, Ending, Given, Phase, Published, Story, Word
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t

PAST_FOR = timedelta(days=30)
"""For how long what is over is shown."""
AT_MOST = 300
"""Incidents on a board: a page shows fewer, and its feeds are for what is new."""
_TO_ALL = (Whom.NEWLY_AFFECTED, Whom.WAITING)
_ENDING = {Whom.BACK: Ending.OVER, Whom.WRONGLY_TOLD: Ending.CORRECTED}


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


def story(connection: Connection, about: Published) -> Story:
    """All public words of an incident, and the times they gave."""
    n, p = t.notice.c, t.promise.c
    rows = connection.execute(
        select(t.notice, t.incident.c.playbook)
        .join(t.incident, t.incident.c.id == n.incident_id)
        .where(n.incident_id == about.id, _is_public())
        .order_by(n.id)
    )
    given = connection.execute(
        select(p.kind, p.due_at, p.state)
        .join(t.notice, n.id == p.notice_id)
        .where(p.incident_id == about.id, _is_public())
        .order_by(p.due_at, p.id)
    )
    return Story(
        about,
        tuple(_word_in_its_story(row, about) for row in rows),
        tuple(Given(PromiseKind(row.kind), row.due_at, PromiseState(row.state)) for row in given),
    )


def _shown(now: datetime) -> Select[Any]:
    """Each incident that customers were told of, with the numbers of its last word to all and of its last one."""
    i, n = t.incident.c, t.notice.c
    over_at = func.coalesce(i.verified_at, i.closed_at, i.opened_at)
    recent = or_(i.stage.in_(RUNNING), over_at >= now - PAST_FOR)
    last = (
        select(
            n.incident_id,
            func.max(case((_is_to_all(), n.id))).label("to_all"),
            func.max(n.id).label("said"),
        )
        .where(n.incident_id.in_(select(i.id).where(recent)), _is_public())
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


def _is_to_all() -> ColumnElement[bool]:
    """Not what only some were told: that they are back, hit worse, or were told wrongly."""
    n = t.notice.c
    return or_(n.whom.in_(_TO_ALL), n.reach == Reach.PULL)


def _is_public() -> ColumnElement[bool]:
    """Whoever is asked whether theirs works, or hit worse than others, was written to alone."""
    n = t.notice.c
    return and_(n.occasion != Occasion.SURVEY, or_(_is_to_all(), n.whom.in_(_ENDING)))


def _words_by_id(connection: Connection, ids: set[int]) -> Mapping[int, Row[Any]]:
    n = t.notice.c
    rows = connection.execute(
        select(t.notice, t.incident.c.playbook)
        .join(t.incident, t.incident.c.id == n.incident_id)
        .where(n.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _word(row: Row[Any]) -> Word:
    occasion = Occasion(row.occasion)
    book = playbook_copy.from_json(row.playbook) if row.playbook else None
    return Word(
        sequence=row.sequence,
        said_at=row.created_at,
        occasion=occasion,
        holding=row.holding,
        facts=FactRecord.from_json(row.facts).on_the_page(),
        impact=Impact.OK if row.whom == Whom.WRONGLY_TOLD else None,
        folder=book.folder(occasion) if book else "",
    )


def _word_in_its_story(row: Row[Any], about: Published) -> Word:
    """Only the last word of what is over is true for everybody when it says so."""
    ends_it = about.phase is Phase.PAST and row.id == about.said
    return replace(_word(row), to_some=row.whom in _ENDING and not ends_it)


def _published(
    connection: Connection, row: Row[Any], words: Mapping[int, Row[Any]], now: datetime, memory: Memory
) -> Published | None:
    hit = hearers(connection, row, memory)
    if hit is None:
        return None
    goes_on = row.stage in RUNNING and hit.waiting is not None and row.to_all is not None
    spoken = words[row.to_all if goes_on else row.said]
    last = _standing(spoken, now) if goes_on else _word(spoken)
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
        headline=_as(last, Occasion.FIRST_WORD, spoken) if phase is Phase.NOW and not is_work else last,
        said=row.said,
    )


def _standing(row: Row[Any], now: datetime) -> Word:
    """A word as it stands now: a lapsed estimate is withdrawn, even while the word that says so is held up."""
    said = _word(row)
    facts = said.facts.as_of(now)
    if facts.estimate_at == said.facts.estimate_at:
        return said
    return replace(_as(said, Occasion.OVERRUN, row), facts=facts)


def _as(said: Word, occasion: Occasion, row: Row[Any]) -> Word:
    """The facts of a word as another occasion puts them."""
    book = playbook_copy.from_json(row.playbook) if row.playbook else None
    folder = book.folder(occasion) if book else ""
    return replace(said, occasion=occasion, holding=False, folder=folder)


def _phase(goes_on: bool, is_work: bool, begins_at: datetime, now: datetime) -> Phase:
    if not goes_on:
        return Phase.PAST
    return Phase.PLANNED if is_work and begins_at > now else Phase.NOW


def _ending(row: Row[Any]) -> Ending:
    if row.occasion == Occasion.CANCELLED:
        return Ending.CANCELLED
    return _ENDING.get(row.whom, Ending.OVER)


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


def news(connection: Connection, board: Board, at_most: int) -> list[tuple[Published, Word]]:
    """The newest public words of what is on the board, the newest first."""
    n = t.notice.c
    by_id = {one.id: one for one in board.incidents}
    rows = connection.execute(
        select(t.notice, t.incident.c.playbook)
        .join(t.incident, t.incident.c.id == n.incident_id)
        .where(n.incident_id.in_(by_id), _is_public())
        .order_by(n.id.desc())
        .limit(at_most)
    )
    return [(about, _word_in_its_story(row, about)) for row in rows for about in (by_id[row.incident_id],)]
