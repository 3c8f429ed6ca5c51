"""On which channel a customer is told, decided inside the database while the audience is made."""

from collections.abc import Iterable

from sqlalchemy import Case, ColumnElement, FromClause, String, and_, case, false, literal, null

from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t

ADDRESSES = {Channel.SMS: t.customer.c.phone, Channel.EMAIL: t.customer.c.email}
SHARED = {Channel.SMS: t.customer.c.phone_shared, Channel.EMAIL: t.customer.c.email_shared}
OPTED_OUT = {channel: t.opt_out.alias(f"no_{channel}") for channel in ADDRESSES}


def with_opt_outs(customers: FromClause) -> FromClause:
    """`customers` with the opt-outs of each of their contact points, which `channel` looks at."""
    joined = customers
    for way, out in OPTED_OUT.items():
        said_no = and_(out.c.channel == way.value, out.c.address == ADDRESSES[way])
        joined = joined.outerjoin(out, said_no)
    return joined


def channel(order: Iterable[Channel]) -> Case[str]:
    """The customer's wish if its contact point exists and has not opted out, else the playbook's order.

    Someone whose every contact point has opted out keeps the wished channel, so that the ledger can say so.
    """
    wish = t.customer.c.wish
    has = {way: ADDRESSES[way].is_not(None) for way in order}
    free = {way: and_(has[way], OPTED_OUT[way].c.address.is_(None)) for way in has}
    rules = [
        *((and_(wish == way.value, free[way]), _word(way)) for way in has),
        *((free[way], _word(way)) for way in has),
        *((and_(wish == way.value, has[way]), _word(way)) for way in has),
        *((has[way], _word(way)) for way in has),
    ]
    return case(*rules, else_=_word(Channel.NONE))


def address(chosen: ColumnElement[str]) -> Case[str | None]:
    """The contact point of the chosen channel."""
    return case(*((chosen == way.value, point) for way, point in ADDRESSES.items()), else_=null())


def shared(chosen: ColumnElement[str]) -> Case[bool]:
    """Whether another customer has the same contact point; see `sharing`."""
    return case(*((chosen == way.value, flag) for way, flag in SHARED.items()), else_=false())


def _word(way: Channel) -> ColumnElement[str]:
    return literal(way.value, String)
