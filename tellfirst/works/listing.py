"""Announced work as operators look at it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, and_, func, select

from tellfirst.domain.impact import Impact
from tellfirst.domain.work import ENDED, WorkHeld
from tellfirst.store import tables as t
from tellfirst.works.known import KnownWork

CURES: Mapping[WorkHeld, str] = {
    WorkHeld.UNKNOWN_CIRCUIT: "tellfirst work map {provider} CIRCUIT ELEMENT",
    WorkHeld.NO_PLAYBOOK: "add a playbook with a section `planned`, then import the notice again",
    WorkHeld.NEVER_ANNOUNCED: "nothing to do, unless it takes place after all: tellfirst work add",
    WorkHeld.PERHAPS_THE_SAME: "tellfirst work same {id} OTHER, or tellfirst work apart {id}",
}


def cure_of(held: WorkHeld | None, work_id: int, provider: str) -> str:
    """The command that lets held work go."""
    return CURES[held].format(id=work_id, provider=provider) if held else ""


def works_of(connection: Connection, *, ended: bool = False, limit: int = 200) -> list[dict[str, Any]]:
    """Works by their beginning; with `ended` also what is over or cancelled."""
    w, o, i = t.work.c, t.work_object.c, t.incident.c
    count = select(func.count()).where(o.work_id == w.id).scalar_subquery()
    which = and_(True, *([] if ended else [w.status.not_in([one.value for one in ENDED])]))
    rows = (
        select(t.work, count.label("count"), i.reference)
        .outerjoin(t.incident, i.id == w.incident_id)
        .where(which)
        .order_by(w.starts_at, w.id)
        .limit(limit)
    )
    return [
        {
            "work": row.id,
            "provider": row.provider,
            "number": row.external_id,
            "status": row.status,
            "starts": row.starts_at,
            "ends": row.ends_at,
            "impact": Impact(row.impact).word,
            "hits": row.count,
            "incident": row.reference,
            "held": row.held,
            "cure": cure_of(WorkHeld(row.held) if row.held else None, row.id, row.provider),
        }
        for row in connection.execute(rows)
    ]


def objects_shown(connection: Connection, it: KnownWork) -> list[dict[str, Any]]:
    """What it hits, and which element of ours each is."""
    o = t.work_object.c
    hit = func.coalesce(o.impact, it.impact.value).label("impact")
    rows = select(o.object_id, o.element_id, hit).where(o.work_id == it.id).order_by(o.object_id)
    return [
        {"circuit": row.object_id, "element": row.element_id, "impact": Impact(row.impact).word}
        for row in connection.execute(rows)
    ]


def statements_shown(connection: Connection, work_id: int) -> list[dict[str, Any]]:
    """Every word about it, and what came of each."""
    s = t.work_statement.c
    rows = select(t.work_statement).where(s.work_id == work_id).order_by(s.id)
    return [
        {
            "at": row.at,
            "from": row.source,
            "number": row.external_id,
            "sequence": row.sequence if row.sequence >= 0 else None,
            "status": row.status,
            "starts": row.starts_at,
            "ends": row.ends_at,
            "brought": row.verdict,
            "by": row.actor,
        }
        for row in connection.execute(rows)
    ]


def circuits_shown(connection: Connection, provider: str = "") -> list[dict[str, Any]]:
    """Which element each named circuit is."""
    c = t.circuit.c
    rows = select(c.provider, c.object_id, c.element_id, c.actor).order_by(c.provider, c.object_id)
    if provider:
        rows = rows.where(c.provider == provider)
    return [
        {"provider": row.provider, "circuit": row.object_id, "element": row.element_id, "by": row.actor}
        for row in connection.execute(rows)
    ]
