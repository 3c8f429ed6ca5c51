"""What we know of whoever speaks to us: who they are, what hits them, what they were last told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, CursorResult, Select, and_, or_, select

from tellfirst.contacts.callers import By, Caller, behind
from tellfirst.domain.audience import Over, Whom, kinds
from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Kind
from tellfirst.domain.occasion import Locale, Occasion, Reach
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, moment, number

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


def known_to(connection: Connection, whom: Caller, now: datetime) -> Known:
    """Of the customers behind a number, an address or a reference.

    What goes on comes before what ended lately, and before what is only announced. Of several it is the one who is
    hit; a customer who has left comes last.
    """
    since = {"now": now, "recently": now - RECENTLY}
    hit = _HIT[whom.by].run(connection, **whom.parameters, **since).first()
    if hit is None:
        person = _OWNERS[whom.by].run(connection, **whom.parameters).first()
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


def _hit(by: By, _dialect: str) -> Select[Any]:
    c, a, i = t.customer.c, t.audience.c, t.incident.c
    recently = moment("recently")
    only_announced = and_(i.kind == Kind.PLANNED_WORK, i.started_at > moment("now"))
    # By the key of the audience from both sides: to look through a city's audience for one customer took longer than
    # all the rest. Whoever was back less than `RECENTLY` ago is in no incident that was closed before.
    # What one customer reported alone has no audience, and of such there are many.
    lately = select(i.id).where(or_(i.closed_at.is_(None), i.closed_at >= recently), i.audience_revision > 0)
    by_key = and_(a.incident_id.in_(lately), a.customer_id.in_(select(c.id).where(behind(by))))
    return (
        # One look per incident that still matters: an audience is kept by incident, not by customer.
        select(a.customer_id, a.incident_id, a.impact, a.services, a.over_at, c.language, c.zone)
        .join(t.customer, c.id == a.customer_id)
        .join(t.incident, i.id == a.incident_id)
        .where(
            by_key,
            a.affected_revision.is_not(None),
            or_(a.over_at.is_(None), and_(a.over == Over.BACK, a.over_at >= recently)),
        )
        .order_by(
            *(only_announced, a.over_at.is_not(None), a.impact.desc(), a.incident_id.desc()),
            *_first_owner(),
        )
        .limit(1)
    )


def _owners(by: By, _dialect: str) -> Select[Any]:
    c = t.customer.c
    return select(c.id, c.language, c.zone).where(behind(by)).order_by(*_first_owner()).limit(1)


def _first_owner() -> tuple[ColumnElement[Any], ...]:
    c = t.customer.c
    return c.status != "active", c.priority.desc(), c.id


_HIT = {by: Prepared(partial(_hit, by)) for by in By}
_OWNERS = {by: Prepared(partial(_owners, by)) for by in By}


def last_facts(
    connection: Connection, incident_id: int, customer_id: int, over_at: datetime | None
) -> FactRecord | None:
    """The newest word about an incident that is meant for this customer.

    For whoever waits it may be what was published since; who is back was told so and reads nothing else.
    """
    told = _TOLD_THEM if over_at else _TOLD_OR_READ
    return _facts(told.run(connection, incident_id=incident_id, customer_id=customer_id))


def facts_for_all(connection: Connection, incident_id: int) -> FactRecord | None:
    """What everybody who waits was last told, or can read: for whoever is hit and was not counted."""
    return _facts(_TOLD_ALL.run(connection, incident_id=incident_id))


def _facts(found: CursorResult[Any]) -> FactRecord | None:
    facts = found.scalar()
    return FactRecord.from_json(facts) if facts else None


def _newest_word(heard: ColumnElement[bool]) -> Select[Any]:
    n = t.notice.c
    return (
        select(n.facts)
        .where(n.incident_id == number("incident_id"), n.occasion != Occasion.SURVEY, heard)
        .order_by(n.sequence.desc())
        .limit(1)
    )


def _to_them() -> ColumnElement[bool]:
    n, d = t.notice.c, t.delivery.c
    return select(d.id).where(d.notice_id == n.id, d.customer_id == number("customer_id")).exists()


def _to_all() -> ColumnElement[bool]:
    n = t.notice.c
    return or_(n.whom.in_((Whom.NEWLY_AFFECTED, Whom.WAITING)), n.reach == Reach.PULL)


_TOLD_THEM = Prepared(lambda _dialect: _newest_word(_to_them()))
_TOLD_OR_READ = Prepared(lambda _dialect: _newest_word(or_(_to_them(), t.notice.c.reach == Reach.PULL)))
_TOLD_ALL = Prepared(lambda _dialect: _newest_word(_to_all()))
