"""Whether one customer belongs to the areas of an incident, by the rules of `audience.places`."""

from typing import Any

import numpy as np
import shapely
from sqlalchemy import Row, select

from tellfirst.audience.ground import Ground, geometry, metres_between
from tellfirst.audience.places import areas_of
from tellfirst.domain.audience import Location, Shape
from tellfirst.domain.explanation import Finding, Reason, spelt
from tellfirst.domain.place import AreaCodes, Place, Point, Polygons, from_json
from tellfirst.domain.playbook import Playbook
from tellfirst.review.proving import Evidence, Inquiry, clock, evidence, reaches, word
from tellfirst.store import tables as t


def places(asked: Inquiry) -> list[Evidence]:
    """Each area of the incident, and whether they belong to it."""
    if asked.book is None:
        return []
    return [_place(asked, asked.book, row) for row in areas_of(asked.connection, asked.it.id)]


def _place(asked: Inquiry, book: Playbook, row: Row[Any]) -> Evidence:
    fate = asked.books.fate(row.element_id, asked.revision)
    values = {
        "thing": f"the area {row.name}",
        "area": f"the area {row.name}",
        "impact": word(fate.impact),
        "was": asked.was,
    }
    belonging = _belonging(asked, book, row, values)
    if belonging.reason in (Reason.OUTSIDE_AREA, Reason.LOCATION_NOT_KNOWN):
        return Evidence(values["thing"], row.element_id, belonging)
    if not fate.path:
        return Evidence(values["thing"], row.element_id, _no_longer(asked, row.element_id, values))
    if fate.impact < asked.tell_from:
        finding = Finding.of(Reason.ONLY_AT_RISK, **values, tell_from=word(asked.tell_from))
    elif not asked.has(book.service):
        finding = Finding.of(Reason.NO_SERVICE_OF_KIND, **values, kind=book.service.value)
    else:
        finding = reaches(asked, fate, belonging, values)
    return evidence(asked, values["thing"], fate, finding)


def _belonging(asked: Inquiry, book: Playbook, row: Row[Any], values: dict[str, str]) -> Finding:
    person, place = asked.person, from_json(Shape(row.shape), row.geometry)
    if isinstance(place, AreaCodes):
        code = person.area_code
        if code is not None and (code in place.exact or code.startswith(place.prefixes or ("\0",))):
            return Finding.of(Reason.HAS_AREA_CODE, **values, code=code)
        said = f": their area code is {code}" if code else ": no area code of theirs is known"
        return Finding.of(Reason.OUTSIDE_AREA, **values, distance=said)
    untrusted = _untrusted(asked, book)
    if not untrusted:
        if Ground(place).covers(np.array([person.lon]), np.array([person.lat]))[0]:
            return Finding.of(Reason.LIVES_INSIDE, **values)
        away = _kilometres(place, Point(person.lon, person.lat))
        return Finding.of(Reason.OUTSIDE_AREA, **values, distance=f", about {away:,.1f} km away from it")
    standing = _standing_inside(asked, Ground(place))
    if standing:
        element = asked.names(standing)[standing[0]]
        return Finding.of(Reason.ELEMENT_INSIDE, **values, location=untrusted, element=element)
    return Finding.of(Reason.LOCATION_NOT_KNOWN, **values, location=untrusted)


def _no_longer(asked: Inquiry, element: str, values: dict[str, str]) -> Finding:
    cause = next(one for one in asked.books.own if one.element == element)
    if cause.withdrawn:
        return Finding.of(Reason.AREA_WITHDRAWN, **values, at=clock(cause.withdrawn))
    over = cause.verified or cause.until or asked.moment
    return Finding.of(Reason.AREA_OVER, **values, at=clock(over))


def _untrusted(asked: Inquiry, book: Playbook) -> str:
    """Why their location says nothing; empty when it does."""
    person = asked.person
    if person.location is None:
        return "no location of theirs is known"
    if person.location == Location.DEFAULT:
        return "their location is only a default one, like a postcode's middle"
    if person.located_at is not None and person.located_at < asked.moment - book.located_within:
        age = spelt(asked.moment - person.located_at)
        return f"their location is stale: {age} old, and only {spelt(book.located_within)} count"
    return ""


def _standing_inside(asked: Inquiry, ground: Ground) -> list[str]:
    """Elements of their running services, or members of a composite among them, that stand on the ground."""
    on = [row.element_id for row in asked.rows() if asked.runs(row)]
    e, d = t.element.c, t.edge.c
    members = select(d.parent).join(t.element, e.id == d.child).where(d.child.in_(on), e.kind == "composite")
    candidates = {*on, *asked.connection.scalars(members)}
    standing = select(e.id, e.lon, e.lat).where(e.id.in_(candidates), e.lat.is_not(None), e.lon.is_not(None))
    rows = asked.connection.execute(standing.order_by(e.id)).all()
    if not rows:
        return []
    covered = ground.covers(np.array([row.lon for row in rows]), np.array([row.lat for row in rows]))
    return [row.id for row, is_inside in zip(rows, covered.tolist(), strict=True) if is_inside]


def _kilometres(place: Place, home: Point) -> float:
    """How far away it is, for orientation: the nearest corner is sought on the map, not on the ellipsoid."""
    lon, lat = np.array([home.lon]), np.array([home.lat])
    if isinstance(place, Polygons):
        drawn = shapely.MultiPolygon([geometry(one) for one in place.polygons])
        nearest = shapely.get_coordinates(shapely.shortest_line(drawn, shapely.Point(home)))[0]
        return float(metres_between(Point(*nearest), lon, lat)[0]) / 1000
    assert not isinstance(place, AreaCodes), "codes are not on the ground"
    return float(metres_between(place.centre, lon, lat)[0] - place.metres) / 1000
