"""What the picture of a footprint shows, read from the books: elements, edges, causes, areas, and where customers are.

No customer is in it, only positions of a sample, for a density that hides whoever is alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import cos, pi, radians, sin
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from tellfirst.domain.audience import Location, Shape
from tellfirst.domain.impact import Impact
from tellfirst.domain.place import Place, Point, Polygons, Radius, from_json
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident

MOST_ELEMENTS, MOST_EDGES, MOST_NEIGHBOURS = 5_000, 5_000, 3_000
MOST_LOCATIONS = 20_000
METRES_PER_DEGREE = 111_320


@dataclass(frozen=True, slots=True)
class Spot:
    """An element or an area that is hit; `at` is None where nobody knows where it stands."""

    element_id: str
    name: str
    impact: Impact
    at: Point | None


@dataclass(frozen=True, slots=True)
class CauseSpot:
    """A cause that is not yet verified to be gone."""

    spot: Spot
    since_at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """A footprint as of one revision; 0 stands for an incident that is not matched yet. `over`: nothing is hit any
    more, and this is how it last was."""

    incident: Incident
    revision: int
    at: datetime
    hits: tuple[Spot, ...]
    """The worst first, at most MOST_ELEMENTS, and every cause."""
    hit_counts: Mapping[Impact, int]
    """Of all of them."""
    edges: tuple[tuple[str, str], ...]
    """Child and parent, both hit."""
    causes: tuple[CauseSpot, ...]
    areas: Mapping[str, Place]
    """By element id."""
    neighbours: tuple[Point, ...]
    """Elements near by that are not hit."""
    affected_count: int
    at_risk_count: int
    uncertain_count: int
    locations: tuple[Point, ...]
    """Where affected customers are, of those who are exactly located; one of every `sampled`."""
    sampled: int
    over: bool = False


def seen(connection: Connection, reference: str) -> Seen:
    """The footprint of an incident as its last revision left it, or the last that still hit something. Raises
    NotFound."""
    newest = incidents.by_reference(connection, reference)
    it = _as_it_last_hit(connection, newest)
    made = connection.execute(
        select(t.audience_revision).where(
            t.audience_revision.c.incident_id == it.id,
            t.audience_revision.c.revision == it.audience_revision,
        )
    ).one_or_none()
    causes = _causes(connection, it.id)
    hits = _hits(connection, it)
    shown = {spot.element_id for spot in hits}
    hits += tuple(cause.spot for cause in causes if cause.spot.element_id not in shown)
    areas = _areas(connection, it.id, {spot.element_id for spot in hits})
    locations, sampled = _locations(connection, it.id)
    return Seen(
        incident=it,
        revision=it.audience_revision,
        at=made.at if made else it.opened_at,
        hits=hits,
        hit_counts=_counts(connection, it, hits),
        edges=_edges(connection, it),
        causes=causes,
        areas=areas,
        neighbours=_neighbours(connection, it, hits, areas),
        affected_count=made.affected_count if made else 0,
        at_risk_count=made.at_risk_count if made else 0,
        uncertain_count=made.uncertain_count if made else 0,
        locations=locations,
        sampled=sampled,
        over=it.audience_revision != newest.audience_revision,
    )


def _as_it_last_hit(connection: Connection, it: Incident) -> Incident:
    """Once all is back the footprint is empty; whoever looks then wants to see what it was."""
    h, c = t.impact_element.c, t.incident_element.c
    broken = (c.verified_at.is_(None), c.withdrawn_at.is_(None))
    left = select(c.element_id).where(c.incident_id == it.id, *broken)
    last = connection.scalar(select(func.max(h.revision)).where(h.incident_id == it.id, ~left.exists()))
    return replace(it, audience_revision=last) if last else it


def outline(place: Place) -> list[list[Point]]:
    """The rings to draw of a place; a circle as it looks on a map. Area codes have none."""
    if isinstance(place, Polygons):
        return [list(ring) for polygon in place.polygons for ring in polygon]
    if isinstance(place, Radius):
        north = place.metres / METRES_PER_DEGREE
        east = north / max(cos(radians(place.centre.lat)), 0.02)
        turns = [2 * pi * step / 72 for step in range(73)]
        lon, lat = place.centre
        return [[Point(lon + east * sin(turn), lat + north * cos(turn)) for turn in turns]]
    return []


def _hits(connection: Connection, it: Incident) -> tuple[Spot, ...]:
    e, h = t.element.c, t.impact_element.c
    joined = t.impact_element.outerjoin(t.element, e.id == h.element_id).outerjoin(*_area_of(h))
    chosen = (
        select(h.element_id, e.name, t.incident_area.c.name.label("area_name"), h.impact, e.lon, e.lat)
        .select_from(joined)
        .where(_this(it))
        .order_by(h.impact.desc(), h.number)
        .limit(MOST_ELEMENTS)
    )
    return tuple(map(_spot, connection.execute(chosen)))


def _causes(connection: Connection, incident_id: int) -> tuple[CauseSpot, ...]:
    e, c = t.element.c, t.incident_element.c
    joined = t.incident_element.outerjoin(t.element, e.id == c.element_id).outerjoin(*_area_of(c))
    area_name = t.incident_area.c.name.label("area_name")
    chosen = (
        select(c.element_id, e.name, area_name, c.impact, c.since_at, e.lon, e.lat)
        .select_from(joined)
        .where(c.incident_id == incident_id, c.verified_at.is_(None), c.withdrawn_at.is_(None))
        .order_by(c.impact.desc(), c.since_at, c.element_id)
    )
    return tuple(CauseSpot(_spot(row), row.since_at) for row in connection.execute(chosen))


def _area_of(columns: Any) -> tuple[Any, ColumnElement[bool]]:
    a = t.incident_area
    return a, and_(a.c.incident_id == columns.incident_id, a.c.element_id == columns.element_id)


def _spot(row: Row[Any]) -> Spot:
    at = None if row.lat is None or row.lon is None else Point(row.lon, row.lat)
    return Spot(row.element_id, row.name or row.area_name or row.element_id, Impact(row.impact), at)


def _counts(connection: Connection, it: Incident, hits: Sequence[Spot]) -> dict[Impact, int]:
    h = t.impact_element.c
    counted = select(h.impact, func.count().label("count")).where(_this(it)).group_by(h.impact)
    found = {Impact(impact): count for impact, count in connection.execute(counted).tuples()}
    if not found:
        for spot in hits:
            found[spot.impact] = found.get(spot.impact, 0) + 1
    return found


def _edges(connection: Connection, it: Incident) -> tuple[tuple[str, str], ...]:
    child, parent, e = t.impact_element.alias(), t.impact_element.alias(), t.edge.c
    chosen = (
        select(e.child, e.parent)
        .join(child, child.c.element_id == e.child)
        .join(parent, parent.c.element_id == e.parent)
        .where(
            *(
                one
                for end in (child, parent)
                for one in (end.c.incident_id == it.id, end.c.revision == it.audience_revision)
            )
        )
        .order_by(child.c.number, parent.c.number)
        .limit(MOST_EDGES)
    )
    return tuple((row.child, row.parent) for row in connection.execute(chosen))


def _areas(connection: Connection, incident_id: int, hit: set[str]) -> dict[str, Place]:
    a = t.incident_area.c
    rows = connection.execute(select(a.element_id, a.shape, a.geometry).where(a.incident_id == incident_id))
    return {
        row.element_id: from_json(Shape(row.shape), row.geometry) for row in rows if row.element_id in hit
    }


def _neighbours(
    connection: Connection, it: Incident, hits: Sequence[Spot], areas: Mapping[str, Place]
) -> tuple[Point, ...]:
    drawn = [at for place in areas.values() for ring in outline(place) for at in ring]
    points = [*drawn, *(spot.at for spot in hits if spot.at)]
    if not points:
        return ()
    e, h = t.element.c, t.impact_element.c
    (west, east), (south, north) = ((min(one), max(one)) for one in zip(*points, strict=True))
    room = max(east - west, north - south, 0.02)
    hit = select(h.element_id).where(_this(it), h.element_id == e.id).exists()
    chosen = (
        select(e.lon, e.lat)
        .where(
            e.lon.between(west - room, east + room),
            e.lat.between(south - room, north + room),
            e.kind != "area",
            ~hit,
        )
        .order_by(e.id)
        .limit(MOST_NEIGHBOURS)
    )
    return tuple(Point(row.lon, row.lat) for row in connection.execute(chosen))


def _locations(connection: Connection, incident_id: int) -> tuple[tuple[Point, ...], int]:
    a, c = t.audience.c, t.customer.c
    affected = and_(
        a.incident_id == incident_id,
        a.affected_revision.is_not(None),
        a.over_at.is_(None),
        c.location == Location.EXACT.value,
    )
    joined = t.audience.join(t.customer, c.id == a.customer_id)
    count = connection.execute(select(func.count()).select_from(joined).where(affected)).scalar_one()
    sampled = -(-count // MOST_LOCATIONS) or 1
    chosen = (
        select(c.lon, c.lat).select_from(joined).where(affected, c.id % sampled == 0).limit(MOST_LOCATIONS)
    )
    return tuple(Point(row.lon, row.lat) for row in connection.execute(chosen)), sampled


def _this(it: Incident) -> ColumnElement[bool]:
    h = t.impact_element.c
    return and_(h.incident_id == it.id, h.revision == it.audience_revision)
