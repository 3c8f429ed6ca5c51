"""The senders of a channel as they stand: open or closed, their share, their rate, and when their line is free."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from tellfirst.delivery.roster import Candidate, places
from tellfirst.domain.hand_over import Sender
from tellfirst.store.tables import sender


def senders(
    connection: Connection, candidates: Sequence[Candidate], rates: Mapping[str, float | None], wall: datetime
) -> list[Sender]:
    """Each candidate; a closed one carries nothing. `rates` are segments a second, None where none is set."""
    names = [one.name for one in candidates]
    free = dict(
        connection.execute(select(sender.c.name, sender.c.free_at).where(sender.c.name.in_(names)))
        .tuples()
        .all()
    )
    standing = {one.name: one for one in places(connection, candidates)}
    return [
        Sender(
            one.channel,
            standing[one.name].share if standing[one.name].is_open else 0,
            rates.get(one.name),
            max(free[one.name] - wall, timedelta(0)) if one.name in free else timedelta(0),
        )
        for one in candidates
    ]
