"""What must not be left when everything has ended: open work, promises, receipts, people without a row."""

from sqlalchemy import Connection, select

from tellfirst.domain.occasion import Occasion
from tellfirst.domain.promise import PromiseState
from tellfirst.store import tables as t


def left_over(connection: Connection) -> list[str]:
    """A sentence for each."""
    c, n, p, a = t.chunk.c, t.notice.c, t.promise.c, t.audience.c
    found = [
        f"chunk {key} is still open" for key in connection.scalars(select(c.id).where(c.done_at.is_(None)))
    ]
    found += [
        f"notice {key} was never concluded"
        for key in connection.scalars(select(n.id).where(n.spoken_at.is_(None)))
    ]
    still = select(p.id).where(p.state == PromiseState.OPEN)
    found += [f"promise {key} is still open" for key in connection.scalars(still)]
    r = t.receipt.c
    unapplied = select(r.event_id, r.delivery_id, r.received_at).where(r.applied_at.is_(None))
    found += [
        f"receipt {row.event_id} of delivery {row.delivery_id}, kept at {row.received_at}, was never applied"
        for row in connection.execute(unapplied)
    ]
    members = set(connection.scalars(select(a.customer_id).where(a.affected_revision.is_not(None))))
    d = t.delivery.c
    first = connection.execute(select(d.customer_id).where(d.occasion == Occasion.FIRST_WORD)).scalars().all()
    if missing := members - set(first):
        found.append(f"{len(missing)} members of the audience have no first word in the books")
    if len(first) != len(set(first)):
        found.append("somebody has two first words in the books")
    return found
