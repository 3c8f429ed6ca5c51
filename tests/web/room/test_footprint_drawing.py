"""The picture of a footprint as SVG: well formed, bounded, told apart without colour, and of nobody."""

import math
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import hyderabad
import pytest
import room_story as outage
from front import TestClient
from hyderabad import FIRST
from sqlalchemy import Engine, update

from tellfirst.domain.impact import Impact
from tellfirst.domain.place import Point, Polygons, Radius
from tellfirst.review.footprint_rows import Seen, Spot, seen
from tellfirst.review.room.footprint_svg import draw
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

Enter = Callable[[str], TestClient]
story = outage.story
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def struck(city: Engine) -> Engine:
    with writing(city) as connection:
        for number, site in enumerate(hyderabad.SITES):
            at = {"lat": 17.4 + 0.01 * number, "lon": 78.4 + 0.01 * math.sin(number)}
            connection.execute(update(t.element).where(t.element.c.id == f"site:{site}").values(**at))
        hyderabad.add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004", "HYD0005")
    return city


def _seen(engine: Engine) -> Seen:
    with reading(engine) as connection:
        return seen(connection, FIRST)


def _shapes(drawn: str, name: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(drawn)  # our own
    return [one for one in root.iter() if one.get("class") == name]


def test_what_is_hit_stands_on_the_map_with_its_neighbours_and_a_scale(struck: Engine) -> None:
    drawn = draw(_seen(struck))
    assert [one.tag for one in _shapes(drawn, "down")][:2] == [f"{SVG}rect", f"{SVG}rect"]
    assert _shapes(drawn, "near")
    assert "1 HYD0004" in drawn
    assert " km</text>" in drawn


def test_impacts_are_told_apart_by_their_form(struck: Engine) -> None:
    it = _seen(struck)
    forms = {}
    for impact in (Impact.DOWN, Impact.DEGRADED, Impact.AT_RISK):
        one = replace(it, hits=(Spot("x", "x", impact, Point(78.4, 17.4)),), causes=(), neighbours=())
        forms[impact] = {shape.tag for shape in _shapes(draw(one), impact.word)}
    assert len({frozenset(one) for one in forms.values()}) == 3


def test_names_are_text_and_no_markup(struck: Engine) -> None:
    it = _seen(struck)
    evil = '<script>alert(1)</script>" onload="x'
    spots = tuple(replace(one, name=evil) for one in it.hits)
    causes = tuple(replace(one, spot=replace(one.spot, name=evil)) for one in it.causes)
    drawn = draw(replace(it, hits=spots, causes=causes))
    assert [
        one for one in ElementTree.fromstring(drawn).iter() if "script" in one.tag or one.get("onload")
    ] == []


def test_thousands_of_hits_stay_a_small_picture(struck: Engine) -> None:
    it = _seen(struck)
    many = tuple(
        Spot(f"e{n}", f"element {n}", Impact.DOWN, Point(78 + n % 97 / 100, 17 + n % 89 / 100))
        for n in range(5_000)
    )
    drawn = draw(replace(it, hits=many, neighbours=tuple(one.at for one in many if one.at)))
    assert len(drawn) < 250_000
    assert "more: down" in drawn


def test_areas_are_outlined_also_across_the_antimeridian(struck: Engine) -> None:
    it = _seen(struck)
    ring = (Point(179.5, -17), Point(-179.5, -17), Point(-179.5, -16), Point(179.5, -16), Point(179.5, -17))
    areas = {"area-1": Polygons(((ring,),)), "area-2": Radius(Point(179.9, -16.5), 20_000)}
    drawn = draw(replace(it, areas=areas, hits=(), causes=(), neighbours=(), edges=()))
    found = _shapes(drawn, "area")
    assert len(found) == 2
    numbers = [
        float(one)
        for shape in found
        for pair in (shape.get("points") or "").split()
        for one in pair.split(",")
    ]
    assert all(-1 <= one <= 721 for one in numbers)


def test_where_nothing_has_a_place_elements_stand_in_rows(struck: Engine) -> None:
    it = _seen(struck)
    placeless = tuple(replace(one, at=None) for one in it.hits)
    causes = tuple(replace(one, spot=replace(one.spot, at=None)) for one in it.causes)
    drawn = draw(replace(it, hits=placeless, causes=causes))
    assert "No position is known" in drawn
    assert "1 HYD0004" in drawn
    assert ElementTree.fromstring(drawn).tag == f"{SVG}svg"


def test_an_incident_that_is_not_matched_yet_has_a_picture(city: Engine) -> None:
    with writing(city) as connection:
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0004")))
    assert "0 customers affected" in draw(_seen(city))


def test_the_room_serves_it_with_a_policy_of_its_own(enter: Enter) -> None:
    answer = enter("viewer").get(f"/room/incidents/{FIRST}/footprint.svg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert enter("viewer").get("/room/incidents/INC-2026-9999/footprint.svg").status_code == 404
