"""What hits a customer that they are not in the books of, found by what their services hang on now."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, or_, select

from tellfirst.audience import topology
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Kind, Stage
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t

TOLD = (Stage.TOLD, Stage.FOLLOWING_UP, Stage.RESTORED)
UNMATCHED = (Stage.OPENED, Stage.DETECTED)


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
    s, e = t.service.c, t.element.c
    rows = connection.execute(
        select(s.kind, s.element_id, e.name, e.area)
        .join(t.element, e.id == s.element_id)
        .where(s.customer_id == customer_id, s.status == "active")
        .order_by(s.id)
    )
    return [Subscribed(ServiceKind(row.kind), row.element_id, row.name, row.area) for row in rows]


def hitting(connection: Connection, services: Sequence[Subscribed]) -> Hitting | None:
    """The newest outage whose footprint holds what one of `services` hangs on; one that is told comes first."""
    return _told(connection, services) or _untold(connection, services)


def _told(connection: Connection, services: Sequence[Subscribed]) -> Hitting | None:
    """By the last look at each footprint. Of many hits the worst; what is only at risk works."""
    i, e = t.incident.c, t.impact_element.c
    row = connection.execute(
        select(i.id, i.reference, i.stage, e.element_id)
        .join(t.impact_element, e.incident_id == i.id)
        .where(
            i.stage.in_((*TOLD, Stage.MATCHED)),
            i.kind == Kind.OUTAGE,
            e.revision == i.audience_revision,
            e.element_id.in_([one.element for one in services]),
            e.impact >= Impact.DEGRADED,
        )
        .order_by(i.stage == Stage.MATCHED, e.impact.desc(), i.id.desc())
        .limit(1)
    ).first()
    return Hitting(row.id, row.reference, row.element_id, row.stage != Stage.MATCHED) if row else None


def _untold(connection: Connection, services: Sequence[Subscribed]) -> Hitting | None:
    """Of an incident that has just opened nobody has looked at the footprint yet: it is looked at here."""
    i, c = t.incident.c, t.incident_element.c
    rows = connection.execute(
        select(i.id, i.reference, c.element_id, c.impact)
        .join(t.incident, i.id == c.incident_id)
        .where(
            i.stage.in_(UNMATCHED), i.kind == Kind.OUTAGE, c.verified_at.is_(None), c.withdrawn_at.is_(None)
        )
        .order_by(i.id.desc())
    ).all()
    if not rows:
        return None
    network = topology.current(connection)
    theirs = {one.element for one in services}
    for incident_id, reference in dict.fromkeys((row.id, row.reference) for row in rows):
        causes = {row.element_id: Impact(row.impact) for row in rows if row.id == incident_id}
        hit = network.footprint(causes)
        for element, impact in zip(hit.elements, hit.impacts, strict=True):
            if element in theirs and impact >= Impact.DEGRADED:
                return Hitting(incident_id, reference, element, told=False)
    return None


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
