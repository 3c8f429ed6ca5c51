"""A customer says that theirs is still out: they are believed before any monitor."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from tellfirst.detect.causes import reopen_cause
from tellfirst.domain.audience import Over, Whom
from tellfirst.domain.incident import Stage
from tellfirst.domain.verification import TOO_MANY
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into
from tellfirst.surveys.withdrawing import withdraw


def may_say(connection: Connection, incident_id: int, address: str) -> bool:
    """Whether the last thing that was told or asked there is whether service is back: a score of 1 is no outage."""
    d, n, a = t.delivery.c, t.notice.c, t.audience.c
    last = (
        select(n.whom)
        .join(t.delivery, d.notice_id == n.id)
        .join(t.audience, and_(a.incident_id == d.incident_id, a.customer_id == d.customer_id))
        .where(d.incident_id == incident_id, a.address == address, d.handed_over_at.is_not(None))
        .order_by(n.sequence.desc())
        .limit(1)
    )
    return connection.scalar(last) in (Whom.SAMPLE, Whom.BACK)


def say(connection: Connection, incident_id: int, address: str, now: datetime) -> None:
    """All behind this contact point say together that theirs is still out; see `say_of`."""
    say_of(connection, incident_id, t.audience.c.address == address, now)


def say_of(connection: Connection, incident_id: int, whose: ColumnElement[bool], now: datetime) -> None:
    """Theirs is still out, whatever was said: they wait again and are told so, and nobody asks them how it went.

    `whose` is a condition on `audience`. Several contact points behind one cause are right about the cause: it counts
    as broken again, for everybody behind it. A survey that is under way is withdrawn: nothing is over.
    """
    a, i = t.audience.c, t.incident
    theirs = and_(a.incident_id == incident_id, whose)
    ids = list(connection.scalars(select(a.customer_id).where(theirs)))
    rows = [{"incident_id": incident_id, "customer_id": one, "said_at": now} for one in ids]
    again = {"said_at": now, "settled_at": None, "settled_by": None}
    connection.execute(
        insert_into(connection, t.still_out).on_conflict_do_update(
            index_elements=["incident_id", "customer_id"], set_=again
        ),
        rows,
    )
    waits = {"over_at": None, "over": None, "over_revision": None}
    connection.execute(update(t.audience).where(theirs, a.over == Over.BACK).values(**waits))
    over = i.c.stage.in_((Stage.RESTORED, Stage.VERIFIED, Stage.SURVEYED))
    back_to = {"stage": Stage.FOLLOWING_UP, "verified_at": None}
    connection.execute(update(i).where(i.c.id == incident_id, over).values(**back_to))
    withdraw(connection, incident_id, now)
    due = {"next_due_at": now, "version": i.c.version + 1}
    connection.execute(update(i).where(i.c.id == incident_id).values(**due))
    incidents.note(connection, incident_id, now, "verification", "still_out", customers=ids)
    _doubt_the_cause(connection, incident_id, now)


def settle(connection: Connection, incident_id: int, now: datetime, actor: str) -> int:
    """A person says that it is mended for those too who said that theirs is still out. How many there were."""
    o = t.still_out
    open_ = and_(o.c.incident_id == incident_id, o.c.settled_at.is_(None))
    settled = connection.execute(update(o).where(open_).values(settled_at=now, settled_by=actor)).rowcount
    if settled:
        incidents.note(
            connection, incident_id, now, "verification", "mended_for_them_too", actor=actor, count=settled
        )
    return settled


def _doubt_the_cause(connection: Connection, incident_id: int, now: datetime) -> None:
    """When so many behind one cause say so that it is the cause, and not something of their own."""
    a, e, o = t.audience.c, t.impact_element.c, t.still_out.c
    behind = (
        select(e.cause_element, func.count(a.address.distinct()).label("how_many"))
        .join(
            t.audience,
            and_(a.incident_id == e.incident_id, a.revision == e.revision, a.hit == e.number),
        )
        .join(t.still_out, and_(o.incident_id == a.incident_id, o.customer_id == a.customer_id))
        .where(a.incident_id == incident_id, o.settled_at.is_(None))
        .group_by(e.cause_element)
        .having(func.count(a.address.distinct()) >= TOO_MANY)
    )
    for row in connection.execute(behind).all():
        if reopen_cause(connection, incident_id, row.cause_element, now):
            incidents.note(
                *(connection, incident_id, now, "verification", "customers_say_otherwise"),
                element=row.cause_element,
                count=row.how_many,
            )
