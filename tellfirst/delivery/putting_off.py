"""Put off: what was to leave by day and is still here at night waits for the morning like the rest."""

from datetime import datetime

from sqlalchemy import Connection, and_, null, select, update

from tellfirst.delivery.chunking import cut
from tellfirst.delivery.nights import nights_for, playbook_of
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t


def put_off(connection: Connection, chunk_id: int, now: datetime, wall: datetime) -> int:
    """Move what the chunk has for customers whom it is night for into chunks of its own. How many messages.

    Looked at before each chunk is sent: a carrier was away, or so many were to be told that it became evening.
    """
    c, n, d, a = t.chunk.c, t.notice.c, t.delivery, t.audience
    row = connection.execute(
        select(n.id, n.incident_id, n.occasion).join(t.chunk, c.notice_id == n.id).where(c.id == chunk_id)
    ).one()
    book = playbook_of(connection, row.incident_id)
    nights = nights_for(connection, row.incident_id, Occasion(row.occasion), book, now, wall)
    if not nights.nights:
        return 0
    sleeping = (
        select(d.c.id)
        .join(a, and_(a.c.incident_id == d.c.incident_id, a.c.customer_id == d.c.customer_id))
        .where(
            d.c.chunk_id == chunk_id,
            d.c.state == DeliveryState.PENDING,
            nights.bind(d.c.channel, a),
        )
    )
    moved = connection.execute(
        update(d).where(d.c.id.in_(sleeping)).values(chunk_id=null(), reason=DeliveryReason.QUIET_HOURS.value)
    ).rowcount
    if moved:
        cut(connection, row.id, wall, nights.nights)
    return moved
