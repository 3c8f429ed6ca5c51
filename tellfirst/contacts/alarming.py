"""The control room hears of texts that look like an attack and were withheld: once an hour for each reason."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, select, update

from tellfirst.carriers.staff import Pager
from tellfirst.contacts import provoked
from tellfirst.domain.provoked import Trip
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

AT_ONCE = 5
SENTENCES = {
    Trip.NUMBER: "one number",
    Trip.PREFIX: "numbers that begin with {subject}",
    Trip.COUNTRY: "numbers of the country {subject}",
    Trip.TOTAL: "all numbers that are no customer's",
    Trip.NOT_SERVED: "numbers of the country {subject}, where we serve nobody",
}


def tell(engine: Engine, pager: Pager, addresses: Sequence[str], now: datetime) -> int:
    """How many were told. No transaction is open while somebody's channel is waited for; what was not taken stays."""
    a = t.provoked_alarm
    with reading(engine) as connection:
        waiting = connection.execute(
            select(a.c.id, a.c.reason, a.c.subject, a.c.withheld_count, a.c.hour_at)
            .where(a.c.told_at.is_(None))
            .order_by(a.c.id)
            .limit(AT_ONCE)
        ).all()
    taken = []
    for one in waiting:
        whom = SENTENCES[Trip(one.reason)].format(subject=one.subject)
        body = (
            f"In the hour from {one.hour_at:%H:%M} UTC too many texts were asked for by {whom} ({one.reason}); "
            f"{one.withheld_count} or more were not sent. Customers we know are answered as before."
        )
        if addresses and pager.tell(addresses, "Texts are withheld", body):
            taken.append(one.id)
    with writing(engine) as connection:
        connection.execute(update(a).where(a.c.id.in_(taken)).values(told_at=now))
        provoked.forget_old(connection, now)
    return len(taken)
