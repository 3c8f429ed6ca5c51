"""Landlines: numbers of which a carrier has said that they take no texts."""

from collections.abc import Collection

from sqlalchemy import Connection, not_, select, true, update

from tellfirst.domain.delivery import DeliveryState
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t

S = DeliveryState


def mark(connection: Connection, incident_id: int, codes: Collection[str]) -> int:
    """Remember the numbers of which a carrier said (`codes`) that they take no texts. How many were not known."""
    if not codes:
        return 0
    c, d = t.customer.c, t.delivery.c
    told = select(d.customer_id).where(
        d.incident_id == incident_id,
        d.channel == Channel.SMS.value,
        d.state.in_((S.FAILED, S.UNDELIVERED)),
        d.carrier_code.in_(codes),
    )
    marked = update(t.customer).where(c.id.in_(told), not_(c.phone_landline)).values(phone_landline=true())
    return connection.execute(marked).rowcount
