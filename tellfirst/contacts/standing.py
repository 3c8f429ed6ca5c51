"""What we know of whoever speaks to us: who they are, what hits them, what they were last told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from tellfirst.domain.audience import Over, Whom, kinds
from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Kind
from tellfirst.domain.occasion import Locale, Occasion, Reach
from tellfirst.store import tables as t

RECENTLY = timedelta(hours=24)
"""For how long after the all-clear a question about it is answered with it."""


@dataclass(frozen=True, slots=True)
class Known:
    """`facts` is the newest word about the incident that hits them, sent to them or published since; None when
    none does."""

    customer_id: int | None = None
    incident_id: int | None = None
    language: str = Locale.ENGLISH
    zone: str = "UTC"
    impact: str = Impact.DOWN.word
    services: tuple[ServiceKind, ...] = ()
    over: bool = False
    facts: FactRecord | None = None


def known_to(connection: Connection, theirs: ColumnElement[bool], now: datetime) -> Known:
    """Of the customers whom the condition `theirs` names (`callers.behind`).

    What goes on comes before what ended lately, and before what is only announced. Of several it is the one who is
    hit; a customer who has left comes last.
    """
    c, a, i = t.customer.c, t.audience.c, t.incident.c
    only_announced = and_(i.kind == Kind.PLANNED_WORK, i.started_at > now)
    first_owner = (c.status != "active", c.priority.desc(), c.id)
    back = and_(a.over == Over.BACK, a.over_at >= now - RECENTLY)
    # By the key of the audience from both sides: to look through a city's audience for one customer took longer than
    # all the rest. Whoever was back less than `RECENTLY` ago is in no incident that was closed before.
    lately = select(i.id).where(or_(i.closed_at.is_(None), i.closed_at >= now - RECENTLY))
    by_key = and_(a.incident_id.in_(lately), a.customer_id.in_(select(c.id).where(theirs)))
    hit = connection.execute(
        # One look per incident that still matters: an audience is kept by incident, not by customer.
        select(a.customer_id, a.incident_id, a.impact, a.services, a.over_at, c.language, c.zone)
        .join(t.customer, c.id == a.customer_id)
        .join(t.incident, i.id == a.incident_id)
        .where(
            by_key,
            a.affected_revision.is_not(None),
            or_(a.over_at.is_(None), back),
        )
        .order_by(only_announced, a.over_at.is_not(None), a.impact.desc(), a.incident_id.desc(), *first_owner)
    ).first()
    if hit is None:
        owners = select(c.id, c.language, c.zone).where(theirs).order_by(*first_owner)
        person = connection.execute(owners).first()
        return Known(person.id, None, person.language, person.zone) if person else Known()
    return Known(
        customer_id=hit.customer_id,
        incident_id=hit.incident_id,
        language=hit.language,
        zone=hit.zone,
        impact=Impact(hit.impact).word,
        services=kinds(hit.services),
        over=hit.over_at is not None,
        facts=last_facts(connection, hit.incident_id, hit.customer_id, hit.over_at),
    )


def last_facts(
    connection: Connection, incident_id: int, customer_id: int, over_at: datetime | None
) -> FactRecord | None:
    """The newest word about an incident that is meant for this customer.

    For whoever waits it may be what was published since; who is back was told so and reads nothing else.
    """
    n, d = t.notice.c, t.delivery.c
    to_them = select(d.id).where(d.notice_id == n.id, d.customer_id == customer_id).exists()
    heard = to_them if over_at else or_(to_them, n.reach == Reach.PULL)
    facts = connection.scalar(
        select(n.facts)
        .where(n.incident_id == incident_id, n.occasion != Occasion.SURVEY, heard)
        .order_by(n.sequence.desc())
        .limit(1)
    )
    return FactRecord.from_json(facts) if facts else None


def facts_for_all(connection: Connection, incident_id: int) -> FactRecord | None:
    """What everybody who waits was last told, or can read: for whoever is hit and was not counted."""
    n = t.notice.c
    to_all = or_(n.whom.in_((Whom.NEWLY_AFFECTED, Whom.WAITING)), n.reach == Reach.PULL)
    facts = connection.scalar(
        select(n.facts)
        .where(n.incident_id == incident_id, n.occasion != Occasion.SURVEY, to_all)
        .order_by(n.sequence.desc())
        .limit(1)
    )
    return FactRecord.from_json(facts) if facts else None
