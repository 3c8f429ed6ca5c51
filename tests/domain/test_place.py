"""Places as values: what is no circle and no area code is refused, and what is stored comes back the same."""

import json
from math import inf, nan

import pytest

from tellfirst.domain.audience import Shape
from tellfirst.domain.errors import Refused
from tellfirst.domain.place import (
    LARGEST_RADIUS_METRES,
    SHAPES,
    AreaCodes,
    Place,
    Point,
    Polygons,
    Radius,
    from_json,
    to_json,
)

KUKATPALLY = Point(78.3996, 17.4948)
TRIANGLE = (Point(78.0, 17.0), Point(79.0, 17.1), Point(78.5, 18.0), Point(78.0, 17.0))
HOLE = (Point(78.4, 17.3), Point(78.6, 17.3), Point(78.5, 17.5), Point(78.4, 17.3))


@pytest.mark.parametrize(
    ("place", "shape"),
    [
        (Polygons(((TRIANGLE, HOLE), (TRIANGLE,))), Shape.POLYGON),
        (Radius(KUKATPALLY, 1500.5), Shape.RADIUS),
        (Radius(Point(-180.0, 90.0), LARGEST_RADIUS_METRES), Shape.RADIUS),
        (AreaCodes(("0123", "5000*", "SW1A 1AA")), Shape.AREA_CODES),
    ],
)
def test_what_is_stored_of_a_place_comes_back_the_same(place: Place, shape: Shape) -> None:
    assert SHAPES[type(place)] is shape
    assert from_json(shape, json.loads(json.dumps(to_json(place)))) == place


@pytest.mark.parametrize(
    ("centre", "metres", "said"),
    [
        ((78.4, 17.4), 0, "metres: 0 is no radius"),
        ((78.4, 17.4), -5.0, "metres: -5.0 is no radius"),
        ((78.4, 17.4), nan, "metres: nan is no radius"),
        ((78.4, 17.4), inf, "metres: inf is no radius"),
        ((78.4, 17.4), LARGEST_RADIUS_METRES + 1, "or draw a polygon"),
        ((17.4, 97.4), 100.0, r"centre\[1\]: there is no latitude 97.4; it seems that latitude stands first"),
        ((178.4, 97.4), 100.0, r"centre\[1\]: there is no latitude 97.4; give degrees"),
        ((181.0, 17.4), 100.0, r"centre\[0\]: there is no longitude 181.0"),
        ((nan, 17.4), 100.0, r"centre\[0\]: nan is not a finite number"),
        ((78.4, inf), 100.0, r"centre\[1\]: inf is not a finite number"),
    ],
)
def test_what_is_no_circle_is_refused(centre: tuple[float, float], metres: float, said: str) -> None:
    with pytest.raises(Refused, match=said):
        Radius(Point(*centre), metres)


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ((), "codes: no area code is given"),
        (("500001", ""), r"codes\[1\]: '' is no area code"),
        (("*",), r"codes\[0\]: '\*' is no area code"),
        (("50*01",), r"codes\[0\]: '50\*01' is no area code"),
        (("50**",), r"codes\[0\]: '50\*\*' is no area code"),
        ((" 500001",), r"codes\[0\]: ' 500001' is no area code"),
        ((123,), r"codes\[0\]: 123 is not text; write it as text.*leading zeros"),
    ],
)
def test_what_is_no_area_code_is_refused(codes: tuple[str, ...], said: str) -> None:
    with pytest.raises(Refused, match=said):
        AreaCodes(codes)


def test_a_star_makes_a_code_the_beginning_of_codes() -> None:
    codes = AreaCodes(("0123", "5000*", "7*"))
    assert (codes.exact, codes.prefixes) == (("0123",), ("5000", "7"))
