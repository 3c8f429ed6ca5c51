"""A sample of those who wait: asked whether theirs is still out before everybody hears that service is back.

Monitors lie: a target that was removed looks mended. Whoever sits behind it knows.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, func, insert, literal, select, update

from tellfirst.domain.audience import Whom
from tellfirst.domain.occasion import Channel
from tellfirst.domain.verification import Asked
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.store.parts import part, says_still_out
from tellfirst.store.prepared import asked, prepared

CAN_REPLY = (Channel.SMS, Channel.WHATSAPP)
SPREAD = 2_654_435_761
"""Knuth's multiplier: picks customers far apart, and the same ones whenever it is asked again."""


def choose(connection: Connection, it: Incident, size: int, now: datetime) -> int:
    """Put up to `size` customers into a new sample, evenly over what hit them. How many there are.

    Only whoever can reply, was told, and would hear now that service is back.
    """
    a, s = t.audience.c, t.sample.c
    number = 1 + int(
        connection.scalar(select(func.coalesce(func.max(s.round), 0)).where(s.incident_id == it.id)) or 0
    )
    mixed = (a.customer_id * SPREAD) % (1 << 32)
    turn = func.row_number().over(partition_by=a.hit, order_by=(mixed, a.customer_id)).label("turn")
    waiting = (
        select(a.customer_id, turn)
        .where(part(Whom.WAITING, it.id), a.channel.in_(CAN_REPLY), ~says_still_out(), _reported_gone(it.id))
        .subquery("waiting")
    )
    chosen = (
        select(waiting.c.customer_id).order_by(waiting.c.turn, waiting.c.customer_id).limit(size).subquery()
    )
    connection.execute(insert(t.sample).values(incident_id=it.id, round=number, at=now, size=0))
    members = select(literal(it.id), literal(number, Integer), chosen.c.customer_id)
    connection.execute(insert(t.sample_member).from_select(["incident_id", "round", "customer_id"], members))
    m = t.sample_member.c
    count = connection.execute(
        select(func.count()).where(m.incident_id == it.id, m.round == number)
    ).scalar_one()
    this = and_(s.incident_id == it.id, s.round == number)
    connection.execute(update(t.sample).where(this).values(size=count))
    incidents.note(connection, it.id, now, "verification", "customers_are_asked", sample=number, count=count)
    return int(count)


def last_asked(connection: Connection, incident_id: int) -> Asked | None:
    """When a sample was asked last, and how many were in it."""
    row = last_sample.run(connection, incident_id=incident_id).one_or_none()
    return Asked(row.at, row.size) if row else None


@prepared
def last_sample() -> Select[tuple[datetime, int]]:
    """See `last_asked`."""
    s = t.sample.c
    return select(s.at, s.size).where(asked(s.incident_id)).order_by(s.round.desc()).limit(1)


@prepared
def still_out_count() -> Select[tuple[int]]:
    """Customers who say that theirs is still out."""
    o = t.still_out.c
    return select(func.count()).where(asked(o.incident_id), o.settled_at.is_(None))


def _reported_gone(incident_id: int) -> ColumnElement[bool]:
    """What hit them is reported gone: nobody is asked whose cause still fires."""
    a, e, c = t.audience.c, t.impact_element.c, t.incident_element.c
    found = (
        select(c.element_id)
        .join(t.impact_element, and_(e.incident_id == c.incident_id, e.cause_element == c.element_id))
        .where(
            c.incident_id == incident_id,
            c.until_at.is_not(None),
            c.withdrawn_at.is_(None),
            e.revision == a.revision,
            e.number == a.hit,
        )
    )
    return found.correlate(t.audience).exists()
