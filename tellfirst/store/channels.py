"""On which channel a customer is told, decided inside the database: `domain.reaching.choose` for all rows at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    Case,
    ColumnElement,
    FromClause,
    String,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.sql.selectable import NamedFromClause

from tellfirst.domain.audience import BITS
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import OTHER_CHANNELS, Channel
from tellfirst.domain.reaching import CARRIED_BY
from tellfirst.store import tables as t

Conditions = dict[Channel, ColumnElement[bool]]
POINTS: dict[Channel, NamedFromClause] = {way: t.contact_point.alias(f"by_{way}") for way in OTHER_CHANNELS}
OPTED_OUT: dict[Channel, NamedFromClause] = {
    way: t.opt_out.alias(f"no_{way}") for way in Channel if way is not Channel.NONE
}
NOTHING_DOWN = literal(0)


def with_contact_points(customers: FromClause, order: Iterable[Channel]) -> FromClause:
    """`customers`, among them the table `customer`, with all that `channel` looks at for the channels of `order`."""
    joined, c = customers, t.customer.c
    for way in order:
        if (point := POINTS.get(way)) is not None:
            own = and_(point.c.customer_id == c.id, point.c.channel == way.value)
            joined = joined.outerjoin(point, own)
        out = OPTED_OUT[way]
        said_no = and_(out.c.channel == way.value, out.c.address == address_on(way))
        joined = joined.outerjoin(out, said_no)
    return joined


def address_on(way: Channel) -> ColumnElement[str]:
    """The contact point on one channel; a call may also go to the number that texts go to."""
    c = t.customer.c
    match way:
        case Channel.SMS:
            return c.phone
        case Channel.EMAIL:
            return c.email
        case Channel.VOICE:
            return func.coalesce(POINTS[way].c.address, c.phone)
        case _:
            return POINTS[way].c.address


def shared_on(way: Channel) -> ColumnElement[bool]:
    """Whether another customer has the same contact point."""
    c = t.customer.c
    match way:
        case Channel.SMS:
            return c.phone_shared
        case Channel.EMAIL:
            return c.email_shared
        case Channel.VOICE:
            return func.coalesce(POINTS[way].c.shared, c.phone_shared)
        case _:
            return func.coalesce(POINTS[way].c.shared, false())


def channel(order: Sequence[Channel], down: ColumnElement[int] = NOTHING_DOWN) -> Case[str]:
    """The customer's wish if it is possible, else the playbook's order; around what is `down` before both.

    Someone whose every contact point has opted out keeps the wished channel, so that the ledger can say so.
    """
    has: Conditions = {way: address_on(way).is_not(None) for way in order}
    free: Conditions = {way: and_(has[way], OPTED_OUT[way].c.address.is_(None)) for way in order}
    through: Conditions = {way: and_(free[way], gets_through(way, down)) for way in order}
    return case(
        *(rule for which in (through, free, has) for rule in _ranked(which)), else_=_word(Channel.NONE)
    )


def next_channel(
    order: Sequence[Channel],
    down: ColumnElement[int],
    tried: Conditions,
) -> Case[str | None]:
    """The same among what is permitted and was not `tried`; NULL when nothing is left."""
    free: Conditions = {
        way: and_(address_on(way).is_not(None), OPTED_OUT[way].c.address.is_(None), not_(tried[way]))
        for way in order
    }
    through: Conditions = {way: and_(free[way], gets_through(way, down)) for way in order}
    return case(*(rule for which in (through, free) for rule in _ranked(which)), else_=null())


def gets_through(way: Channel, down: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a message would arrive while the services in `down` (a number of `domain.audience.BITS`) are down."""
    c = t.customer.c
    match way:
        case Channel.EMAIL:
            return or_(_works(ServiceKind.BROADBAND, down), and_(_works(ServiceKind.MOBILE, down), _mobile()))
        case Channel.SMS:
            return and_(_works(ServiceKind.MOBILE, down), not_(c.phone_landline))
        case Channel.VOICE:
            by_line = and_(c.phone_landline, _works(ServiceKind.VOICE, down))
            return or_(by_line, and_(not_(c.phone_landline), _works(ServiceKind.MOBILE, down)))
        case _:
            kind = CARRIED_BY.get(way)
            return _works(kind, down) if kind else true()


def down_of(a: FromClause) -> ColumnElement[int]:
    """What to take as down for rows `a` of the audience, which keep the worst impact of all their services."""
    return case((a.c.impact == Impact.DOWN.value, a.c.services), else_=0)


def address(order: Iterable[Channel], chosen: ColumnElement[str]) -> Case[str | None]:
    """The contact point of the chosen channel."""
    return case(*((chosen == way.value, address_on(way)) for way in order), else_=null())


def shared(order: Iterable[Channel], chosen: ColumnElement[str]) -> Case[bool]:
    """Whether another customer has the same contact point as that of the chosen channel."""
    return case(*((chosen == way.value, shared_on(way)) for way in order), else_=false())


def _ranked(which: Conditions) -> list[tuple[ColumnElement[bool], Any]]:
    wish = t.customer.c.wish
    wished = [(and_(wish == way.value, holds), _word(way)) for way, holds in which.items()]
    return [*wished, *((holds, _word(way)) for way, holds in which.items())]


def _works(kind: ServiceKind, down: ColumnElement[int]) -> ColumnElement[bool]:
    return down.bitwise_and(BITS[kind]) == 0


def _mobile() -> ColumnElement[bool]:
    s = t.service.c
    return (
        select(s.id)
        .where(s.customer_id == t.customer.c.id, s.kind == ServiceKind.MOBILE.value, s.status == "active")
        .correlate(t.customer)
        .exists()
    )


def _word(way: Channel) -> ColumnElement[str]:
    return literal(way.value, String)
