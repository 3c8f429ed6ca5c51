"""An audience as a few groups of alike customers: what changes a text, a price or a count, and how many."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    String,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)

from tellfirst.delivery.planning import refused_before
from tellfirst.delivery.sharing import keepers
from tellfirst.domain.audience import UNCERTAIN, Whom
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Channel
from tellfirst.review.standings import affected_now, at_risk_now
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.store.parts import part


class Outcome(StrEnum):
    """What the next first word would do about a customer, by the rules of `delivery.planning`."""

    TO_BE_TOLD = "to_be_told"
    TOLD_BEFORE = "told_before"
    """A first word to them is in the books."""
    COVERED = "covered_by_shared_contact"
    NO_CONTACT_POINT = "no_contact_point"
    OPTED_OUT = "opted_out"
    REFUSED = "contact_point_refused"
    AT_RISK = "at_risk"
    """Not affected: kept in the books and not told."""


@dataclass(frozen=True, slots=True)
class Group:
    """`count` customers who differ in nothing of this. `services` is a number of `domain.audience.BITS`."""

    outcome: Outcome
    channel: str
    language: str
    zone: str
    impact: int
    services: int
    priority: bool
    uncertain: bool
    count: int


def groups(connection: Connection, it: Incident, tell_from: Impact) -> list[Group]:
    """Everyone affected or at risk now, in one pass over the audience; a million customers make some hundred."""
    a = t.audience.c
    newly = part(Whom.NEWLY_AFFECTED, it.id)
    keeper = keepers(newly, Whom.NEWLY_AFFECTED)
    now = and_(
        a.incident_id == it.id, or_(affected_now(), at_risk_now(it.audience_revision, tell_from.value))
    )
    # In two parts, each by its own key: joined to everybody, SQLite would read all keepers once per customer.
    alone = select(*_columns(newly, false())).where(now, not_(and_(newly, a.shared)))
    covered = keeper.c.keeper != a.customer_id
    together = (
        select(*_columns(newly, covered))
        .select_from(keeper.join(t.audience, a.customer_id == keeper.c.customer_id))
        .where(now)
    )
    each = union_all(alone, together).subquery("each")
    counted = select(*each.c, func.count().label("customers")).group_by(*each.c)
    return [_group(row) for row in connection.execute(counted)]


def _columns(newly: ColumnElement[bool], covered: ColumnElement[bool]) -> list[ColumnElement[Any]]:
    a = t.audience.c
    return [
        _outcome(newly, covered).label("outcome"),
        *(a.channel, a.language, a.zone, a.impact, a.services),
        (a.priority > 0).label("priority"),
        a.basis.in_(UNCERTAIN).label("uncertain"),
    ]


def _group(row: Row[Any]) -> Group:
    return Group(
        outcome=Outcome(row.outcome),
        channel=row.channel,
        language=row.language,
        zone=row.zone,
        impact=row.impact,
        services=row.services,
        priority=bool(row.priority),
        uncertain=bool(row.uncertain),
        count=row.customers,
    )


def _outcome(newly: ColumnElement[bool], covered: ColumnElement[bool]) -> ColumnElement[str]:
    a, o = t.audience.c, t.opt_out.c
    opted_out = select(o.address).where(o.channel == a.channel, o.address == a.address).exists()
    rules = (
        (~affected_now(), Outcome.AT_RISK),
        (a.channel == Channel.NONE.value, Outcome.NO_CONTACT_POINT),
        (opted_out, Outcome.OPTED_OUT),
        (~newly, Outcome.TOLD_BEFORE),
        (covered, Outcome.COVERED),
        (refused_before(), Outcome.REFUSED),
    )
    return case(
        *((rule, literal(outcome.value, String)) for rule, outcome in rules),
        else_=literal(Outcome.TO_BE_TOLD.value, String),
    )
