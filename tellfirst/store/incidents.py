"""Reading an incident, moving it one step, and writing down why: used by every capability."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, CursorResult, Insert, Row, Select, Update, insert, select, update

from tellfirst.domain.errors import LostRace, NotFound
from tellfirst.domain.incident import Held, Kind, Stage
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.work import WorkStatus
from tellfirst.store import playbook_copy
from tellfirst.store.prepared import Prepared, asked, number, parameters, prepared
from tellfirst.store.tables import incident, incident_entry


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as it stands. `version` rises with every change and guards each step."""

    id: int
    reference: str
    kind: Kind
    name: str
    place: str
    cause_key: str
    stage: Stage
    held: Held | None
    version: int
    playbook: Playbook | None
    severity: str
    cause: str
    action: str
    started_at: datetime
    opened_at: datetime
    estimate_at: datetime | None
    verified_at: datetime | None
    survey_closes_at: datetime | None
    closed_at: datetime | None
    footprint_changed: bool
    audience_revision: int
    approval_needed: bool
    approved_count: int
    next_due_at: datetime | None
    flow_run_id: str | None
    ends_at: datetime | None
    """When announced work is to end; where an outage has one, it was announced work until then."""
    work_status: WorkStatus | None
    """What was last stated of it."""


def by_reference(connection: Connection, reference: str) -> Incident:
    """Raises NotFound with the way to list what there is."""
    return _found(reference, _by_reference.run(connection, reference=reference))


def held(connection: Connection, reference: str) -> Incident:
    """The same; and nobody else speaks for it before our transaction ends: whoever tries waits and then sees ours."""
    return _found(reference, _held.run(connection, reference=reference))


def _found(reference: str, rows: CursorResult[Any]) -> Incident:
    row = rows.one_or_none()
    if row is None:
        raise NotFound(f"there is no incident {reference}; `tellfirst incident list` shows them")
    return _incident(row)


_COLUMNS = [playbook_copy.as_text() if one.key == "playbook" else one for one in incident.c]


def _referred() -> Select[Any]:
    return select(*_COLUMNS).where(asked(incident.c.reference))


_by_reference = prepared(_referred)
_held = prepared(lambda: _referred().with_for_update())


def newest_first(connection: Connection, limit: int = 50) -> list[Incident]:
    return [_incident(row) for row in _newest.run(connection, limit=limit)]


@prepared
def _newest() -> Select[Any]:
    return select(*_COLUMNS).order_by(incident.c.id.desc()).limit(number("limit"))


def change(connection: Connection, it: Incident, **values: Any) -> None:
    """Write `values` if nobody has changed the incident since `it` was read. Raises LostRace otherwise."""
    as_read = {"incident_id": it.id, "version_read": it.version}
    changed = _changing(*sorted(values)).run(connection, **as_read, **values)
    if changed.rowcount != 1:
        raise LostRace(f"{it.reference} has moved on since it was read at version {it.version}")


@cache
def _changing(*names: str) -> Prepared:
    def write() -> Update:
        c = incident.c
        as_read = (c.id == number("incident_id"), c.version == number("version_read"))
        return update(incident).where(*as_read).values(version=c.version + 1, **parameters(incident, *names))

    return prepared(write)


def note(
    connection: Connection,
    incident_id: int,
    at: datetime,
    topic: str,
    reason: str,
    *,
    actor: str = "tellfirst",
    **details: Any,
) -> None:
    """Add to the incident's append-only log: what was decided, for which named reason, by whom."""
    note_each(connection, incident_id, at, topic, reason, [details], actor=actor)


def note_each(
    connection: Connection,
    incident_id: int,
    at: datetime,
    topic: str,
    reason: str,
    details: Sequence[dict[str, Any]],
    *,
    actor: str = "tellfirst",
) -> None:
    """The same decision about many things: one entry for each of `details`."""
    entry = {"incident_id": incident_id, "at": at, "topic": topic, "reason": reason, "actor": actor}
    _noted.run_each(connection, [entry | {"details": one} for one in details])


@prepared
def _noted() -> Insert:
    given = parameters(incident_entry, "incident_id", "at", "topic", "reason", "actor", "details")
    return insert(incident_entry).values(given)


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        id=row.id,
        reference=row.reference,
        kind=Kind(row.kind),
        name=row.name,
        place=row.place,
        cause_key=row.cause_key,
        stage=Stage(row.stage),
        held=Held(row.held) if row.held else None,
        version=row.version,
        playbook=playbook_copy.from_text(row.playbook),
        severity=row.severity,
        cause=row.cause,
        action=row.action,
        started_at=row.started_at,
        opened_at=row.opened_at,
        estimate_at=row.estimate_at,
        verified_at=row.verified_at,
        survey_closes_at=row.survey_closes_at,
        closed_at=row.closed_at,
        footprint_changed=row.footprint_changed,
        audience_revision=row.audience_revision,
        approval_needed=row.approval_needed,
        approved_count=row.approved_count,
        next_due_at=row.next_due_at,
        flow_run_id=row.flow_run_id,
        ends_at=row.ends_at,
        work_status=WorkStatus(row.work_status) if row.work_status else None,
    )
