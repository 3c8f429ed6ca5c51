"""A person takes an incident: it is theirs from then on, and the books know since when."""

from datetime import datetime

from sqlalchemy import Connection

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import Stage
from tellfirst.store import incidents
from tellfirst.store.inserting import insert_into
from tellfirst.store.tables import acknowledgement


def acknowledge(connection: Connection, reference: str, now: datetime, by: str) -> bool:
    """False, and nothing written, when somebody has it already. Raises RuleBroken for one that is closed."""
    it = incidents.by_reference(connection, reference)
    if it.stage is Stage.CLOSED:
        raise RuleBroken(f"{reference} is closed; there is nothing left to take")
    written = insert_into(connection, acknowledgement).values(incident_id=it.id, at=now, by=by)
    mine = written.on_conflict_do_nothing().returning(acknowledgement.c.incident_id)
    taken = connection.scalar(mine) is not None
    if taken:
        incidents.note(connection, it.id, now, "acknowledged", "person", actor=by)
    return taken
