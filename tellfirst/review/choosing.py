"""Why a customer is told on this channel and not on another; and how many are told around what is down."""

from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from tellfirst.domain.audience import kinds
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Channel
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.reaching import Reachable, choose
from tellfirst.review.standings import affected_now
from tellfirst.store import channels
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident


def chosen_channel(connection: Connection, it: Incident, row: Row[Any] | None) -> str:
    """One sentence about the channel of a member of the audience (its row), by today's records; no contact point
    is in it. Empty for whoever is not in the audience."""
    if row is None or it.playbook is None:
        return ""
    order = it.playbook.channels
    down = kinds(row.services) if row.impact == Impact.DOWN and it.playbook.around_outage else ()
    them = _reachable(connection, row.customer_id, order, frozenset(down))
    choice = choose(order, them)
    if choice.channel != row.channel:
        return (
            f"told by {row.channel}, chosen at revision {row.revision}; by today's records {choice.sentence}"
        )
    return f"told by {choice.sentence}"


def around_outage_count(connection: Connection, it: Incident, book: Playbook) -> int:
    """Customers affected now who would be told on another channel if it were not down."""
    if not book.around_outage:
        return 0
    a, c = t.audience, t.customer
    usual = channels.channel(book.channels)
    rows = channels.with_contact_points(a.join(c, c.c.id == a.c.customer_id), book.channels)
    moved = and_(
        a.c.incident_id == it.id, affected_now(), a.c.impact == Impact.DOWN.value, a.c.channel != usual
    )
    return connection.execute(select(func.count()).select_from(rows).where(moved)).scalar_one()


def _reachable(
    connection: Connection, customer_id: int, order: tuple[Channel, ...], down: frozenset[ServiceKind]
) -> Reachable:
    c, s = t.customer.c, t.service.c
    columns = [
        column
        for way in order
        for column in (
            channels.address_on(way).is_not(None).label(f"has_{way}"),
            channels.OPTED_OUT[way].c.address.is_not(None).label(f"no_{way}"),
        )
    ]
    found = (
        select(*columns, c.wish, c.phone_landline)
        .select_from(channels.with_contact_points(t.customer, order))
        .where(c.id == customer_id)
    )
    person = connection.execute(found).one()._mapping
    mobile = select(s.id).where(
        s.customer_id == customer_id, s.kind == ServiceKind.MOBILE.value, s.status == "active"
    )
    works = ServiceKind.MOBILE not in down and connection.scalar(mobile.limit(1)) is not None
    wish = person["wish"]
    return Reachable(
        has=frozenset(way for way in order if person[f"has_{way}"]),
        opted_out=frozenset(way for way in order if person[f"no_{way}"]),
        wish=Channel(wish) if wish else None,
        landline=bool(person["phone_landline"]),
        down=down,
        mobile_works=works,
    )
