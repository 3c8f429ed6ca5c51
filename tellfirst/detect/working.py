"""What engineers say of announced work: it has begun, it is done, it takes longer, it does not take place."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from tellfirst.detect.announcing import follow
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import RUNNING, Kind
from tellfirst.domain.work import WorkStatus
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident


def start(connection: Connection, reference: str, now: datetime, actor: str) -> None:
    """The crew has begun. Customers hear of it at the moment they were told of, so it cannot be earlier.

    Raises RuleBroken before that moment, and when the incident is no announced work.
    """
    it = _announced(connection, reference)
    if now < it.started_at:
        raise RuleBroken(
            f"customers were told that {reference} begins at {it.started_at.isoformat()}; state the work with an "
            "earlier window, or begin then; nothing was changed"
        )
    _state(connection, it, now, actor, status=WorkStatus.IN_PROCESS)


def complete(connection: Connection, reference: str, now: datetime, actor: str) -> None:
    """The work is done: verification starts, and customers are told when it is certain. Also after its announced end.

    Raises RuleBroken for work that has not begun, and when the incident never was announced work.
    """
    it = _of_work(connection, reference)
    if it.kind is Kind.PLANNED_WORK and now < it.started_at:
        raise RuleBroken(f"{reference} has not begun; say `tellfirst work cancel {reference}` if it will not")
    _state(connection, it, now, actor, status=WorkStatus.COMPLETED)


def extend(connection: Connection, reference: str, until: datetime, now: datetime, actor: str) -> None:
    """It ends at `until` instead; whoever waits hears the old end and the new one, before the old one lapses.

    Raises RuleBroken for a time that has passed or lies before the beginning, and for work that is over or an outage.
    """
    it = _announced(connection, reference)
    if until <= max(now, it.started_at):
        raise RuleBroken(f"the new end {until.isoformat()} must lie ahead, and after the beginning")
    _state(connection, it, now, actor, ends_at=until)


def cancel(connection: Connection, reference: str, now: datetime, actor: str) -> None:
    """It does not take place: exactly those who were told of it hear so. Raises RuleBroken once it has begun."""
    it = _announced(connection, reference)
    if now >= it.started_at:
        raise RuleBroken(
            f"{reference} has begun; say `tellfirst work complete {reference}` when service is back"
        )
    _state(connection, it, now, actor, status=WorkStatus.CANCELLED)


def _of_work(connection: Connection, reference: str) -> Incident:
    it = incidents.by_reference(connection, reference)
    if it.ends_at is None:
        raise RuleBroken(f"{reference} is no announced work; `tellfirst incident` speaks about outages")
    if it.stage not in RUNNING:
        raise RuleBroken(f"{reference} is {it.stage}; nothing of it is open any more")
    return it


def _announced(connection: Connection, reference: str) -> Incident:
    it = _of_work(connection, reference)
    if it.kind is not Kind.PLANNED_WORK:
        raise RuleBroken(
            f"{reference} has outlasted its announced end and is an outage now; say `tellfirst incident update "
            f"{reference}`, and `tellfirst work complete {reference}` when it is done"
        )
    return it


def _state(connection: Connection, it: Incident, now: datetime, actor: str, **said: Any) -> None:
    """Engineers' words stand in the work itself, as a provider's would, and its incident follows at once."""
    w = t.work
    connection.execute(update(w).where(w.c.incident_id == it.id).values(updated_at=now, **said))
    stated = connection.execute(select(w).where(w.c.incident_id == it.id)).one()
    _keep(connection, stated, now, actor)
    follow(connection, it, stated, now, actor)


def _keep(connection: Connection, stated: Any, now: datetime, actor: str) -> None:
    s = t.work_statement
    count = len(connection.scalars(select(s.c.id).where(s.c.work_id == stated.id)).all())
    connection.execute(
        s.insert().values(
            work_id=stated.id,
            digest=f"engineer:{stated.id}:{count + 1}",
            source="cli",
            sequence=stated.sequence,
            status=stated.status,
            starts_at=stated.starts_at,
            ends_at=stated.ends_at,
            at=now,
            actor=actor,
        )
    )
