"""The elements that failed in an incident: since when, and whether a monitor still says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from tellfirst.detect import cause_rows, confirming
from tellfirst.domain.impact import Impact
from tellfirst.store import incidents
from tellfirst.store.listed import listed
from tellfirst.store.prepared import (
    as_given_each,
)
from tellfirst.store.tables import incident_element

OURSELVES = "tellfirst"
"""The actor of what no person has decided."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An element that is said to have failed, how badly, and since when."""

    element: str
    impact: Impact
    since_at: datetime


def open_cause(
    connection: Connection,
    incident_id: int,
    element_id: str,
    impact: Impact,
    since_at: datetime,
    now: datetime,
) -> None:
    """`element_id` is one of the causes; a flapping one goes on being the same cause."""
    open_causes(connection, incident_id, [Failure(element_id, impact, since_at)], now)


def open_causes(connection: Connection, incident_id: int, failures: Sequence[Failure], now: datetime) -> None:
    """The same for many at once, no element twice."""
    wanted = as_given_each([one.element for one in failures])
    rows = cause_rows.KNOWN.run(connection, incident_id=incident_id, given=wanted)
    known = {row.element_id: row.until_at is not None or row.withdrawn_at is not None for row in rows}
    new = [one for one in failures if one.element not in known]
    again = [one.element for one in failures if known.get(one.element)]
    if new:
        added = [
            {
                "incident_id": incident_id,
                "element_id": one.element,
                "impact": one.impact,
                "since_at": one.since_at,
            }
            for one in new
        ]
        cause_rows.added.run_each(connection, added)
        _footprint_moved(connection, incident_id, now, "cause_added", [one.element for one in new])
    if again:
        connection.execute(
            update(incident_element)
            .where(_these(connection, incident_id, again))
            .values(withdrawn_at=None, until_at=None, verified_at=None)
        )
        _fires_again(connection, incident_id, again, now)


def withdraw_cause(
    connection: Connection, incident_id: int, element_id: str, now: datetime, actor: str
) -> bool:
    """It never failed: whoever was told because of it hears that this was wrong. True when that changed anything.

    A monitor that goes on firing changes nothing about it; one that fires anew does.
    """
    changed = connection.execute(
        update(incident_element)
        .where(_these(connection, incident_id, [element_id]), incident_element.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    if changed.rowcount:
        _footprint_moved(connection, incident_id, now, "cause_withdrawn", [element_id], actor)
    return bool(changed.rowcount)


def reopen_cause(connection: Connection, incident_id: int, element_id: str, now: datetime) -> bool:
    """It fires again (or still): whatever was claimed to be over is not. True when that changed anything."""
    return bool(reopen_causes(connection, incident_id, [element_id], now))


def reopen_causes(
    connection: Connection, incident_id: int, elements: Sequence[str], now: datetime
) -> list[str]:
    """The same for many at once; those of `elements` that had been claimed to be over."""
    c = incident_element.c
    claimed = select(c.element_id).where(_these(connection, incident_id, elements), c.until_at.is_not(None))
    changed = list(connection.scalars(claimed.order_by(c.element_id)))
    if changed:
        connection.execute(
            update(incident_element)
            .where(_these(connection, incident_id, changed))
            .values(until_at=None, verified_at=None)
        )
        _fires_again(connection, incident_id, changed, now)
    return changed


def clear_cause(
    connection: Connection,
    incident_id: int,
    element_id: str,
    now: datetime,
    *,
    reason: str,
    actor: str = OURSELVES,
) -> bool:
    """Reported gone at `now`: verification starts, nobody is told yet. True when it had not been before.

    A person's word also settles what a source could not confirm.
    """
    return bool(clear_causes(connection, incident_id, [element_id], now, reason=reason, actor=actor))


def clear_causes(
    connection: Connection,
    incident_id: int,
    elements: Sequence[str],
    now: datetime,
    *,
    reason: str,
    actor: str = OURSELVES,
    confirmed_by: str | None = None,
) -> list[str]:
    """The same for many at once; those of `elements` that had not been reported gone before.

    `confirmed_by` names the source that has to confirm them before they count as gone.
    """
    if actor != OURSELVES:
        confirming.vouch(connection, incident_id, elements, now, actor)
    rows = cause_rows.KNOWN.run(connection, incident_id=incident_id, given=as_given_each(elements))
    cleared = sorted(row.element_id for row in rows if row.until_at is None)
    if not cleared:
        return []
    cause_rows.CLEARED.run(connection, incident_id=incident_id, given=as_given_each(cleared), now=now)
    confirming.forget(connection, incident_id, cleared)
    if confirmed_by is not None:
        confirming.expect(connection, incident_id, cleared, confirmed_by, now)
    incidents.note_each(
        connection,
        incident_id,
        now,
        "cause_gone",
        reason,
        [{"element": element} for element in cleared],
        actor=actor,
    )
    cause_rows.due.run(connection, incident_id=incident_id, now=now)
    if not cause_rows.left.run(connection, incident_id=incident_id).scalar():
        cause_rows.restored.run(connection, incident_id=incident_id)
        incidents.note(connection, incident_id, now, "verification", "every_cause_gone", actor=actor)
    return cleared


def _fires_again(connection: Connection, incident_id: int, elements: Sequence[str], now: datetime) -> None:
    confirming.forget(connection, incident_id, elements)
    _footprint_moved(connection, incident_id, now, "cause_fires_again", elements)


def _footprint_moved(
    connection: Connection,
    incident_id: int,
    now: datetime,
    reason: str,
    elements: Sequence[str],
    actor: str = OURSELVES,
) -> None:
    """The audience is out of date; the incident is due, and no longer on its way to being over."""
    for one in (cause_rows.due_and_free, cause_rows.to_be_matched, cause_rows.not_restored):
        one.run(connection, incident_id=incident_id, now=now)
    incidents.note_each(
        connection,
        incident_id,
        now,
        "footprint",
        reason,
        [{"element": element} for element in elements],
        actor=actor,
    )


def _these(connection: Connection, incident_id: int, elements: Sequence[str]) -> ColumnElement[bool]:
    c = incident_element.c
    return (c.incident_id == incident_id) & c.element_id.in_(listed(connection, elements))
