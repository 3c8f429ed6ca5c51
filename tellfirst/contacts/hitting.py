"""What hits a customer that they are not in the books of, found by what their services hang on now."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, String, cast, func, or_, select

from tellfirst.audience import topology
from tellfirst.audience.topology import Network
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Kind, Stage
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, number, text

TOLD = (Stage.TOLD, Stage.FOLLOWING_UP, Stage.RESTORED)
UNMATCHED = (Stage.OPENED, Stage.DETECTED)
LOOKED_AT = 256
"""Footprints that are kept; each holds the network it is of."""
CAUSE, IMPACT = "\n", "\t"
"""Between causes, and between an element and how badly it is hit: signs that stand in no reference."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """An active service of a customer, and what it hangs on."""

    kind: ServiceKind
    element: str
    name: str
    area: str


@dataclass(frozen=True, slots=True)
class Hitting:
    """An incident that hits them: `told`, others have heard of it. `element` is what of theirs is hit."""

    incident_id: int
    reference: str
    element: str
    told: bool


def services_of(connection: Connection, customer_id: int) -> list[Subscribed]:
    """The active services of a customer."""
    rows = _SERVICES.run(connection, customer_id=customer_id)
    return [Subscribed(ServiceKind(row.kind), row.element_id, row.name, row.area) for row in rows]


def _services(_dialect: str) -> Select[Any]:
    s, e = t.service.c, t.element.c
    return (
        select(s.kind, s.element_id, e.name, e.area)
        .join(t.element, e.id == s.element_id)
        .where(s.customer_id == number("customer_id"), s.status == "active")
        .order_by(s.id)
    )


_SERVICES = Prepared(_services)


def hitting(
    connection: Connection, customer_id: int, services: Sequence[Subscribed], said: ServiceKind | None
) -> Hitting | None:
    """The newest outage whose footprint holds what theirs hang on; one that is told comes first.

    `said` is the service that they name: where they have it, what hits another explains nothing.
    """
    meant = [one for one in services if one.kind is said] or services
    kind = said if len(meant) < len(services) else None
    row = _BY_FOOTPRINT.run(connection, customer_id=customer_id, kind=kind).first()
    if row is not None:
        return Hitting(row.id, row.reference, row.element_id, row.stage != Stage.MATCHED)
    return _just_opened(connection, {one.element for one in meant})


def _by_footprint(_dialect: str) -> Select[Any]:
    """By the last look at each footprint. Of many hits the worst; what is only at risk works."""
    i, e, s = t.incident.c, t.impact_element.c, t.service.c
    kind = text("kind")
    theirs = select(s.element_id).where(
        s.customer_id == number("customer_id"), s.status == "active", or_(kind.is_(None), s.kind == kind)
    )
    return (
        select(i.id, i.reference, i.stage, e.element_id)
        .join(t.impact_element, e.incident_id == i.id)
        .where(
            i.stage.in_((*TOLD, Stage.MATCHED)),
            i.kind == Kind.OUTAGE,
            e.revision == i.audience_revision,
            e.element_id.in_(theirs),
            e.impact >= Impact.DEGRADED,
        )
        .order_by(i.stage == Stage.MATCHED, e.impact.desc(), i.id.desc())
        .limit(1)
    )


_BY_FOOTPRINT = Prepared(_by_footprint)


def _just_opened(connection: Connection, theirs: Collection[str]) -> Hitting | None:
    """Of an incident that has just opened nobody has looked at the footprint yet: it is looked at here."""
    rows = _FRESH.run(connection).all()
    if not rows:
        return None
    network = topology.current(connection)
    for row in rows:
        if element := min(_hit_by(network, row.causes).intersection(theirs), default=None):
            return Hitting(row.id, row.reference, element, told=False)
    return None


@lru_cache(maxsize=LOOKED_AT)
def _hit_by(network: Network, causes: str) -> frozenset[str]:
    """What these causes make work badly or not at all; the same for all who write before the clock's next look."""
    each = (cause.partition(IMPACT) for cause in causes.split(CAUSE))
    hit = network.footprint({element: Impact(int(impact)) for element, _, impact in each})
    return frozenset(
        element
        for element, impact in zip(hit.elements, hit.impacts, strict=True)
        if impact >= Impact.DEGRADED
    )


def _fresh(_dialect: str) -> Select[Any]:
    i, c = t.incident.c, t.incident_element.c
    # One row for each incident: this is asked for every text, and a storm opens hundreds with several causes each.
    cause = c.element_id + IMPACT + cast(c.impact, String)
    return (
        select(i.id, i.reference, func.aggregate_strings(cause, CAUSE).label("causes"))
        .join(t.incident, i.id == c.incident_id)
        .where(
            i.stage.in_(UNMATCHED), i.kind == Kind.OUTAGE, c.verified_at.is_(None), c.withdrawn_at.is_(None)
        )
        .group_by(i.id, i.reference)
        .order_by(i.id.desc())
    )


_FRESH = Prepared(_fresh)


def told_at(connection: Connection, area: str, name: str) -> Hitting | None:
    """The newest outage that is told and hits something in an area, or bears its name."""
    i, e, hit = t.incident.c, t.element.c, t.impact_element.c
    there = (
        select(e.id)
        .join(t.impact_element, hit.element_id == e.id)
        .where(
            e.area == area,
            hit.incident_id == i.id,
            hit.revision == i.audience_revision,
            hit.impact >= Impact.DEGRADED,
        )
        .correlate(t.incident)
        .limit(1)
        .scalar_subquery()
    )
    spoken = select(t.notice.c.id).where(
        t.notice.c.incident_id == i.id, t.notice.c.occasion != Occasion.SURVEY
    )
    row = connection.execute(
        select(i.id, i.reference, there.label("element"))
        .where(
            i.stage.in_(TOLD),
            i.kind == Kind.OUTAGE,
            spoken.exists(),
            or_(func.lower(i.place) == name.lower(), there.is_not(None)),
        )
        .order_by(i.id.desc())
        .limit(1)
    ).first()
    return Hitting(row.id, row.reference, row.element or "", told=True) if row else None
