"""After an import that changed something, whom running incidents hurt is looked at again."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from tellfirst.audience.importing.terms import ImportKind
from tellfirst.domain.incident import FOLLOWED
from tellfirst.store import incidents
from tellfirst.store import tables as t


def follow_changed_records(
    connection: Connection, kind: ImportKind, batch_id: int, now: datetime, actor: str
) -> int:
    """Make every running incident due now, to be matched anew, and say so in its log; how many there were."""
    i = t.incident.c
    running = i.stage.in_(FOLLOWED)
    found = list(connection.scalars(select(i.id).where(running).order_by(i.id)))
    connection.execute(
        update(t.incident)
        .where(running)
        .values(footprint_changed=True, version=i.version + 1, next_due_at=now)
    )
    for incident_id in found:
        incidents.note(
            connection,
            incident_id,
            now,
            "audience",
            "records_changed",
            actor=actor,
            kind=str(kind),
            batch_id=batch_id,
        )
    return len(found)
