"""Reads announced work as its incident stands in it: what is stated, and what customers have heard."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select

from tellfirst.domain.announced import Announced
from tellfirst.domain.audience import Whom
from tellfirst.domain.facts import FactRecord, WorkReason
from tellfirst.domain.incident import Kind
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.planned_work import PlannedRules
from tellfirst.domain.work import ENDED, Window
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.store.parts import part

_TO_ALL = (Whom.NEWLY_AFFECTED, Whom.WAITING)


def announced(connection: Connection, it: Incident, now: datetime) -> Announced | None:
    """None for an incident that is no announced work, or not any more."""
    if it.kind is not Kind.PLANNED_WORK or it.ends_at is None:
        return None
    window = Window(it.started_at, it.ends_at)
    said = _said(connection, it.id)
    last = _last_facts(connection, it.id)
    told = (
        Window(last.window_from, last.window_until)
        if last and last.window_from and last.window_until
        else None
    )
    started = Occasion.STARTED in said
    begun = started or now >= window.starts_at
    ended = it.work_status in ENDED
    rules = it.playbook.planned if it.playbook else None
    return Announced(
        window=window,
        remind_before=(rules or PlannedRules()).remind_before,
        reason=_reason(connection, it.id),
        told=told,
        announced_at=max(
            (said[one] for one in (Occasion.PLANNED, Occasion.REMINDER) if one in said), default=None
        ),
        started=started,
        end_withdrawn=last is not None and last.estimate_at is None,
        completed=ended and begun and not _open_cause(connection, it.id),
        cancelled=ended and not begun,
        matched_at=_matched_at(connection, it),
        waiting=connection.scalar(select(part(Whom.WAITING, it.id)).where(part(Whom.WAITING, it.id)).limit(1))
        is not None,
    )


def _reason(connection: Connection, incident_id: int) -> WorkReason:
    stated = connection.scalar(select(t.work.c.reason).where(t.work.c.incident_id == incident_id))
    return WorkReason.of(stated or "")


def _said(connection: Connection, incident_id: int) -> dict[Occasion, datetime]:
    """When each word was last said to all. One that a person stopped was not said; one on its way is."""
    n = t.notice.c
    rows = connection.execute(
        select(n.occasion, func.max(n.created_at).label("at"))
        .where(n.incident_id == incident_id, *_to_all())
        .group_by(n.occasion)
    )
    return {Occasion(row.occasion): row.at for row in rows}


def _last_facts(connection: Connection, incident_id: int) -> FactRecord | None:
    n = t.notice.c
    facts = connection.scalar(
        select(n.facts).where(n.incident_id == incident_id, *_to_all()).order_by(n.sequence.desc()).limit(1)
    )
    return FactRecord.from_json(facts) if facts else None


def _to_all() -> tuple[ColumnElement[bool], ...]:
    n = t.notice.c
    return n.whom.in_(_TO_ALL), or_(n.halted_at.is_(None), n.spoken_at.is_(None))


def _open_cause(connection: Connection, incident_id: int) -> bool:
    c = t.incident_element.c
    still = (c.until_at.is_(None), c.withdrawn_at.is_(None))
    found = select(c.element_id).where(c.incident_id == incident_id, *still).limit(1)
    return connection.scalar(found) is not None


def _matched_at(connection: Connection, it: Incident) -> datetime | None:
    r = t.audience_revision.c
    at: datetime | None = connection.scalar(
        select(r.at).where(r.incident_id == it.id, r.revision == it.audience_revision)
    )
    return at
