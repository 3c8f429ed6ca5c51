"""GeoJSON files become areas, or are refused with their name and where the fault stands."""

import json
from pathlib import Path
from typing import Any

import pytest

from tellfirst.audience import areas
from tellfirst.audience.areas import Area, read_area
from tellfirst.domain.audience import Shape
from tellfirst.domain.errors import Refused
from tellfirst.domain.place import Polygons

SQUARE = [[78.0, 17.0], [79.0, 17.0], [79.0, 18.0], [78.0, 18.0], [78.0, 17.0]]
EAST = [[lon + 2, lat] for lon, lat in SQUARE]
BOW = [[78.0, 17.0], [79.0, 18.0], [79.0, 17.0], [78.0, 18.0], [78.0, 17.0]]
"""Crosses itself in its middle, at 78.5, 17.5."""
OUTSIDE = [[80.0, 17.0], [80.5, 17.0], [80.5, 17.5], [80.0, 17.0]]
FLAT = [[78.0, 17.0], [78.5, 17.5], [79.0, 18.0], [78.0, 17.0]]


def feature(*rings: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def write(folder: Path, document: object, name: str = "wards.geojson") -> Path:
    path = folder / name
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    path.write_bytes(content)
    return path


def rings(area: Area) -> list[list[list[list[float]]]]:
    """What is stored, as JSON gives it back."""
    return json.loads(json.dumps(area.geometry))["coordinates"]  # type: ignore[no-any-return] # JSON


def test_each_feature_is_an_area_of_its_own_name(tmp_path: Path) -> None:
    path = write(tmp_path, collection(feature(SQUARE, name="Ward 1"), feature(EAST, id=7), feature(EAST)))
    found = read_area(path)
    assert [(one.name, one.shape) for one in found] == [
        ("Ward 1", Shape.POLYGON),
        ("7", Shape.POLYGON),
        ("wards 3", Shape.POLYGON),
    ]
    assert [rings(one) for one in found] == [[[SQUARE]], [[EAST]], [[EAST]]]


def test_a_file_with_one_feature_without_a_name_lends_it_its_own(tmp_path: Path) -> None:
    (found,) = read_area(write(tmp_path, feature(SQUARE), "Kochi.geojson"))
    assert found.name == "Kochi"


def test_by_a_name_the_whole_file_is_one_area(tmp_path: Path) -> None:
    path = write(tmp_path, collection(feature(SQUARE, name="Ward 1"), feature(EAST, name="Ward 2")))
    (found,) = read_area(path, "West \n zone")
    assert (found.name, rings(found)) == ("West zone", [[SQUARE], [EAST]])


def test_an_area_is_stored_as_geojson_that_reads_the_same_again(tmp_path: Path) -> None:
    (first,) = read_area(write(tmp_path, feature(SQUARE, name="Ward 1")))
    (again,) = read_area(write(tmp_path, first.geometry, "stored.json"))
    assert again.place == first.place
    assert isinstance(first.place, Polygons)


def test_a_mark_of_byte_order_is_no_fault(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + json.dumps(feature(SQUARE)).encode()
    assert len(read_area(write(tmp_path, content))) == 1


CROSSED = "Self-intersection at longitude 78.5, latitude 17.5"
REFUSED: dict[str, tuple[Any, str]] = {
    "a fault in the drawing": (
        collection(feature(SQUARE), feature(SQUARE[:-1])),
        r"^wards.geojson: features\[1\].geometry.coordinates\[0\]\[3\]: the ring begins",
    ),
    "an outline that crosses itself": (
        collection(feature(SQUARE), feature(BOW, name="Ward 2")),
        rf"^wards.geojson: features\[1\], Ward 2, polygon 1: {CROSSED}; mend the drawing, or ask for",
    ),
    "one without a name": (feature(BOW), f"^wards.geojson: the document, polygon 1: {CROSSED}"),
    "a hole outside": (feature(SQUARE, OUTSIDE), "Hole lies outside shell at longitude 80.* latitude 17"),
    "a hole across the outline": (feature(SQUARE, EAST, BOW), "polygon 1: "),
    "no surface": (feature(FLAT), "polygon 1: "),
    "bytes that are not UTF-8": (
        b'{"type": "Feature", "name": "Kuk\xe0tpally"}',
        "^wards.geojson: byte 32: this is not UTF-8",
    ),
    "UTF-16": ('{"type": "Feature"}'.encode("utf-16"), "byte 0: this is not UTF-8"),
    "no JSON": (b'{"type":\n "Feature",,}', "^wards.geojson: line 2 column 12: this is no JSON"),
    "nothing": (b"", "line 1 column 1: this is no JSON"),
    "a member twice": (b'{"type": "Feature", "type": "Polygon"}', "has the member 'type' twice; remove"),
    "brackets without end": (b"[" * 200_000, "nests too deep"),
    "a number without end": (b'{"type": ' + b"9" * 5_000 + b"}", "a number that is far too long"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_with_one_mistake_gives_no_area_at_all(tmp_path: Path, case: str) -> None:
    content, said = REFUSED[case]
    with pytest.raises(Refused, match=said):
        read_area(write(tmp_path, content))


def test_a_file_that_is_not_there_is_refused_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(
        Refused, match=r"^wards.geojson: the file: it cannot be read \(No such file"
    ) as refused:
        read_area(tmp_path / "wards.geojson")
    assert str(tmp_path) not in str(refused.value)


def test_too_large_a_file_is_refused_before_it_is_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps(feature(SQUARE)).encode()
    monkeypatch.setattr(areas, "LARGEST_FILE_BYTES", len(content))
    assert len(read_area(write(tmp_path, content))) == 1
    with pytest.raises(Refused, match="it is larger than"):
        read_area(write(tmp_path, content + b" "))


def test_repaired_what_an_outline_goes_around_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path, collection(feature(SQUARE, name="sound"), feature(BOW, name="bow")))
    sound, bow = read_area(path, repair=True)
    assert rings(sound) == [[SQUARE]]
    assert sorted(len(outline) for polygon in rings(bow) for outline in polygon) == [4, 4]
    assert all([78.5, 17.5] in polygon[0] for polygon in rings(bow))


def test_what_has_no_surface_left_is_refused_even_then(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="repaired, it has no surface left"):
        read_area(write(tmp_path, feature(FLAT)), repair=True)
