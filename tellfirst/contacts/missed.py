"""A customer whom an incident hits and nobody had counted: the incident looks again, and it is a gap."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from tellfirst.contacts.hitting import Hitting
from tellfirst.domain.audience import Role
from tellfirst.domain.incident import FOLLOWED
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into


def is_counted(connection: Connection, incident_id: int, customer_id: int) -> bool:
    """Whether they have a place in the books of the incident, told or not."""
    a = t.audience.c
    its = select(a.customer_id).where(a.incident_id == incident_id, a.customer_id == customer_id)
    return connection.scalar(its) is not None


def count_in(
    connection: Connection, hit: Hitting, customer_id: int, now: datetime, *, seen_there: bool
) -> None:
    """Make the incident look again at whom it hurts: by the same rules as always they join it and hear the first word.

    `seen_there`: nothing of theirs hangs there, but they say that they are: as good as being seen in a cell.
    """
    if seen_there:
        row = {
            "customer_id": customer_id,
            "element_id": hit.element,
            "role": Role.RECENT,
            "seen_at": now,
        }
        put = insert_into(connection, t.presence).values(row)
        keys = ["customer_id", "element_id", "role"]
        connection.execute(put.on_conflict_do_update(index_elements=keys, set_={"seen_at": now}))
    i = t.incident
    looks_again = {"footprint_changed": True, "next_due_at": now, "version": i.c.version + 1}
    followed = (i.c.id == hit.incident_id, i.c.stage.in_(FOLLOWED))
    connection.execute(update(i).where(*followed).values(**looks_again))
    reason = "said_to_be_there" if seen_there else "was_not_counted"
    incidents.note(connection, hit.incident_id, now, "audience", reason, customer=customer_id)
