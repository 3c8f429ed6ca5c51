"""What is being said right now: the last word that was sent to everyone who still waits, or published, per incident."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

from tellfirst.domain.audience import Whom
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import RUNNING
from tellfirst.domain.occasion import Occasion, Reach
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t


@dataclass(frozen=True, slots=True)
class Current:
    """The facts, and how to put them: for the zone and the worst impact most of its customers have."""

    occasion: str
    holding: bool
    facts: FactRecord
    zone: str
    impact: str
    folder: str = ""
    """Where the texts stand that its playbook chose."""


def current_words(connection: Connection, now: datetime) -> list[Current]:
    """One per incident that goes on, the newest incident first; those nobody was told about are left out.

    An estimate that has lapsed is not shown as if it stood, even while the word that withdraws it is held up.
    """
    n, i, a, later = t.notice.c, t.incident.c, t.audience.c, t.notice.alias().c
    said_better = (
        select(later.id).where(later.incident_id == n.incident_id, later.id > n.id, _to_all(later)).exists()
    )
    waits = (a.affected_revision.is_not(None), a.over_at.is_(None))
    waiting = select(a.impact).where(a.incident_id == i.id, *waits)
    zone = (
        waiting.with_only_columns(a.zone)
        .group_by(a.zone)
        .order_by(func.count().desc(), a.zone)
        .limit(1)
        .scalar_subquery()
    )
    worst = waiting.with_only_columns(func.max(a.impact)).scalar_subquery()
    rows = connection.execute(
        select(n.occasion, n.holding, n.facts, i.playbook, zone.label("zone"), worst.label("impact"))
        .join(t.incident, i.id == n.incident_id)
        .where(i.stage.in_(RUNNING), _to_all(n), ~said_better, worst.is_not(None))
        .order_by(i.id.desc())
    )
    return [_current(row, now) for row in rows]


def _current(row: Row[Any], now: datetime) -> Current:
    said = FactRecord.from_json(row.facts)
    stands = said.as_of(now).on_the_page()
    occasion = row.occasion if stands.estimate_at == said.estimate_at else Occasion.OVERRUN
    book = playbook_copy.from_json(row.playbook)
    return Current(occasion, row.holding, stands, row.zone, Impact(row.impact).word, book.folder(occasion))


def _to_all(n: ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]) -> ColumnElement[bool]:
    """Not what only some were told: that they are back, hit worse, or were told wrongly."""
    return or_(n.whom.in_((Whom.NEWLY_AFFECTED, Whom.WAITING)), n.reach == Reach.PULL)
