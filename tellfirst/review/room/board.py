"""The board of incidents: one line each, with what it waits for and when the next word is owed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select

from tellfirst.audience.approving import waiting_share
from tellfirst.delivery import halting, stopping
from tellfirst.domain.incident import Kind, Stage
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One incident. `waits` says what keeps it back, in words; `stopped` is the effect of a stop in force."""

    incident: Incident
    next_word_at: datetime | None
    estimate_at: datetime | None
    waits: str
    stopped: str
    contact_count: int
    broken_count: int
    taken_by: str


def board(
    connection: Connection,
    *,
    running: bool = True,
    kind: Kind | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Line]:
    """The newest first; `running` leaves out what is closed, `before` is the id of the last line of a former page."""
    i = t.incident.c
    which: list[ColumnElement[bool]] = []
    if running:
        which.append(i.stage != Stage.CLOSED)
    if kind:
        which.append(i.kind == kind)
    if before is not None:
        which.append(i.id < before)
    references = connection.scalars(
        select(i.reference).where(*which).order_by(i.id.desc()).limit(limit)
    ).all()
    found = [incidents.by_reference(connection, reference) for reference in references]
    return lines(connection, found)


def lines(connection: Connection, found: list[Incident]) -> list[Line]:
    """The same incidents with what stands beside them."""
    ids = [one.id for one in found]
    p, k, a = t.promise.c, t.contact.c, t.acknowledgement.c
    word = select(p.incident_id, func.min(p.due_at)).where(
        p.incident_id.in_(ids), p.state == PromiseState.OPEN, p.kind == PromiseKind.NEXT_UPDATE
    )
    next_word = dict(connection.execute(word.group_by(p.incident_id)).tuples().all())
    broken = _counts(connection, p.incident_id, p.incident_id.in_(ids), p.state == PromiseState.BROKEN)
    contacts = _counts(connection, k.incident_id, k.incident_id.in_(ids))
    taken = dict(connection.execute(select(a.incident_id, a.by).where(a.incident_id.in_(ids))).tuples().all())
    stopped = {one.incident: one.effect.value for one in stopping.in_force(connection)}
    return [
        Line(
            incident=one,
            next_word_at=next_word.get(one.id),
            estimate_at=one.estimate_at,
            waits=waits_for(connection, one),
            stopped=stopped.get(one.reference) or stopped.get("") or "",
            contact_count=contacts.get(one.id, 0),
            broken_count=broken.get(one.id, 0),
            taken_by=taken.get(one.id, ""),
        )
        for one in found
    ]


def waits_for(connection: Connection, it: Incident) -> str:
    """What waits for a person, in words; empty when nothing does."""
    if it.stage is Stage.CLOSED:
        return ""
    if waits := waiting_share(connection, it):
        return waits
    if it.held:
        return f"held: {it.held.value.replace('_', ' ')}"
    return "; ".join(
        f"notice {one.sequence} is halted ({one.reason.replace('_', ' ')})"
        for one in halting.halted(connection, it.id)
    )


def broken_lately(connection: Connection, since: datetime) -> int:
    """Promises that were broken since then, over all incidents."""
    p = t.promise.c
    broken = select(func.count()).where(
        p.state == PromiseState.BROKEN, or_(p.settled_at >= since, p.due_at >= since)
    )
    return int(connection.execute(broken).scalar_one())


def _counts(connection: Connection, by: ColumnElement[int], *which: ColumnElement[bool]) -> Mapping[int, int]:
    return dict(connection.execute(select(by, func.count()).where(*which).group_by(by)).tuples().all())
