"""Who a contact may be from: the customers behind a number or an address, or the one that somebody has made sure of."""

from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import ColumnElement, select

from tellfirst.contacts.inbound import Inbound
from tellfirst.domain.contact import Door
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t
from tellfirst.store.prepared import text


class By(StrEnum):
    """What tells us who it is: a number by the kind of door it came through."""

    REFERENCE = "reference"
    MAIL = "mail"
    TELEPHONE = "telephone"
    FAX = "fax"
    NUMBER = "number"


_NUMBERS = {
    By.TELEPHONE: (Channel.WHATSAPP, Channel.VOICE),
    By.FAX: (Channel.FAX, Channel.VOICE),
    By.NUMBER: (Channel.WHATSAPP, Channel.VOICE, Channel.FAX),
}
"""The contact points beside the customer's own number that the number of a door may be."""
_DOORS = {
    Door.SMS: By.TELEPHONE,
    Door.WHATSAPP: By.TELEPHONE,
    Door.VOICE: By.TELEPHONE,
    Door.FAX: By.FAX,
    Door.EMAIL: By.MAIL,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """`name` is what `by` says it is: a reference, a mail address, or a number in E.164."""

    by: By
    name: str = field(repr=False)

    @property
    def parameters(self) -> dict[str, str]:
        """What the conditions of `behind` are asked with."""
        return {"caller": self.name, "caller_in_small_letters": self.name.lower()}


def caller(it: Inbound) -> Caller:
    """Whoever is behind a contact."""
    if it.customer is not None:
        return Caller(By.REFERENCE, it.customer)
    by = By.MAIL if "@" in it.address else _DOORS.get(it.door, By.NUMBER)
    return Caller(by, it.address)


def behind(by: By) -> ColumnElement[bool]:
    """The condition on `customer`, with the parameters of a `Caller`. Each part of it is one look into an index."""
    c, p = t.customer.c, t.contact_point.c
    name = text("caller")
    if by is By.REFERENCE:
        return c.reference == name
    if by is By.MAIL:
        return c.email.in_((name, text("caller_in_small_letters")))
    own = select(c.id).where(c.phone == name)
    other = select(p.customer_id).where(p.channel.in_(_NUMBERS[by]), p.address == name)
    return c.id.in_(own.union_all(other))
