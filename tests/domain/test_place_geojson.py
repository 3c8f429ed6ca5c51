"""GeoJSON as people write it: what draws an area is read, everything else is refused where it stands."""

import json
from math import inf, nan
from typing import Any

import pytest

from tellfirst.domain import geojson
from tellfirst.domain.errors import Refused
from tellfirst.domain.geojson import clean_name, features

SQUARE = [[78.0, 17.0], [79.0, 17.0], [79.0, 18.0], [78.0, 18.0], [78.0, 17.0]]
HOLE = [[78.4, 17.4], [78.6, 17.4], [78.6, 17.6], [78.4, 17.4]]
EAST = [[lon + 2, lat] for lon, lat in SQUARE]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def multi(*polygons: Any) -> dict[str, Any]:
    return {"type": "MultiPolygon", "coordinates": list(polygons)}


def feature(geometry: Any, **members: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": geometry, **members}


def collection(*members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(members)}


def geometries(*members: Any) -> dict[str, Any]:
    return {"type": "GeometryCollection", "geometries": list(members)}


def drawn(document: Any) -> list[list[list[tuple[float, float]]]]:
    """Every polygon of every feature, as plain positions."""
    parsed = json.loads(json.dumps(document))
    found = [one for part in features(parsed) for one in part.polygons.polygons]
    return [[[tuple(point) for point in ring] for ring in rings] for rings in found]  # type: ignore[misc] # pairs


def ring(positions: list[list[float]]) -> list[tuple[float, ...]]:
    return [tuple(position) for position in positions]


READ = {
    "a polygon": (polygon(SQUARE), [[SQUARE]]),
    "a hole": (polygon(SQUARE, HOLE), [[SQUARE, HOLE]]),
    "several polygons": (multi([SQUARE, HOLE], [EAST]), [[SQUARE, HOLE], [EAST]]),
    "a feature": (feature(polygon(SQUARE)), [[SQUARE]]),
    "features": (collection(feature(polygon(SQUARE)), feature(multi([EAST]))), [[SQUARE], [EAST]]),
    "a collection of geometries": (geometries(polygon(SQUARE), multi([EAST])), [[SQUARE], [EAST]]),
    "a feature with a collection": (feature(geometries(polygon(EAST))), [[EAST]]),
    "the other way round": (polygon(SQUARE[::-1]), [[SQUARE[::-1]]]),
    "whole numbers": (polygon([[78, 17], [79, 17], [79, 18], [78, 17]]), None),
    "heights": (polygon([[*position, 540.5] for position in SQUARE]), [[SQUARE]]),
    "heights that are none": (polygon([[*position, None] for position in SQUARE]), [[SQUARE]]),
    "a ring whose ends differ in height": (polygon([[*p, n] for n, p in enumerate(SQUARE)]), [[SQUARE]]),
    "up to the antimeridian": (polygon([[180, 17], [0, 17], [90.5, 18], [180, 17]]), None),
    "old words for WGS 84": (
        {**polygon(SQUARE), "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}},
        [[SQUARE]],
    ),
    "a member of somebody's own": ({**polygon(SQUARE), "generator": "overpass", "bbox": [1, 2]}, [[SQUARE]]),
}


@pytest.mark.parametrize("case", READ)
def test_what_draws_an_area_is_read(case: str) -> None:
    document, expected = READ[case]
    found = drawn(document)
    assert all(type(value) is float for rings in found for one in rings for point in one for value in point)
    if expected is not None:
        assert found == [[ring(one) for one in rings] for rings in expected]


def with_position(position: Any) -> dict[str, Any]:
    """The square with another second corner."""
    return polygon([SQUARE[0], position, *SQUARE[2:]])


SECOND = r"^coordinates\[0\]\[1\]"
REFUSED: dict[str, tuple[Any, str]] = {
    "no object": ([1, 2], "^the document: this is no GeoJSON object"),
    "nothing": (None, "^the document: this is no GeoJSON object"),
    "no type": ({"coordinates": [SQUARE]}, "^the document: .*`type` .*section 3"),
    "a type that is no text": ({"type": 7}, "^the document: this is no GeoJSON object"),
    "a line": (
        feature({"type": "LineString", "coordinates": SQUARE}),
        "^geometry: a LineString is no polygon.*section 3.1",
    ),
    "a point among polygons": (
        collection(feature(polygon(SQUARE)), feature({"type": "Point", "coordinates": [78, 17]})),
        r"^features\[1\].geometry: a Point is no polygon",
    ),
    "a point in a collection": (
        geometries({"type": "Point", "coordinates": [78, 17]}),
        r"^geometries\[0\]: a Point is no polygon",
    ),
    "a collection in a collection": (
        geometries(geometries(polygon(SQUARE))),
        r"^geometries\[0\]: a GeometryCollection is no polygon; draw .* in at most one collection",
    ),
    "a geometry where a feature belongs": (
        collection(polygon(SQUARE)),
        r"^features\[0\]: a Polygon is no Feature.*section 3.3",
    ),
    "no features": (collection(), "^features: there is nothing in it"),
    "features that are no list": ({"type": "FeatureCollection"}, "^features: this is no list"),
    "a feature without a place": (
        collection(feature(polygon(SQUARE)), feature(None)),
        r"^features\[1\].geometry: this feature has no place .*section 3.2.*draw it or remove it",
    ),
    "a feature without a geometry": ({"type": "Feature"}, "^geometry: this feature has no place"),
    "an empty polygon": (polygon(), "^coordinates: there is nothing in it"),
    "an empty multipolygon": (multi(), "^coordinates: there is nothing in it"),
    "an empty polygon among others": (multi([SQUARE], []), r"^coordinates\[1\]: there is nothing in it"),
    "an empty collection": (geometries(), "^geometries: there is nothing in it"),
    "an empty ring": (
        polygon(SQUARE, []),
        r"^coordinates\[1\]: 0 positions, 0 of them different, are no ring",
    ),
    "too short a ring": (
        polygon([SQUARE[0], SQUARE[1], SQUARE[0]]),
        r"^coordinates\[0\]: 3 positions, 2 of them different, are no ring.*section 3.1.6",
    ),
    "a ring of two corners": (
        polygon([SQUARE[0], SQUARE[1], SQUARE[1], SQUARE[0]]),
        r"^coordinates\[0\]: 4 positions, 2 of them different, are no ring",
    ),
    "a ring that is not closed": (
        multi([SQUARE], [SQUARE, [*HOLE[:-1], [78.5, 17.5]]]),
        r"^coordinates\[1\]\[1\]\[3\]: the ring begins at \[78.4, 17.4\] and ends at \[78.5, 17.5\]; repeat",
    ),
    "a ring that is no list": (polygon({"lon": 1}), r"^coordinates\[0\]: this is no list"),
    "a position of one number": (with_position([79.0]), SECOND + r": \[79.0\] is no position.*section 3.1.1"),
    "a position that is none": (with_position("79,17"), SECOND + ": '79,17' is no position"),
    "text for a number": (with_position([79.0, "17"]), SECOND + r"\[1\]: '17' is not a number"),
    "true for a number": (with_position([True, 17]), SECOND + r"\[0\]: True is not a number"),
    "nothing for a number": (with_position([None, 17]), SECOND + r"\[0\]: None is not a number"),
    "not a number": (with_position([nan, 17]), SECOND + r"\[0\]: nan is not a finite number"),
    "infinity": (with_position([79, -inf]), SECOND + r"\[1\]: -inf is not a finite number"),
    "a number of 400 digits": (
        with_position([10**400, 17]),
        SECOND + r"\[0\]: there is no longitude 1000000",
    ),
    "latitude first": (
        with_position([17.0, 98.0]),
        SECOND + r"\[1\]: there is no latitude 98.0; it seems that latitude stands first.*section 3.1.1",
    ),
    "south of the south pole": (with_position([17.0, -98.0]), SECOND + r"\[1\].*latitude stands first"),
    "no such latitude": (
        with_position([120.0, 91.0]),
        SECOND + r"\[1\]: there is no latitude 91.0; give degrees",
    ),
    "no such longitude": (with_position([180.5, 17.0]), SECOND + r"\[0\]: there is no longitude 180.5"),
    "metres of a map": (
        with_position([8684000.0, 1968000.0]),
        SECOND + r"\[1\]: there is no latitude 1968000.0; .*WGS 84.*section 4",
    ),
    "across the antimeridian": (
        collection(feature(polygon([[177, -17], [-179, -17], [-179, -18], [177, -17]]))),
        r"^features\[0\].geometry.coordinates\[0\]: the ring spans more than 180 .*two polygons .*3\.1\.9",
    ),
    "around a pole": (
        polygon([[-180, 80], [0, 80], [180, 80], [180, 85], [-180, 85], [-180, 80]]),
        "spans more than 180",
    ),
    "up to a pole": (
        polygon([[0, 80], [60, 80], [60, 90], [0, 90], [0, 80]]),
        r"^coordinates\[0\]\[2\]: the ring touches a pole",
    ),
    "another coordinate system": (
        collection() | {"crs": {"type": "name", "properties": {"name": "EPSG:32644"}}},
        "^crs: the coordinates are in a system of their own; convert .*section 4",
    ),
    "another coordinate system inside": (
        feature(polygon(SQUARE) | {"crs": {"type": "name", "properties": {"name": "EPSG:3857"}}}),
        r"^geometry.crs: ",
    ),
    "no coordinate system": (polygon(SQUARE) | {"crs": None}, "^crs: "),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_draws_none_is_refused_where_it_stands(case: str) -> None:
    document, said = REFUSED[case]
    with pytest.raises(Refused, match=said) as refused:
        features(json.loads(json.dumps(document)))
    assert refused.value.reason == "bad_area"
    assert "; " in str(refused.value), "a refusal names the cure"


def test_positions_are_counted_over_all_of_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geojson, "MOST_POSITIONS", 14)
    assert len(features(multi([SQUARE, HOLE], [SQUARE]))[0].polygons.polygons) == 2
    with pytest.raises(Refused, match=r"^features\[1\].*coordinates\[0\]: there are more than 14 positions"):
        features(collection(feature(multi([SQUARE, SQUARE])), feature(polygon(SQUARE))))


NAMES: list[tuple[dict[str, Any], str | None]] = [
    ({"properties": {"name": "Ward 91", "Name": "no", "id": 1}, "id": 2}, "Ward 91"),
    ({"properties": {"Name": "Ward 92", "id": 1}, "id": 2}, "Ward 92"),
    ({"properties": {"name": "  ", "id": 1}, "id": "relation/7"}, "relation/7"),
    ({"properties": {"name": None, "id": 1}}, "1"),
    ({"properties": {"name": ["no"], "id": True}}, None),
    ({"properties": None}, None),
    ({"properties": {"name": "కూకట్‌పల్లి"}}, "కూకట్‌పల్లి"),
]


@pytest.mark.parametrize(("members", "name"), NAMES)
def test_a_feature_is_called_what_it_calls_itself(members: dict[str, Any], name: str | None) -> None:
    (found,) = features(feature(polygon(SQUARE)) | members)
    assert found.name == name


def test_a_name_is_one_short_line_that_steers_no_terminal() -> None:
    assert clean_name(" Ward\n91 \x1b[31m\x00 Khairatabad\ud800 ") == "Ward 91 [31m Khairatabad"
    assert len(clean_name("x" * 1_000)) == 200
