"""What one customer is due, over all their incidents, with when it became due."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, select

from tellfirst.review.compensating import compensation
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.timelines.packs import Policy


@dataclass(frozen=True, slots=True)
class Owed:
    """`since` is when they were back, or now while they wait; `claim`: it is given only to whoever asks for it."""

    since: datetime
    incident: str
    pack: str
    rule: str
    amount: Decimal
    currency: str
    claim: bool
    reckoning: str


def owed_to(connection: Connection, reference: str, policy: Policy, now: datetime) -> list[Owed]:
    """By each rule of each pack that binds an incident which hit this customer."""
    a, i, c = t.audience.c, t.incident.c, t.customer.c
    hit = connection.execute(
        select(i.reference, a.over_at)
        .join(t.incident, i.id == a.incident_id)
        .join(t.customer, c.id == a.customer_id)
        .where(c.reference == reference, a.affected_revision.is_not(None))
        .order_by(i.id)
    ).all()
    return [
        Owed(
            *(row.over_at or now, row.reference, rule.pack, rule.name, given.amount, rule.currency),
            claim=not rule.by_itself,
            reckoning=given.reckoning,
        )
        for row in hit
        for rule in compensation(
            connection, incidents.by_reference(connection, row.reference), policy, now, customer=reference
        )
        for given in rule.given
    ]
