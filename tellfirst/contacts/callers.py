"""Who a contact may be from: the customers behind a number or an address, or the one that somebody has made sure of."""

from sqlalchemy import ColumnElement, select

from tellfirst.contacts.inbound import Inbound
from tellfirst.domain.contact import Door
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t

_NUMBERS = {
    Door.SMS: (Channel.WHATSAPP, Channel.VOICE),
    Door.WHATSAPP: (Channel.WHATSAPP, Channel.VOICE),
    Door.VOICE: (Channel.VOICE, Channel.WHATSAPP),
    Door.FAX: (Channel.FAX, Channel.VOICE),
}
"""The contact points beside the customer's own number that the number of a door may be."""


def behind(it: Inbound) -> ColumnElement[bool]:
    """The condition on `customer`. Each part of it is one look into an index."""
    c, p = t.customer.c, t.contact_point.c
    if it.customer is not None:
        return c.reference == it.customer
    if it.door is Door.EMAIL or "@" in it.address:
        return c.email.in_({it.address, it.address.lower()})
    own = select(c.id).where(c.phone == it.address)
    channels = _NUMBERS.get(it.door, (Channel.WHATSAPP, Channel.VOICE, Channel.FAX))
    other = select(p.customer_id).where(p.channel.in_(channels), p.address == it.address)
    return c.id.in_(own.union_all(other))


def of_number(number: str) -> ColumnElement[bool]:
    """The same for a number alone, however it reached us."""
    return behind(Inbound("", number, ""))
