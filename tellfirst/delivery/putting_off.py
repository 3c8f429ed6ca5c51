"""Put off: what was to leave by day and is still here at night waits for the morning like the rest."""

from datetime import datetime

from sqlalchemy import Connection, Select, and_, bindparam, null, select, update

from tellfirst.delivery.chunking import cut
from tellfirst.delivery.nights import PLAYBOOK, hours_of, nights_for, playbook_in, playbook_of
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.quiet_hours import quiet_until
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, number


def put_off(connection: Connection, chunk_id: int, now: datetime, wall: datetime) -> int:
    """Move what the chunk has for customers whom it is night for into chunks of its own. How many messages.

    Looked at before each chunk is sent: a carrier was away, or so many were to be told that it became evening.
    """
    d, a = t.delivery, t.audience
    row = _NOTICE_OF.run(connection, chunk_id=chunk_id).one()
    book = playbook_in(row)
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


def wake(connection: Connection, incident_id: int, now: datetime, wall: datetime) -> datetime | None:
    """Let go of the chunks for which it is no longer night by the clock that customers live by.

    Returns when the next night ends, by that clock; None: nobody has to be let sleep.

    Their time was counted by the machine's clock; where that one is set, or a scenario steps the other, the two
    come apart. Whoever shares a chunk shares the end of the night, so one of them tells for all.
    """
    rows = SLEEPING.run(connection, incident_id=incident_id, wall=wall).all()
    waiting = [row for row in rows if row.zone is not None]
    if not waiting:
        return None
    book = playbook_of(connection, incident_id)
    ends = {row.id: _night_ends(book, Occasion(row.occasion), row.zone, now) for row in waiting}
    over = [chunk_id for chunk_id, end in ends.items() if end is None]
    connection.execute(update(t.chunk).where(t.chunk.c.id.in_(over)).values(due_at=wall))
    return min(filter(None, ends.values()), default=None)


def _night_ends(book: Playbook | None, occasion: Occasion, zone: str, now: datetime) -> datetime | None:
    hours = hours_of(book, occasion)
    return quiet_until(hours, zone, now) if hours else None


def _notice_of(_dialect: str) -> Select[tuple[object, ...]]:
    c, n = t.chunk.c, t.notice.c
    its = t.chunk.join(t.notice, c.notice_id == n.id).join(t.incident, t.incident.c.id == n.incident_id)
    chosen = c.id == number("chunk_id")
    return select(n.id, n.incident_id, n.occasion, *PLAYBOOK).select_from(its).where(chosen)


def _sleeping(_dialect: str) -> Select[tuple[int, str, str]]:
    c, n, d, a = t.chunk.c, t.notice.c, t.delivery, t.audience
    zone = (
        select(a.c.zone)
        .join(d, and_(a.c.incident_id == d.c.incident_id, a.c.customer_id == d.c.customer_id))
        .where(
            d.c.chunk_id == c.id,
            d.c.state == DeliveryState.PENDING,
            d.c.reason == DeliveryReason.QUIET_HOURS,
        )
        .limit(1)
        .correlate(t.chunk)
        .scalar_subquery()
    )
    later = c.due_at > bindparam("wall", type_=c.due_at.type)
    return (
        select(c.id, n.occasion, zone.label("zone"))
        .join(t.notice, n.id == c.notice_id)
        .where(n.incident_id == number("incident_id"), c.done_at.is_(None), c.fence == 0, later)
    )


_NOTICE_OF, SLEEPING = Prepared(_notice_of), Prepared(_sleeping)
"""SLEEPING: chunks that wait, some of them for the end of a night; while there is none, nobody is to `wake`."""
