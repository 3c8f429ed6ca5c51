"""The elements that failed in an incident: since when, and whether a monitor still says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Insert, Select, Update, func, insert, select, update

from tellfirst.detect import confirming
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import FOLLOWED, Stage
from tellfirst.store import incidents
from tellfirst.store.listed import listed
from tellfirst.store.prepared import (
    Prepared,
    as_given_each,
    asked,
    moment,
    number,
    one_of_given,
    parameters,
    prepared,
)
from tellfirst.store.tables import incident, incident_element

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
    rows = _KNOWN.run(connection, incident_id=incident_id, given=wanted)
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
        _added.run_each(connection, added)
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
    rows = _KNOWN.run(connection, incident_id=incident_id, given=as_given_each(elements))
    cleared = sorted(row.element_id for row in rows if row.until_at is None)
    if not cleared:
        return []
    _CLEARED.run(connection, incident_id=incident_id, given=as_given_each(cleared), now=now)
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
    _due.run(connection, incident_id=incident_id, now=now)
    if not _left.run(connection, incident_id=incident_id).scalar():
        _restored.run(connection, incident_id=incident_id)
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
    for one in (_due_and_free, _to_be_matched, _not_restored):
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


def _known(dialect: str) -> Select[tuple[str, datetime | None, datetime | None]]:
    c = incident_element.c
    those = (asked(c.incident_id), one_of_given(dialect, c.element_id))
    return select(c.element_id, c.until_at, c.withdrawn_at).where(*those)


def _cleared(dialect: str) -> Update:
    c = incident_element.c
    those = (asked(c.incident_id), one_of_given(dialect, c.element_id))
    return update(incident_element).where(*those).values(until_at=moment("now"))


_KNOWN, _CLEARED = Prepared(_known), Prepared(_cleared)


@prepared
def _added() -> Insert:
    given = parameters(incident_element, "incident_id", "element_id", "impact", "since_at")
    return insert(incident_element).values(given)


@prepared
def _left() -> Select[tuple[int]]:
    c = incident_element.c
    return select(func.count()).where(asked(c.incident_id), c.until_at.is_(None), c.withdrawn_at.is_(None))


def _this() -> Update:
    return update(incident).where(incident.c.id == number("incident_id"))


@prepared
def _due() -> Update:
    return _this().values(version=incident.c.version + 1, next_due_at=moment("now"))


@prepared
def _due_and_free() -> Update:
    return _this().values(version=incident.c.version + 1, next_due_at=moment("now"), held=None)


@prepared
def _restored() -> Update:
    told = incident.c.stage.in_((Stage.TOLD, Stage.FOLLOWING_UP))
    return _this().where(told).values(stage=Stage.RESTORED)


@prepared
def _to_be_matched() -> Update:
    return _this().where(incident.c.stage.in_(FOLLOWED)).values(footprint_changed=True)


@prepared
def _not_restored() -> Update:
    return _this().where(incident.c.stage == Stage.RESTORED).values(stage=Stage.FOLLOWING_UP)
