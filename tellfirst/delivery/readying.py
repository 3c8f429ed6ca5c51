"""Ready: what is done to an incident's messages before any of them leaves, in one transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from tellfirst.delivery import landlines, leasing, ramping, reaching, standing


def ready(
    connection: Connection,
    incident_id: int,
    now: datetime,
    wall: datetime,
    no_texts: Collection[str] = (),
) -> list[tuple[int, int]]:
    """(chunk, notice) of everything that may leave now.

    What dead workers left is put in doubt, who was not reached gets the next channel, and notices that fail too
    much are halted. `no_texts` are the carrier's codes for numbers that take no texts.
    """
    leasing.reap(connection, wall)
    landlines.mark(connection, incident_id, no_texts)
    ramping.watch(connection, incident_id, now)
    reaching.reach(connection, incident_id, now, wall)
    return standing.open_chunks(connection, incident_id, wall)
