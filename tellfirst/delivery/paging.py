"""Paging: a carrier that closed is told to people, in the log of each incident it touches and in the process's own."""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from tellfirst.delivery.roster import Candidate
from tellfirst.domain.occasion import Channel
from tellfirst.store import incidents
from tellfirst.store import tables as t

log = logging.getLogger(__name__)
TOPIC = "carrier"
CLOSED, OPENED, NONE_OPEN = "carrier_closed", "carrier_opened", "no_carrier_open"
"""The reasons an incident's log gives."""


def page(connection: Connection, closed: Candidate, code: str, now: datetime) -> None:
    """Once for each closing, in the transaction that closes."""
    for incident_id in touched(connection, closed.channel):
        details = {"carrier": closed.name, "channel": closed.channel.value, "code": code}
        incidents.note(connection, incident_id, now, TOPIC, CLOSED, **details)


def alarm(closed: Candidate, code: str) -> None:
    """After its commit: the line that a watcher of logs pages by. It names no customer and no secret."""
    log.error(
        "the carrier %s is closed: it answered %s, so it would refuse every %s; mend its settings, then "
        "`tellfirst carriers open %s`",
        *(closed.name, code, closed.channel.value, closed.name),
    )


def relieve(connection: Connection, channel: Channel, name: str, now: datetime, wall: datetime) -> list[str]:
    """A carrier is open again: what waited on its channel may leave at once. The incidents it belongs to."""
    touched_ids = touched(connection, channel)
    for incident_id in touched_ids:
        incidents.note(connection, incident_id, now, TOPIC, OPENED, carrier=name, channel=channel.value)
    c, i = t.chunk.c, t.incident
    waiting = (c.channel == channel, c.done_at.is_(None), c.lease_until.is_(None), c.due_at > wall)
    connection.execute(update(t.chunk).where(*waiting).values(due_at=wall))
    connection.execute(update(i).where(i.c.id.in_(touched_ids)).values(next_due_at=now))
    return list(connection.scalars(select(i.c.reference).where(i.c.id.in_(touched_ids)).order_by(i.c.id)))


def note_that_none_is_open(
    connection: Connection, chunk_id: int, names: Sequence[str], until: datetime, now: datetime
) -> None:
    """Once per incident and closing, however many of its chunks wait."""
    n, e = t.notice.c, t.incident_entry.c
    [incident_id] = connection.scalars(
        select(n.incident_id).join(t.chunk, t.chunk.c.notice_id == n.id).where(t.chunk.c.id == chunk_id)
    )
    # One after the other: chunks that find it at once must not each say so.
    connection.execute(select(t.incident.c.id).where(t.incident.c.id == incident_id).with_for_update())
    last = connection.scalar(
        select(e.reason).where(
            e.id
            == select(func.max(e.id)).where(e.incident_id == incident_id, e.topic == TOPIC).scalar_subquery()
        )
    )
    if last != NONE_OPEN:
        incidents.note(
            *(connection, incident_id, now, TOPIC, NONE_OPEN),
            carriers=list(names),
            next_try_at=until.isoformat(),
        )


def touched(connection: Connection, channel: Channel) -> list[int]:
    """Incidents that still have something to send on a channel."""
    c, n = t.chunk.c, t.notice.c
    return list(
        connection.scalars(
            select(n.incident_id)
            .join(t.chunk, c.notice_id == n.id)
            .where(c.channel == channel, c.done_at.is_(None))
            .distinct()
            .order_by(n.incident_id)
        )
    )
