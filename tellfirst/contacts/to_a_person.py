"""A contact that no machine should answer waits for a person, with the reason."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, update

from tellfirst.domain.contact import ContactState
from tellfirst.store import tables as t

QUEUE = "service_desk"
"""Where a contact waits that no rule has given to others."""
WITHIN = timedelta(minutes=30)
"""By when a person has answered, unless something earlier was set."""


def to_a_person(connection: Connection, contact_id: int, reason: str, now: datetime) -> None:
    """It waits, where it waits already with the queue and the time that it has. A closed one stays closed."""
    c = t.contact
    waits = {
        "state": ContactState.WAITING,
        "state_reason": reason,
        "queue": func.coalesce(c.c.queue, QUEUE),
        "answer_due_at": func.coalesce(c.c.answer_due_at, now + WITHIN),
    }
    open_ = c.c.state.not_in((ContactState.CLOSED, ContactState.TAKEN))
    connection.execute(update(c).where(c.c.id == contact_id, open_).values(**waits))
