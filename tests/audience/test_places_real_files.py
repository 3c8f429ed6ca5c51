"""Real outlines: the wards and zones of Hyderabad (OpenStreetMap) and Kochi, from a folder beside the project.

The folder is optional: named by TELLFIRST_SHARED, or `shared/data` beside the project.
"""

import os
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, select
from test_places_inside import INCIDENT, NOW, YEAR, add_customer, add_incident

from tellfirst.audience.areas import Area, read_area
from tellfirst.audience.ground import Ground, geometry
from tellfirst.audience.places import add_area, areas_of, fill_inside, inside
from tellfirst.domain.impact import Impact
from tellfirst.domain.place import Polygons
from tellfirst.store.engine import writing

BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "data"
GEO = Path(os.environ.get("TELLFIRST_SHARED", BESIDE)) / "geo"
FILES = {"ghmc-wards.geojson": 145, "ghmc-zones.geojson": 5, "KCH_Corporation_Boundary.geojson": 1}

pytestmark = pytest.mark.skipif(
    not all((GEO / name).is_file() for name in FILES),
    reason="the optional folder with real outlines is not there (TELLFIRST_SHARED)",
)


def polygons(area: Area) -> Polygons:
    assert isinstance(area.place, Polygons)
    return area.place


def surface(area: Area) -> shapely.Geometry:
    return shapely.union_all([geometry(one) for one in polygons(area).polygons])


def crosses_an_odd_number_of_edges(area: Area, lon: float, lat: float) -> bool:
    """Plain ray casting; for points drawn by chance, none of which lies on an edge."""
    within = False
    for polygon in polygons(area).polygons:
        for ring in polygon:
            for (x1, y1), (x2, y2) in pairwise(ring):
                if (y1 > lat) != (y2 > lat) and lon < x1 + (lat - y1) * (x2 - x1) / (y2 - y1):
                    within = not within
    return within


@pytest.mark.parametrize("name", FILES)
def test_every_real_outline_is_read_without_repair_and_stored_whole(sqlite_engine: Engine, name: str) -> None:
    read = read_area(GEO / name)
    assert len(read) == FILES[name]
    assert all(one.name for one in read)
    with writing(sqlite_engine) as connection:
        add_incident(connection)
        for area in read:
            add_area(connection, INCIDENT, area, Impact.DOWN, NOW)
        stored = areas_of(connection, INCIDENT)
        assert [Area(row.name, row.shape, row.geometry).place for row in stored] == [
            one.place for one in read
        ]


def test_a_file_without_any_name_lends_its_own() -> None:
    (kochi,) = read_area(GEO / "KCH_Corporation_Boundary.geojson")
    assert kochi.name == "KCH_Corporation_Boundary"


def test_points_are_found_by_exactly_the_wards_that_a_second_method_names() -> None:
    wards = read_area(GEO / "ghmc-wards.geojson")
    rng = Random(20)
    boxes = [Ground(polygons(ward)).boxes[0] for ward in wards]
    points = [
        (rng.uniform(box.west, box.east), rng.uniform(box.south, box.north))
        for box in boxes
        for _ in range(3)
    ]
    lon, lat = (np.array(column) for column in zip(*points, strict=True))
    named = [0] * len(points)
    for ward in wards:
        expected = [crosses_an_odd_number_of_edges(ward, *point) for point in points]
        assert Ground(polygons(ward)).covers(lon, lat).tolist() == expected, ward.name
        named = [count + here for count, here in zip(named, expected, strict=True)]
    assert sum(named) > 350
    assert max(named) == 1, "wards do not overlap"


def test_customers_of_a_ward_are_found_through_the_books(engine: Engine) -> None:
    wards = read_area(GEO / "ghmc-wards.geojson")
    rng = Random(21)
    points = {key: (rng.uniform(78.38, 78.5), rng.uniform(17.35, 17.5)) for key in range(1, 401)}
    with writing(engine) as connection:
        add_incident(connection)
        for key, point in points.items():
            add_customer(connection, key, point)
        for ward in wards[::12]:
            add_area(connection, INCIDENT, ward, Impact.DOWN, NOW)
        found: dict[str, set[int]] = {}
        for row in areas_of(connection, INCIDENT):
            fill_inside(connection, row, NOW, YEAR)
            found[row.name] = set(connection.scalars(select(inside.c.customer_id)))
    assert found == {
        ward.name: {key for key, point in points.items() if crosses_an_odd_number_of_edges(ward, *point)}
        for ward in wards[::12]
    }
    assert sum(map(len, found.values())) > 10


def test_a_city_by_its_wards_is_not_the_city_by_its_zones() -> None:
    """The file of the wards lacks 3, 4, 11, 13, 31 and 113: whoever takes the wards for the whole city forgets
    a tenth of it. What both files draw agrees to the last bit."""
    wards = shapely.union_all([surface(one) for one in read_area(GEO / "ghmc-wards.geojson")])
    zones = shapely.union_all([surface(one) for one in read_area(GEO / "ghmc-zones.geojson")])
    assert shapely.difference(wards, zones).area == 0
    missing = shapely.difference(zones, wards)
    assert missing.area / zones.area == pytest.approx(0.0914, abs=0.0001)
    assert len(shapely.get_parts(missing)) == 7
