"""Anomalies: what should not happen is counted when it does, one row per delivery, kind and carrier's reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from tellfirst.domain.delivery import Anomaly
from tellfirst.store.inserting import insert_into
from tellfirst.store.tables import anomaly


@dataclass(frozen=True, slots=True)
class Oddity:
    """One anomaly of one delivery, as it was met."""

    delivery_id: int
    incident_id: int
    kind: Anomaly
    carrier: str
    carrier_ref: str


def note(connection: Connection, oddities: Sequence[Oddity], now: datetime) -> None:
    """Write them down; one that is known already is not counted again."""
    if not oddities:
        return
    rows = [
        {
            "delivery_id": one.delivery_id,
            "incident_id": one.incident_id,
            "kind": one.kind,
            "carrier": one.carrier,
            "carrier_ref": one.carrier_ref,
            "at": now,
        }
        for one in oddities
    ]
    connection.execute(insert_into(connection, anomaly).on_conflict_do_nothing(), rows)


def counts(connection: Connection, incident_id: int | None = None) -> dict[Anomaly, int]:
    """How often each happened, all of them named; of one incident or of all."""
    a = anomaly.c
    found = select(a.kind, func.count()).group_by(a.kind)
    if incident_id is not None:
        found = found.where(a.incident_id == incident_id)
    seen = {row[0]: int(row[1]) for row in connection.execute(found)}
    return {kind: seen.get(kind, 0) for kind in Anomaly}
