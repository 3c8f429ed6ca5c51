"""Who drives an incident right now: a lease on its row, judged by the machine's clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from tellfirst.domain.incident import Kind
from tellfirst.store.tables import incident

HELD_FOR = timedelta(minutes=3)
"""Longer than any step between two renewals; after it a silent run counts as dead."""
FALLS_ASLEEP_WITHIN = timedelta(seconds=20)
"""How long a run may take from its last word to being suspended."""


@dataclass(frozen=True, slots=True)
class Driver:
    """The run that is to be woken for an incident."""

    reference: str
    kind: Kind
    name: str
    severity: str
    cause_key: str
    flow_run_id: str | None
    lease_expired: bool
    generation: int


def hold(connection: Connection, reference: str, flow_run_id: str | None, wall: datetime) -> int:
    """Take the incident for this wake-up; the number of the wake-up."""
    i = incident
    values = {"fence": i.c.fence + 1, "lease_until": wall + HELD_FOR}
    if flow_run_id:
        values["flow_run_id"] = flow_run_id
    connection.execute(update(i).where(i.c.reference == reference).values(**values))
    return int(connection.execute(select(i.c.fence).where(i.c.reference == reference)).scalar_one())


def renew(connection: Connection, reference: str, wall: datetime) -> None:
    """Still alive."""
    connection.execute(
        update(incident).where(incident.c.reference == reference).values(lease_until=wall + HELD_FOR)
    )


def let_sleep(connection: Connection, reference: str, wall: datetime) -> None:
    """The run is about to be suspended; one that never gets there is found dead soon."""
    connection.execute(
        update(incident)
        .where(incident.c.reference == reference)
        .values(lease_until=wall + FALLS_ASLEEP_WITHIN)
    )


def driver(connection: Connection, reference: str, wall: datetime) -> Driver:
    """What the conductor needs to wake an incident."""
    row = connection.execute(select(incident).where(incident.c.reference == reference)).one()
    return Driver(
        reference=row.reference,
        kind=Kind(row.kind),
        name=row.name,
        severity=row.severity,
        cause_key=row.cause_key,
        flow_run_id=row.flow_run_id,
        lease_expired=row.lease_until is not None and row.lease_until < wall,
        generation=row.fence + 1,
    )


def driven_by(connection: Connection, reference: str, flow_run_id: str) -> None:
    """Remember the run, so that it can be found again in Prefect."""
    connection.execute(
        update(incident).where(incident.c.reference == reference).values(flow_run_id=flow_run_id)
    )
