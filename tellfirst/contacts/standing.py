"""What we know of whoever has this number: who they are, what hits them, what they were last told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from tellfirst.domain.facts import FactRecord
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Locale
from tellfirst.store import tables as t


@dataclass(frozen=True, slots=True)
class Known:
    """`facts` is the record of the last notice about the incident that hits them, None when none does."""

    customer_id: int | None = None
    incident_id: int | None = None
    language: str = Locale.ENGLISH
    zone: str = "UTC"
    impact: str = Impact.DOWN.word
    over: bool = False
    facts: FactRecord | None = None


def known_to(connection: Connection, phone: str, over_since: datetime) -> Known:
    """By the number they write from. What goes on comes before what ended after `over_since`."""
    c, a, i = t.customer.c, t.audience.c, t.incident.c
    person = connection.execute(
        select(c.id, c.language, c.zone).where(c.phone == phone).order_by(c.priority.desc(), c.id)
    ).first()
    if person is None:
        return Known()
    hit = connection.execute(
        select(a.incident_id, a.impact, a.over_at)
        .join(t.incident, i.id == a.incident_id)
        .join(t.customer, c.id == a.customer_id)
        .where(c.phone == phone, or_(a.over_at.is_(None), a.over_at >= over_since))
        .order_by(a.over_at.is_not(None), a.impact.desc(), i.id.desc())
    ).first()
    if hit is None:
        return Known(person.id, None, person.language, person.zone)
    return Known(
        customer_id=person.id,
        incident_id=hit.incident_id,
        language=person.language,
        zone=person.zone,
        impact=Impact(hit.impact).word,
        over=hit.over_at is not None,
        facts=_last_facts(connection, hit.incident_id, person.id),
    )


def _last_facts(connection: Connection, incident_id: int, customer_id: int) -> FactRecord | None:
    n, d = t.notice.c, t.delivery.c
    facts = connection.scalar(
        select(n.facts)
        .join(t.delivery, and_(d.notice_id == n.id, d.customer_id == customer_id))
        .where(n.incident_id == incident_id, n.occasion != "survey")
        .order_by(n.sequence.desc())
        .limit(1)
    )
    return FactRecord.from_json(facts) if facts else None
