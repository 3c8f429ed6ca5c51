"""What is on the ground of an area: at its boundary, in its holes, behind the antimeridian, near the poles."""

from collections.abc import Sequence
from math import atan2, cos, degrees, radians, sin, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.audience.ground import Ground, metres_between
from tellfirst.domain.geojson import features
from tellfirst.domain.place import Point, Polygons, Radius, Ring

SQUARE = ((0.0, 0.0), (8.0, 0.0), (8.0, 8.0), (0.0, 8.0), (0.0, 0.0))
HOLE = ((2.0, 2.0), (6.0, 2.0), (6.0, 6.0), (2.0, 6.0), (2.0, 2.0))
ISLAND = ((3.0, 3.0), (5.0, 3.0), (5.0, 5.0), (3.0, 5.0), (3.0, 3.0))
NEIGHBOUR = ((8.0, 0.0), (16.0, 0.0), (16.0, 8.0), (8.0, 8.0), (8.0, 0.0))
OVER_IT = ((4.0, 4.0), (12.0, 4.0), (12.0, 12.0), (4.0, 12.0), (4.0, 4.0))
SLANTED = ((0.0, 0.0), (9.0, 3.0), (0.0, 3.0), (0.0, 0.0))
FIJI_WEST = ((177.0, -19.0), (180.0, -19.0), (180.0, -16.0), (177.0, -16.0), (177.0, -19.0))
FIJI_EAST = ((-180.0, -19.0), (-178.0, -19.0), (-178.0, -16.0), (-180.0, -16.0), (-180.0, -19.0))

Positions = tuple[tuple[float, float], ...]


def ring(positions: Positions) -> Ring:
    return tuple(Point(*position) for position in positions)


def area(*polygons: Sequence[Positions]) -> Polygons:
    return Polygons(tuple(tuple(ring(one) for one in rings) for rings in polygons))


def on(ground: Ground, *points: tuple[float, float]) -> list[bool]:
    lon, lat = (np.array(values, float) for values in zip(*points, strict=True))
    covered = ground.covers(lon, lat)
    boxed = np.zeros(len(lon), bool)
    for box in ground.boxes:
        boxed |= (box.west <= lon) & (lon <= box.east) & (box.south <= lat) & (lat <= box.north)
    assert not (covered & ~boxed).any(), "nobody is outside of the boxes that the index is asked for"
    return covered.tolist()  # type: ignore[no-any-return] # numpy types a list of anything


CASES: dict[str, tuple[Polygons, list[tuple[float, float]], list[tuple[float, float]]]] = {
    "a square": (area([SQUARE]), [(4.0, 4.0), (0.5, 7.5)], [(9.0, 4.0), (4.0, -0.1), (8.1, 8.1)]),
    "its boundary and corners": (area([SQUARE]), [(0.0, 0.0), (8.0, 3.3), (4.0, 8.0), (8.0, 8.0)], []),
    "a boundary that is not level": (area([SLANTED]), [(3.0, 1.0), (6.0, 2.0)], [(3.0, 0.99999)]),
    "a hole": (area([SQUARE, HOLE]), [(1.0, 1.0), (7.0, 4.0)], [(4.0, 4.0), (2.5, 5.5)]),
    "the boundary of a hole": (area([SQUARE, HOLE]), [(2.0, 4.0), (6.0, 6.0)], []),
    "an island in the hole": (area([SQUARE, HOLE], [ISLAND]), [(4.0, 4.0), (3.0, 4.0)], [(2.5, 4.0)]),
    "neighbours": (
        area([SQUARE], [NEIGHBOUR]),
        [(8.0, 4.0), (8.0, 0.0), (4.0, 4.0), (9.0, 4.0)],
        [(17.0, 4.0)],
    ),
    "where two overlap": (
        area([SQUARE], [OVER_IT]),
        [(1.0, 1.0), (6.0, 6.0), (7.0, 5.0), (11.0, 11.0)],
        [(1.0, 11.0)],
    ),
    "where one covers another's hole": (
        area([SQUARE, HOLE], [OVER_IT]),
        [(5.0, 5.0), (7.0, 7.0)],
        [(3.0, 3.0)],
    ),
    "one drawn twice": (area([SQUARE], [SQUARE]), [(4.0, 4.0), (4.0, 5.0)], [(9.0, 9.0)]),
    "the other way round": (area([SQUARE[::-1], HOLE]), [(1.0, 1.0)], [(4.0, 4.0), (9.0, 9.0)]),
    "both sides of the antimeridian": (
        area([FIJI_WEST], [FIJI_EAST]),
        [(178.0, -17.0), (-179.0, -17.0), (180.0, -17.0), (-180.0, -17.0), (-178.0, -16.0)],
        [(176.0, -17.0), (-177.0, -17.0), (0.0, -17.0)],
    ),
    "one side of the antimeridian, by either name": (
        area([FIJI_WEST]),
        [(180.0, -17.0), (-180.0, -17.0), (177.0, -17.0)],
        [(-179.9, -17.0), (180.0, -15.0), (-180.0, -20.0)],
    ),
    "the other side, by either name": (
        area([FIJI_EAST]),
        [(-180.0, -17.0), (180.0, -17.0)],
        [(179.9, -17.0), (180.0, -15.0)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_boundary_belongs_to_an_area_and_its_holes_do_not(case: str) -> None:
    place, within, without = CASES[case]
    assert on(Ground(place), *within, *without) == [True] * len(within) + [False] * len(without)


def test_a_point_with_latitude_and_longitude_swapped_is_somewhere_else() -> None:
    (drawn,) = features({"type": "Polygon", "coordinates": [[list(p) for p in ((78.0, 17.0), (79.0, 17.0),
                        (79.0, 18.0), (78.0, 17.0))]]})  # fmt: skip
    assert on(Ground(drawn.polygons), (78.9, 17.5), (17.5, 78.9)) == [True, False]


# Karney's GeographicLib 2.1, Geodesic.WGS84.Inverse; arXiv:1109.4448
DISTANCES = [
    ((78.3996, 17.4948), (78.3614, 17.4968), 4062.945563899627),
    ((179.9, -17.0), (-179.9, -17.1), 23995.96409055469),
    ((-179.9, -17.1), (179.9, -17.0), 23995.96409055469),
    ((10.0, 89.5), (-170.0, 89.5), 111693.95089655284),
    ((0.0, 0.0), (1.0, 0.0), 111319.49079327357),
    ((-75.5, -89.9), (20.0, -89.95), 12957.683402998675),
    ((78.0, 17.0), (88.0, 22.5), 1211513.301239246),
    ((78.0, 17.0), (78.0, 17.0), 0.0),
    ((0.0, 90.0), (77.0, 90.0), 0.0),
]


@pytest.mark.parametrize(("here", "there", "metres"), DISTANCES)
def test_a_distance_is_the_way_over_the_ellipsoid_to_the_millimetre(
    here: tuple[float, float], there: tuple[float, float], metres: float
) -> None:
    found = metres_between(Point(*here), np.array([there[0]]), np.array([there[1]]))
    assert found[0] == pytest.approx(metres, abs=0.001)


def chord(here: Point, there: Point) -> float:
    """Metres straight through the earth, from the definition of WGS 84: never longer than the way over it."""

    def in_space(point: Point) -> tuple[float, float, float]:
        squared = 0.0066943799901413165
        lon, lat = radians(point.lon), radians(point.lat)
        normal = 6_378_137.0 / sqrt(1 - squared * sin(lat) ** 2)
        return normal * cos(lat) * cos(lon), normal * cos(lat) * sin(lon), normal * (1 - squared) * sin(lat)

    pairs = zip(in_space(here), in_space(there), strict=True)
    return sqrt(sum((one - other) ** 2 for one, other in pairs))


def walked(start: Point, bearing: float, metres: float) -> Point:
    """About where one comes to on a sphere; the tests measure how far that really is."""
    way, at, lat = metres / 6_371_000, radians(bearing), radians(start.lat)
    up = sin(lat) * cos(way) + cos(lat) * sin(way) * cos(at)
    aside = atan2(sin(at) * sin(way) * cos(lat), cos(way) - sin(lat) * up)
    lon = (start.lon + degrees(aside) + 180) % 360 - 180
    return Point(lon, degrees(atan2(up, sqrt(max(0.0, 1 - up * up)))))


CENTRES = st.builds(
    Point,
    st.floats(-180, 180) | st.sampled_from([-180.0, 180.0, 179.999, 0.0]),
    st.floats(-90, 90) | st.sampled_from([-90.0, 90.0, 89.99, -89.5, 0.0]),
)


@given(CENTRES, st.floats(1, 200_000), st.floats(0, 360), st.floats(0.5, 1.5))
def test_within_a_radius_is_who_is_that_near_whatever_is_in_between(
    centre: Point, metres: float, bearing: float, share: float
) -> None:
    there = walked(centre, bearing, metres * share)
    straight = chord(centre, there)
    # What the bend of the earth adds; on the ellipsoid its radius is 6 335 to 6 400 km.
    bent = straight + straight**3 / (24 * 6_335_000**2) + 0.01
    (covered,) = on(Ground(Radius(centre, metres)), there)
    if bent < metres * 0.9999:
        assert covered
    if straight > metres * 1.0001:
        assert not covered


def test_a_circle_over_the_antimeridian_reaches_both_sides() -> None:
    ground = Ground(Radius(Point(179.95, -17.0), 20_000.0))
    assert len(ground.boxes) == 2
    assert on(ground, (179.9, -17.0), (-179.95, -17.0), (-179.8, -17.0), (179.7, -17.0)) == [
        True,
        True,
        False,
        False,
    ]
    mirrored = Ground(Radius(Point(-179.95, -17.0), 20_000.0))
    assert on(mirrored, (-179.9, -17.0), (179.95, -17.0), (179.8, -17.0)) == [True, True, False]


def test_a_circle_around_a_pole_reaches_every_longitude() -> None:
    ground = Ground(Radius(Point(15.0, 89.9), 50_000.0))
    assert on(ground, (15.0, 89.6), (-165.0, 89.8), (105.0, 89.9), (-165.0, 89.5)) == [
        True,
        True,
        True,
        False,
    ]


def test_a_circle_counts_metres_and_not_degrees() -> None:
    """At 60 degrees north a degree of longitude is half as long as one of latitude."""
    ground = Ground(Radius(Point(25.0, 60.0), 60_000.0))
    assert on(ground, (26.0, 60.0), (25.0, 60.5), (25.0, 61.0), (26.2, 60.0)) == [True, True, False, False]
