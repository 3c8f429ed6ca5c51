"""The words that are public, out of the books: what was said to all, that it is over, or that it was wrong."""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from tellfirst.domain.audience import Whom
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Occasion, Reach
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.publishing.published import Board, Ending, Given, Phase, Published, Story, Word
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t

ENDING = {Whom.BACK: Ending.OVER, Whom.WRONGLY_TOLD: Ending.CORRECTED}
"""What a word to this part of an audience makes of an incident when it is the last."""
_TO_ALL = (Whom.NEWLY_AFFECTED, Whom.WAITING)


def story(connection: Connection, about: Published) -> Story:
    """All public words of an incident, and the times they gave."""
    n, p = t.notice.c, t.promise.c
    rows = connection.execute(
        select(t.notice, t.incident.c.playbook)
        .join(t.incident, t.incident.c.id == n.incident_id)
        .where(n.incident_id == about.id, is_public())
        .order_by(n.id)
    )
    given = connection.execute(
        select(p.kind, p.due_at, p.state)
        .join(t.notice, n.id == p.notice_id)
        .where(p.incident_id == about.id, is_public())
        .order_by(p.due_at, p.id)
    )
    return Story(
        about,
        tuple(_word_in_its_story(row, about) for row in rows),
        tuple(Given(PromiseKind(row.kind), row.due_at, PromiseState(row.state)) for row in given),
    )


def news(connection: Connection, board: Board, at_most: int) -> list[tuple[Published, Word]]:
    """The newest public words of what is on the board, the newest first."""
    n = t.notice.c
    by_id = {one.id: one for one in board.incidents}
    rows = connection.execute(
        select(t.notice, t.incident.c.playbook)
        .join(t.incident, t.incident.c.id == n.incident_id)
        .where(n.incident_id.in_(by_id), is_public())
        .order_by(n.id.desc())
        .limit(at_most)
    )
    return [(about, _word_in_its_story(row, about)) for row in rows for about in (by_id[row.incident_id],)]


def is_to_all() -> ColumnElement[bool]:
    """Not what only some were told: that they are back, hit worse, or were told wrongly."""
    n = t.notice.c
    return or_(n.whom.in_(_TO_ALL), n.reach == Reach.PULL)


def is_public() -> ColumnElement[bool]:
    """Whoever is asked whether theirs works, or hit worse than others, was written to alone."""
    n = t.notice.c
    return and_(n.occasion != Occasion.SURVEY, or_(is_to_all(), n.whom.in_(ENDING)))


def word_of(row: Row[Any]) -> Word:
    """A notice, with the playbook of its incident, as a word."""
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


def put_as(said: Word, occasion: Occasion, row: Row[Any]) -> Word:
    """The facts of a word as another occasion puts them."""
    book = playbook_copy.from_json(row.playbook) if row.playbook else None
    folder = book.folder(occasion) if book else ""
    return replace(said, occasion=occasion, holding=False, folder=folder)


def _word_in_its_story(row: Row[Any], about: Published) -> Word:
    """Only the last word of what is over is true for everybody when it says so."""
    ends_it = about.phase is Phase.PAST and row.id == about.said
    return replace(word_of(row), to_some=row.whom in ENDING and not ends_it)
