"""The elements that failed in an incident: since when, and whether a monitor still says so."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import FOLLOWED, Stage
from tellfirst.store import incidents
from tellfirst.store.tables import incident, incident_element


def open_cause(
    connection: Connection,
    incident_id: int,
    element_id: str,
    impact: Impact,
    since_at: datetime,
    now: datetime,
) -> None:
    """`element_id` is one of the causes; a flapping one goes on being the same cause."""
    known = connection.scalar(select(incident_element.c.element_id).where(_this(incident_id, element_id)))
    if known is None:
        connection.execute(
            insert(incident_element).values(
                incident_id=incident_id, element_id=element_id, impact=impact, since_at=since_at
            )
        )
        _footprint_moved(connection, incident_id, now, "cause_added", element_id)
    else:
        _restate_cause(connection, incident_id, element_id, now)
        reopen_cause(connection, incident_id, element_id, now)


def withdraw_cause(
    connection: Connection, incident_id: int, element_id: str, now: datetime, actor: str
) -> bool:
    """It never failed: whoever was told because of it hears that this was wrong. True when that changed anything.

    A monitor that goes on firing changes nothing about it; one that fires anew does.
    """
    changed = connection.execute(
        update(incident_element)
        .where(_this(incident_id, element_id), incident_element.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    if changed.rowcount:
        _footprint_moved(connection, incident_id, now, "cause_withdrawn", element_id, actor)
    return bool(changed.rowcount)


def _restate_cause(connection: Connection, incident_id: int, element_id: str, now: datetime) -> None:
    changed = connection.execute(
        update(incident_element)
        .where(_this(incident_id, element_id), incident_element.c.withdrawn_at.is_not(None))
        .values(withdrawn_at=None, until_at=None, verified_at=None)
    )
    if changed.rowcount:
        _footprint_moved(connection, incident_id, now, "cause_fires_again", element_id)


def reopen_cause(connection: Connection, incident_id: int, element_id: str, now: datetime) -> bool:
    """It fires again (or still): whatever was claimed to be over is not. True when that changed anything."""
    changed = connection.execute(
        update(incident_element)
        .where(_this(incident_id, element_id), incident_element.c.until_at.is_not(None))
        .values(until_at=None, verified_at=None)
    )
    if changed.rowcount:
        _footprint_moved(connection, incident_id, now, "cause_fires_again", element_id)
    return bool(changed.rowcount)


def clear_cause(
    connection: Connection,
    incident_id: int,
    element_id: str,
    now: datetime,
    *,
    reason: str,
    actor: str = "tellfirst",
) -> bool:
    """Reported gone at `now`: verification starts, nobody is told yet. True when it had not been before."""
    changed = connection.execute(
        update(incident_element)
        .where(_this(incident_id, element_id), incident_element.c.until_at.is_(None))
        .values(until_at=now)
    )
    if not changed.rowcount:
        return False
    incidents.note(connection, incident_id, now, "cause_gone", reason, actor=actor, element=element_id)
    left = connection.scalar(
        select(func.count()).where(
            incident_element.c.incident_id == incident_id,
            incident_element.c.until_at.is_(None),
            incident_element.c.withdrawn_at.is_(None),
        )
    )
    told = incident.c.stage.in_((Stage.TOLD, Stage.FOLLOWING_UP))
    values = {"version": incident.c.version + 1, "next_due_at": now}
    connection.execute(update(incident).where(incident.c.id == incident_id).values(values))
    if not left:
        connection.execute(
            update(incident).where(incident.c.id == incident_id, told).values(stage=Stage.RESTORED)
        )
        incidents.note(connection, incident_id, now, "verification", "every_cause_gone", actor=actor)
    return True


def _footprint_moved(
    connection: Connection,
    incident_id: int,
    now: datetime,
    reason: str,
    element_id: str,
    actor: str = "tellfirst",
) -> None:
    """The audience is out of date; the incident is due, and no longer on its way to being over."""
    this = incident.c.id == incident_id
    connection.execute(
        update(incident).where(this).values(version=incident.c.version + 1, next_due_at=now, held=None)
    )
    connection.execute(
        update(incident).where(this, incident.c.stage.in_(FOLLOWED)).values(footprint_changed=True)
    )
    connection.execute(
        update(incident).where(this, incident.c.stage == Stage.RESTORED).values(stage=Stage.FOLLOWING_UP)
    )
    incidents.note(connection, incident_id, now, "footprint", reason, actor=actor, element=element_id)


def _this(incident_id: int, element_id: str) -> ColumnElement[bool]:
    return (incident_element.c.incident_id == incident_id) & (incident_element.c.element_id == element_id)
