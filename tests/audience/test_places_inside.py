"""Who is inside an area, on both databases: by their own location, by the elements behind them, by their code."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, Row, insert, select

from tellfirst.audience import places
from tellfirst.audience.areas import Area
from tellfirst.audience.ground import Ground, geometry
from tellfirst.audience.places import add_area, areas_of, fill_inside, inside
from tellfirst.domain.errors import NotFound
from tellfirst.domain.impact import Impact
from tellfirst.domain.place import AreaCodes, Place, Point, Polygon, Polygons, Radius, Ring
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
MINUTE, YEAR = timedelta(minutes=1), timedelta(days=365)
INCIDENT = 1
SQUARE = Area.of(
    "Square",
    Polygons(((tuple(Point(*at) for at in ((78, 17), (79, 17), (79, 18), (78, 18), (78, 17))),),)),
)
WITHIN, WITHOUT = (78.5, 17.5), (79.5, 17.5)


@pytest.fixture
def books(engine: Engine) -> Iterator[Connection]:
    """A transaction with an incident in it, and nothing else."""
    with writing(engine) as connection:
        add_incident(connection)
        yield connection


def add_incident(connection: Connection, number: int = INCIDENT) -> None:
    words = ("name", "cause_key", "place", "severity", "cause", "action")
    row: dict[str, Any] = {word: word for word in words}
    connection.execute(
        insert(t.incident).values(
            id=number,
            reference=f"INC-{number}",
            kind="outage",
            stage="opened",
            started_at=NOW,
            opened_at=NOW,
            **row,
        )
    )


def add_customer(
    connection: Connection, key: int, at: tuple[float, float] | None = None, **known: Any
) -> None:
    """Customer `key`, exactly located when `at` is given."""
    usual: dict[str, Any] = {"status": "active", "language": "en", "zone": "Asia/Kolkata"}
    if at:
        usual |= {"lon": at[0], "lat": at[1], "location": "exact"}
    connection.execute(insert(t.customer).values(id=key, reference=f"C{key}", **{**usual, **known}))


def add_element(connection: Connection, key: str, at: tuple[float, float] | None, kind: str = "site") -> None:
    lon, lat = at or (None, None)
    connection.execute(insert(t.element).values(id=key, kind=kind, name=key, area="a", lat=lat, lon=lon))


def add_service(connection: Connection, key: int, element: str, **known: Any) -> None:
    usual = {"kind": "mobile", "status": "active"}
    connection.execute(insert(t.service).values(customer_id=key, element_id=element, **{**usual, **known}))


def found(
    connection: Connection, area: Area, moment: datetime = NOW, within: timedelta = YEAR
) -> dict[int, str]:
    """Who is inside, each with the basis, after the area has been through the books."""
    element_id = add_area(connection, INCIDENT, area, Impact.DOWN, NOW)
    row = next(one for one in areas_of(connection, INCIDENT) if one.element_id == element_id)
    fill_inside(connection, row, moment, within)
    return {row.customer_id: row.basis for row in connection.execute(select(inside))}


# An own count: which side of each edge, in whole fractions

Grid = tuple[int, int]


def covers(place: Polygons, at: Point) -> bool:
    """Inside one of the polygons or on its boundary, by counting how often a level line to the east is crossed."""
    return any(_covers(polygon, at) for polygon in place.polygons)


def _covers(polygon: Polygon, at: Point) -> bool:
    lon, lat = Fraction(at.lon), Fraction(at.lat)
    crossed = 0
    for outline in polygon:
        for one, other in pairwise(outline):
            x1, y1, x2, y2 = map(Fraction, (*one, *other))
            turn = (x2 - x1) * (lat - y1) - (y2 - y1) * (lon - x1)
            if turn == 0 and min(x1, x2) <= lon <= max(x1, x2) and min(y1, y2) <= lat <= max(y1, y2):
                return True
            if (y1 > lat) != (y2 > lat):
                crossed += (turn > 0) == (y2 > y1)
    return crossed % 2 == 1


def on_grid(column: int, line: int) -> Point:
    """Of steps that floats hold exactly, so that many points lie on a boundary to the last bit."""
    return Point(78 + column / 64, 17 + line / 64)


@st.composite
def polygons(draw: st.DrawFn) -> Polygon:
    """A star around a point of the grid, sometimes with a hole half its size, turning either way."""
    column, line = draw(st.integers(8, 24)), draw(st.integers(8, 24))
    reach = draw(st.lists(st.integers(1, 4), min_size=8, max_size=8))
    ways = [(2, 0), (2, 2), (0, 2), (-2, 2), (-2, 0), (-2, -2), (0, -2), (2, -2)]
    corners = [(x * far, y * far) for (x, y), far in zip(ways, reach, strict=True)]
    corners = corners[:: draw(st.sampled_from([1, -1]))]

    def ring(divided: int) -> Ring:
        around = [on_grid(column + x // divided, line + y // divided) for x, y in corners]
        return (*around, around[0])

    return (ring(1), ring(2)) if draw(st.booleans()) else (ring(1),)


POINTS = st.builds(on_grid, st.integers(0, 32), st.integers(0, 32))


@settings(max_examples=30, deadline=None)
@given(st.lists(polygons(), min_size=1, max_size=3))
def test_the_ground_of_an_area_is_what_an_own_count_finds_inside(drawn: list[Polygon]) -> None:
    assume(all(geometry(one).is_valid for one in drawn))
    place = Polygons(tuple(drawn))
    points = [on_grid(column, line) for column in range(0, 33, 2) for line in range(0, 33, 2)]
    lon, lat = (np.array(column) for column in zip(*points, strict=True))
    assert Ground(place).covers(lon, lat).tolist() == [covers(place, point) for point in points]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(polygons(), min_size=1, max_size=3), st.lists(POINTS, min_size=1, max_size=80))
def test_inside_is_whom_an_own_count_finds_inside(
    engine: Engine, drawn: list[Polygon], at: list[Point]
) -> None:
    assume(all(geometry(one).is_valid for one in drawn))
    place = Polygons(tuple(drawn))
    expected = {key for key, point in enumerate(at, 1) if covers(place, point)}
    with engine.connect() as connection:
        add_incident(connection)
        for key, point in enumerate(at, 1):
            add_customer(connection, key, point)
        assert set(found(connection, Area.of("star", place))) == expected
        connection.rollback()


def test_many_are_found_over_the_border_of_a_batch(
    books: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "BATCH", 7)
    add_element(books, "far", WITHOUT)
    for number in range(20):
        add_element(books, f"site-{number}", WITHIN)
    for key in range(1, 60):
        add_customer(books, key, WITHIN if key % 3 else WITHOUT)
    for key in range(60, 80):
        add_customer(books, key)
        for number in (key - 60, (key - 50) % 20):
            add_service(books, key, f"site-{number}")
    located = {key: "area" for key in range(1, 60) if key % 3}
    assert found(books, SQUARE) == located | dict.fromkeys(range(60, 80), "element_in_area")


AGED = NOW - YEAR
# location, where, located when; the element stands within, then without
LOCATED: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    "exact, within": ({"location": "exact", "at": WITHIN}, "area", "area"),
    "exact, without": ({"location": "exact", "at": WITHOUT}, None, None),
    "located today, within": ({"location": "exact", "at": WITHIN, "located_at": NOW}, "area", "area"),
    "just not too old": ({"location": "exact", "at": WITHIN, "located_at": AGED}, "area", "area"),
    "too old, within": (
        {"location": "exact", "at": WITHIN, "located_at": AGED - MINUTE},
        "element_in_area",
        None,
    ),
    "too old, without": (
        {"location": "exact", "at": WITHOUT, "located_at": AGED - MINUTE},
        "element_in_area",
        None,
    ),
    "made up, within": ({"location": "default", "at": WITHIN}, "element_in_area", None),
    "made up, without": ({"location": "default", "at": WITHOUT, "located_at": NOW}, "element_in_area", None),
    "nowhere": ({}, "element_in_area", None),
}


@pytest.mark.parametrize("case", LOCATED)
def test_who_is_located_counts_by_the_location_and_who_is_not_by_the_element(
    engine: Engine, case: str
) -> None:
    known, element_within, element_without = LOCATED[case]
    for stands, expected in ((WITHIN, element_within), (WITHOUT, element_without)):
        with engine.connect() as connection:
            add_incident(connection)
            add_element(connection, "site", stands)
            add_customer(connection, 1, **known)
            add_service(connection, 1, "site")
            assert found(connection, SQUARE) == ({1: expected} if expected else {})
            connection.rollback()


SERVICES: dict[str, tuple[dict[str, Any], bool]] = {
    "active": ({}, True),
    "suspended": ({"status": "suspended"}, False),
    "ended": ({"status": "ended"}, False),
    "begun": ({"valid_from": NOW}, True),
    "not yet begun": ({"valid_from": NOW + MINUTE}, False),
    "still valid": ({"valid_to": NOW + MINUTE}, True),
    "valid until now": ({"valid_to": NOW}, False),
}


@pytest.mark.parametrize("case", SERVICES)
def test_an_element_counts_for_those_it_serves_now(books: Connection, case: str) -> None:
    known, expected = SERVICES[case]
    add_element(books, "site", WITHIN)
    add_customer(books, 1)
    add_service(books, 1, "site", **known)
    assert found(books, SQUARE) == ({1: "element_in_area"} if expected else {})


def test_an_element_without_a_place_and_one_at_the_boundary(books: Connection) -> None:
    add_element(books, "nowhere", None)
    add_element(books, "boundary", (79.0, 17.25))
    for key, element in ((1, "nowhere"), (2, "boundary")):
        add_customer(books, key)
        add_service(books, key, element)
    assert found(books, SQUARE) == {2: "element_in_area"}


def test_a_composite_stands_where_any_of_its_members_stands(books: Connection) -> None:
    for key, at in (("a", WITHIN), ("b", WITHOUT), ("c", WITHOUT)):
        add_element(books, key, at)
    for key, kind, members in (
        ("1 of a, b", "composite", "ab"),
        ("1 of b, c", "composite", "bc"),
        ("hub", "hub", "ab"),
    ):
        add_element(books, key, None, kind)
        for member in members:
            books.execute(insert(t.edge).values(child=key, grp="members", need=1, parent=member))
    for number, element in enumerate(("1 of a, b", "1 of b, c", "hub"), 1):
        add_customer(books, number)
        add_service(books, number, element)
    assert found(books, SQUARE) == {1: "element_in_area"}


def test_a_circle_finds_who_is_that_near(books: Connection) -> None:
    for key, lon in ((1, 78.4), (2, 78.409), (3, 78.41), (4, -101.6)):
        add_customer(books, key, (lon, 17.4))
    assert found(books, Area.of("mast", Radius(Point(78.4, 17.4), 1_000.0))) == {1: "area", 2: "area"}


def test_a_circle_over_the_antimeridian_and_one_at_the_pole(books: Connection) -> None:
    for key, at in enumerate(
        [(179.9, -17.0), (-179.9, -17.0), (180.0, -17.0), (0.0, -17.0), (100.0, 89.9)], 1
    ):
        add_customer(books, key, at)
    assert set(found(books, Area.of("Taveuni", Radius(Point(179.95, -17.0), 20_000.0)))) == {1, 2, 3}
    assert set(found(books, Area.of("pole", Radius(Point(-80.0, 89.9), 25_000.0)))) == {5}


CODES: list[tuple[tuple[str, ...], set[int]]] = [
    (("500001",), {1}),
    (("5000*",), {1, 2}),
    (("5000*", "500001", "50*"), {1, 2, 3}),
    (("0*",), {4}),
    (("01234",), {4}),
    (("1234",), {5}),
    (("1234*",), {5}),
    (("SW1A*",), {6}),
    (("sw1a*",), {7}),
    (("SW1A 1AA",), {6}),
    (("sw1a 1aa",), {7}),
    (("%*",), {8}),
    (("_____*",), set()),
    (("999*",), set()),
    (("560001", "5000*", "7*"), {1, 2}),
]


@pytest.mark.parametrize(("codes", "expected"), CODES, ids=[" ".join(one) for one, _ in CODES])
def test_area_codes_are_compared_as_text(
    books: Connection, codes: tuple[str, ...], expected: set[int]
) -> None:
    known = ["500001", "500099", "501", "01234", "1234", "SW1A 1AA", "sw1a 1aa", "%", None, ""]
    for key, code in enumerate(known, 1):
        add_customer(books, key, WITHOUT, area_code=code, location="default")
    assert found(books, Area.of("codes", AreaCodes(codes))) == dict.fromkeys(expected, "area")


def test_inside_holds_the_last_area_alone_and_nothing_after_another_incident(engine: Engine) -> None:
    with writing(engine) as connection:
        add_incident(connection)
        add_customer(connection, 1, WITHIN)
        add_customer(connection, 2, WITHOUT)
        assert set(found(connection, SQUARE)) == {1}
        assert set(found(connection, Area.of("east", Radius(Point(*WITHOUT), 10.0)))) == {2}
        assert set(found(connection, Area.of("none", Radius(Point(0.0, 0.0), 10.0)))) == set()
    with writing(engine) as connection:
        assert set(found(connection, SQUARE)) == {1}


def test_finding_them_needs_no_right_to_write_the_books(engine: Engine) -> None:
    with writing(engine) as connection:
        add_incident(connection)
        add_customer(connection, 1, WITHIN)
        add_area(connection, INCIDENT, SQUARE, Impact.DOWN, NOW)
    with reading(engine) as connection:
        (area,) = areas_of(connection, INCIDENT)
        fill_inside(connection, area, NOW, YEAR)
        assert list(connection.execute(select(inside)).tuples()) == [(1, "area")]


PLACES: list[Place] = [
    Polygons(((tuple(Point(*at) for at in ((78.1, 17.0), (1e-7, 0.1 + 0.2), (79.0, 18.0), (78.1, 17.0))),),)),
    Radius(Point(78.4, 17.4), 1500.5),
    AreaCodes(("0123", "50*")),
]


@pytest.mark.parametrize("place", PLACES, ids=["polygon", "radius", "codes"])
def test_an_area_comes_out_of_the_books_as_it_went_in(books: Connection, place: Place) -> None:
    add_area(books, INCIDENT, Area.of("Ward", place), Impact.DEGRADED, NOW)
    (row,) = areas_of(books, INCIDENT)
    assert Area(row.name, row.shape, row.geometry).place == place


def test_an_area_is_a_cause_like_any_other_under_a_number_of_its_own(books: Connection) -> None:
    add_incident(books, 2)
    numbered = [
        add_area(books, INCIDENT, SQUARE, Impact.DEGRADED, NOW - number * MINUTE) for number in range(11)
    ]
    assert add_area(books, 2, SQUARE, Impact.DOWN, NOW) == "area-1"
    assert numbered == [f"area-{number}" for number in range(1, 12)]
    assert [row.element_id for row in areas_of(books, INCIDENT)] == numbered
    causes: list[Row[Any]] = list(
        books.execute(select(t.incident_element).order_by(t.incident_element.c.since_at))
    )
    assert {(row.incident_id, row.element_id, row.impact) for row in causes} == {
        *((INCIDENT, one, Impact.DEGRADED) for one in numbered),
        (2, "area-1", Impact.DOWN),
    }
    assert all((row.until_at, row.verified_at, row.withdrawn_at) == (None, None, None) for row in causes)
    assert [row.since_at for row in causes if row.element_id == "area-3"] == [NOW - 2 * MINUTE]


def test_no_area_is_added_to_an_incident_that_is_not_there(books: Connection) -> None:
    with pytest.raises(NotFound, match="there is no incident number 7"):
        add_area(books, 7, SQUARE, Impact.DOWN, NOW)
