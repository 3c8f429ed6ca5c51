"""What is known of a place: whoever asks learns how an area stands, and nothing of anybody who lives there."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from tellfirst.domain.audience import Shape
from tellfirst.domain.contact import normalise
from tellfirst.domain.place import AreaCodes, from_json
from tellfirst.publishing.published import Board, Phase, Published
from tellfirst.store import tables as t

SHORTEST = 3
"""Letters of a place's name; with fewer nearly every name would do."""
FEWEST = 5
"""Customers of one postcode who must be hit before it is said of the postcode: fewer could be told apart."""


def at_place(connection: Connection, board: Board, place: str) -> tuple[Published, ...]:
    """What goes on, or is planned, where `place` is: by its name, the area of what it hits, or a postcode."""
    wanted = normalise(place)
    open_ = [one for one in board.incidents if one.phase is not Phase.PAST]
    if len(wanted) < SHORTEST or not open_:
        return ()
    by_name = {one.id for one in open_ if wanted in normalise(one.place)}
    ids = [one.id for one in open_]
    found = by_name | {*_by_area(connection, ids, wanted), *_by_code(connection, ids, place.strip().upper())}
    return tuple(one for one in open_ if one.id in found)


def _by_area(connection: Connection, ids: list[int], wanted: str) -> Iterator[int]:
    """Incidents that hit something which stands in an area of that name."""
    i, h, e = t.incident.c, t.impact_element.c, t.element.c
    rows = connection.execute(
        select(i.id, e.area)
        .join(t.impact_element, (h.incident_id == i.id) & (h.revision == i.audience_revision))
        .join(t.element, e.id == h.element_id)
        .where(i.id.in_(ids))
        .distinct()
    )
    for row in rows:
        if wanted in normalise(row.area):
            yield row.id


def _by_code(connection: Connection, ids: list[int], code: str) -> Iterator[int]:
    """Incidents drawn by this postcode, and those that hit some of its customers, though not which."""
    d = t.incident_area.c
    drawn = select(d.incident_id, d.geometry).where(d.incident_id.in_(ids), d.shape == Shape.AREA_CODES)
    for row in connection.execute(drawn):
        if _covers(row.geometry, code):
            yield row.incident_id
    a, c = t.audience.c, t.customer.c
    hit = (
        select(a.incident_id)
        .where(
            a.incident_id.in_(ids),
            # From the few of the postcode to the audience, not through a million the other way.
            a.customer_id.in_(select(c.id).where(c.area_code == code)),
            a.affected_revision.is_not(None),
            a.over_at.is_(None),
        )
        .group_by(a.incident_id)
        .having(func.count() >= FEWEST)
    )
    yield from connection.scalars(hit)


def _covers(geometry: dict[str, object], code: str) -> bool:
    place = from_json(Shape.AREA_CODES, geometry)
    assert isinstance(place, AreaCodes)
    return code in place.exact or any(code.startswith(prefix) for prefix in place.prefixes)
