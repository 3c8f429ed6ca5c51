"""How announced work begins as an incident, and how its incident follows what is stated of it later."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, exists, insert, or_, select, update

from tellfirst.detect.causes import clear_cause, withdraw_cause
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.incident import FOLLOWED, Kind, Stage
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.work import ENDED, WorkStatus
from tellfirst.store import incidents, playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.announced import announced
from tellfirst.store.incidents import Incident

FOLLOWING = frozenset({Stage.OPENED, Stage.DETECTED}) | FOLLOWED
"""Stages in which an incident still follows what is stated of its work."""
Stated = Row[tuple[Any, ...]]
"""A row of `work`."""


def take_up(
    connection: Connection, books: Mapping[str, Playbook], now: datetime, actor: str = "tellfirst"
) -> list[str]:
    """Open incidents for work that customers are to hear of, and let those that run follow what was stated since.

    The references of all that moved; they are due at once. To be called after each statement, and by the clock, which
    finds what was left. Idempotent.
    """
    moved = [_announce(connection, row, books, now, actor) for row in _unannounced(connection, books, now)]
    for row in _changed(connection, now):
        it = incidents.by_reference(connection, row.reference)
        follow(connection, it, row, now, actor)
        moved.append(it.reference)
    return moved


def follow(connection: Connection, it: Incident, stated: Stated, now: datetime, actor: str) -> None:
    """Let the incident stand as its work is stated: its window, what it hits, whether it has ended.

    Work that has begun keeps its beginning. Ended before it began, it never hits anybody; ended later, it is done, and
    verification starts.
    """
    work = announced(connection, it, now)
    begun = work is None or work.started or now >= it.started_at
    starts_at = it.started_at if begun else stated.starts_at
    _set(connection, it.id, started_at=starts_at, ends_at=stated.ends_at, work_status=stated.status)
    if stated.status in ENDED:
        for element in _open_causes(connection, it.id):
            if begun:
                clear_cause(connection, it.id, element, now, reason="work_is_done", actor=actor)
            else:
                withdraw_cause(connection, it.id, element, now, actor)
    else:
        _restate_causes(connection, it.id, stated, starts_at)
        _set(connection, it.id, footprint_changed=it.stage in FOLLOWED)
    window = {"starts_at": starts_at.isoformat(), "ends_at": stated.ends_at.isoformat()}
    incidents.note(connection, it.id, now, "work", stated.status, actor=actor, **window)
    _set(connection, it.id, next_due_at=now)


def _unannounced(connection: Connection, books: Mapping[str, Playbook], now: datetime) -> list[Stated]:
    """Work that is certain and that nothing holds, while its end is still to come; also where it is under way."""
    w, o = t.work.c, t.work_object.c
    certain = w.status.in_((WorkStatus.CONFIRMED, WorkStatus.IN_PROCESS))
    hits = exists().where(o.work_id == w.id, o.element_id.is_not(None))
    waits = and_(w.incident_id.is_(None), w.held.is_(None), w.ends_at > now, w.playbook.in_(sorted(books)))
    return list(connection.execute(select(t.work).where(certain, waits, hits).order_by(w.starts_at, w.id)))


def _announce(
    connection: Connection, stated: Stated, books: Mapping[str, Playbook], now: datetime, actor: str
) -> str:
    book = books[stated.playbook]
    place = _place(connection, stated.id)
    key = connection.execute(
        insert(t.incident).values(
            reference=f"new-{uuid4()}",
            kind=Kind.PLANNED_WORK,
            name=place,
            place=place,
            cause_key=f"work:{stated.id}",
            stage=Stage.OPENED,
            playbook=playbook_copy.to_json(book),
            severity=book.severity,
            cause=Cause.PLANNED_WORK,
            action=Action.INVESTIGATING,
            started_at=stated.starts_at,
            ends_at=stated.ends_at,
            work_status=stated.status,
            opened_at=now,
            next_due_at=now,
        )
    ).inserted_primary_key
    assert key is not None
    incident_id = int(key[0])
    reference = f"INC-{now:%Y}-{incident_id:04d}"
    _set(connection, incident_id, reference=reference, name=f"{reference} {place}")
    connection.execute(update(t.work).where(t.work.c.id == stated.id).values(incident_id=incident_id))
    _restate_causes(connection, incident_id, stated, stated.starts_at)
    named = {"provider": stated.provider, "work": stated.external_id}
    incidents.note(connection, incident_id, now, "opened", "announced_work", actor=actor, **named)
    return reference


def _changed(connection: Connection, now: datetime) -> list[Stated]:
    """Work stated otherwise than its incident has it, with the incident's reference."""
    w, i, o, c = t.work.c, t.incident.c, t.work_object.c, t.incident_element.c
    known = exists().where(c.incident_id == i.id, c.element_id == o.element_id)
    hits_more = exists().where(o.work_id == w.id, o.element_id.is_not(None), ~known)
    begins_otherwise = and_(i.started_at != w.starts_at, i.started_at > now)
    ends_otherwise = and_(i.ends_at != w.ends_at, w.ends_at > i.started_at)
    another = or_(begins_otherwise, ends_otherwise, i.work_status != w.status, hits_more)
    runs = and_(i.kind == Kind.PLANNED_WORK, i.stage.in_(sorted(FOLLOWING)), w.held.is_(None))
    joined = select(t.work, i.reference).join(t.incident, i.id == w.incident_id)
    return list(connection.execute(joined.where(runs, another).order_by(w.id)))


def _restate_causes(connection: Connection, incident_id: int, stated: Stated, since_at: datetime) -> None:
    """What it hits is a cause from its beginning on; what it does not hit any more was never one."""
    c, o = t.incident_element, t.work_object.c
    wanted = set(
        connection.scalars(
            select(o.element_id).where(o.work_id == stated.id, o.element_id.is_not(None)).distinct()
        )
    )
    own = c.c.incident_id == incident_id
    known = set(connection.scalars(select(c.c.element_id).where(own)))
    if known:
        connection.execute(update(c).where(own).values(since_at=since_at, impact=stated.impact))
    for element in sorted(wanted - known):
        values = {"element_id": element, "impact": stated.impact, "since_at": since_at}
        connection.execute(insert(c).values(incident_id=incident_id, **values))
    gone = and_(own, c.c.element_id.in_(sorted(known - wanted)), c.c.withdrawn_at.is_(None))
    connection.execute(update(c).where(gone).values(withdrawn_at=since_at))


def _open_causes(connection: Connection, incident_id: int) -> list[str]:
    c = t.incident_element.c
    still = (c.until_at.is_(None), c.withdrawn_at.is_(None))
    return list(connection.scalars(select(c.element_id).where(c.incident_id == incident_id, *still)))


def _place(connection: Connection, work_id: int) -> str:
    """What customers call it: the name of the area of the first element."""
    e, o, named = t.element.c, t.work_object.c, t.element.alias("named")
    row = connection.execute(
        select(e.area, named.c.name)
        .join(t.work_object, o.element_id == e.id)
        .outerjoin(named, named.c.id == "area:" + e.area)
        .where(o.work_id == work_id)
        .order_by(e.id)
        .limit(1)
    ).one_or_none()
    return str(row.name or row.area) if row else ""


def _set(connection: Connection, incident_id: int, **values: Any) -> None:
    i = t.incident
    connection.execute(update(i).where(i.c.id == incident_id).values(version=i.c.version + 1, **values))
