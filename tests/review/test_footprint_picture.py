"""The picture of a footprint: everything that is hit is on it, and nobody can be made out."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from incident_books import at, open_incident
from matplotlib.colors import to_rgb
from matplotlib.image import imread
from sqlalchemy import Connection, Engine, insert, update

from tellfirst.domain.audience import Shape
from tellfirst.domain.errors import NotFound
from tellfirst.domain.impact import Impact
from tellfirst.domain.place import AreaCodes, Place, Point, Polygons, Radius, to_json
from tellfirst.review import footprint_rows, footprint_tree
from tellfirst.review.footprint_looks import AREA, LOOKS
from tellfirst.review.footprint_picture import draw
from tellfirst.review.footprint_rows import Seen, Spot, seen
from tellfirst.review.footprint_tree import levels
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

REFERENCE, REVISION = "INC-2026-0001", 2
DOWN, DEGRADED, AT_RISK = Impact.DOWN, Impact.DEGRADED, Impact.AT_RISK
ELEMENTS = {
    "core": None,
    "hub": Point(78.40, 17.49),
    "site-1": Point(78.41, 17.50),
    "site-2": Point(78.39, 17.48),
    "site-3": Point(78.42, 17.47),
    "far": Point(79.90, 17.49),
}
SQUARE = Polygons(((tuple(Point(*one) for one in ((78, 17), (79, 17), (79, 18), (78, 18), (78, 17))),),))


@pytest.fixture
def books(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as connection:
        _build(connection)
        yield connection


@pytest.fixture
def small_books(sqlite_engine: Engine) -> Iterator[Connection]:
    with writing(sqlite_engine) as connection:
        _build(connection)
        yield connection


def _build(connection: Connection) -> None:
    """A core, a hub below it, three sites below the hub; an incident without anything hit."""
    for key, point in ELEMENTS.items():
        lon, lat = point or (None, None)
        connection.execute(
            insert(t.element).values(
                id=key, kind="site", name=key.title(), area="Kukatpally", lon=lon, lat=lat
            )
        )
    for child, parent in (("hub", "core"), ("site-1", "hub"), ("site-2", "hub"), ("site-3", "hub")):
        connection.execute(insert(t.edge).values(child=child, grp="uplink", need=1, parent=parent))
    assert open_incident(connection, audience_revision=REVISION) == 1


def hit(connection: Connection, hits: dict[str, Impact], *causes: str, revision: int = REVISION) -> None:
    """These elements are hit in this revision, by these causes."""
    for number, (key, impact) in enumerate(hits.items(), 1):
        connection.execute(
            insert(t.impact_element).values(
                incident_id=1,
                revision=revision,
                element_id=key,
                number=number,
                impact=impact,
                cause_element=key,
            )
        )
    for key in causes:
        add_cause(connection, key, hits[key])


def add_cause(connection: Connection, key: str, impact: Impact, **more: Any) -> None:
    connection.execute(
        insert(t.incident_element).values(
            incident_id=1, element_id=key, impact=impact, since_at=at("09:50"), **more
        )
    )


def add_area(connection: Connection, key: str, shape: Shape, place: Place) -> None:
    connection.execute(
        insert(t.incident_area).values(
            incident_id=1, element_id=key, name="Ward 91", shape=shape.value, geometry=to_json(place)
        )
    )


def add_people(connection: Connection, count: int, point: Point, start: int = 1, **known: Any) -> None:
    """Affected customers who live at `point`."""
    for key in range(start, start + count):
        located = {"lon": point.lon, "lat": point.lat, "location": "exact", **known.get("customer", {})}
        connection.execute(
            insert(t.customer).values(
                id=key, reference=f"C{key}", status="active", language="te", zone="Asia/Kolkata", **located
            )
        )
        row = {"affected_revision": REVISION, **known.get("audience", {})}
        connection.execute(
            insert(t.audience).values(
                incident_id=1, customer_id=key, revision=REVISION, impact=DOWN, impact_before=0, services=1,
                basis="service", hit=1, channel="none", shared=False, language="te", zone="Asia/Kolkata",
                priority=0, **row,
            )
        )  # fmt: skip


def count(connection: Connection, **counts: int) -> None:
    names = ("element", "affected", "at_risk", "uncertain", "newly_affected", "worse", "back", "wrongly_told")
    row = {f"{name}_count": counts.get(name, 0) for name in names}
    connection.execute(
        insert(t.audience_revision).values(
            incident_id=1, revision=REVISION, at=at("10:05"), topology_version=1, **row
        )
    )


def has_colour(picture: bytes, colour: str) -> bool:
    """Somewhere on the map, which is left of the legend."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    pixels = imread(BytesIO(picture))[..., :3]
    left = pixels[150:, : int(pixels.shape[1] * 0.67)]
    return bool((np.abs(left - to_rgb(colour)).max(axis=2) < 0.01).any())


def ids(it: Seen) -> list[tuple[str, Impact]]:
    return [(spot.element_id, spot.impact) for spot in it.hits]


def test_the_last_revision_is_shown_with_its_counts(books: Connection) -> None:
    hit(books, {"far": DOWN, "site-2": DOWN}, revision=1)
    hit(books, {"site-1": AT_RISK, "core": DOWN, "hub": DEGRADED}, "core")
    count(books, element=3, affected=1_690, at_risk=7, uncertain=4)
    it = seen(books, REFERENCE)
    assert ids(it) == [("core", DOWN), ("hub", DEGRADED), ("site-1", AT_RISK)]
    assert it.hit_counts == {DOWN: 1, DEGRADED: 1, AT_RISK: 1}
    assert (it.revision, it.at) == (REVISION, at("10:05"))
    assert (it.affected_count, it.at_risk_count, it.uncertain_count) == (1_690, 7, 4)
    assert set(it.edges) == {("hub", "core"), ("site-1", "hub")}
    assert [(one.spot.name, one.spot.at, one.since_at) for one in it.causes] == [("Core", None, at("09:50"))]


def test_a_cause_that_is_over_or_was_none_is_not_shown_as_one(books: Connection) -> None:
    hit(books, {"site-1": DOWN}, "site-1")
    add_cause(books, "site-2", DOWN, verified_at=at("10:02"))
    add_cause(books, "site-3", DOWN, withdrawn_at=at("10:02"))
    assert [one.spot.element_id for one in seen(books, REFERENCE).causes] == ["site-1"]


def test_near_by_is_what_is_in_the_frame_and_not_hit(books: Connection) -> None:
    hit(books, {"hub": DOWN, "site-1": DOWN}, "hub")
    assert set(seen(books, REFERENCE).neighbours) == {ELEMENTS["site-2"], ELEMENTS["site-3"]}


def test_of_very_many_elements_the_worst_are_shown_and_every_cause_and_all_are_counted(
    books: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footprint_rows, "MOST_ELEMENTS", 2)
    hit(books, {"hub": DOWN, "site-1": DOWN, "site-2": DEGRADED, "site-3": AT_RISK}, "site-3")
    it = seen(books, REFERENCE)
    assert [key for key, _ in ids(it)] == ["hub", "site-1", "site-3"]
    assert sum(it.hit_counts.values()) == 4


def test_only_those_who_are_still_affected_and_surely_located_are_in_the_density(books: Connection) -> None:
    here = Point(78.401, 17.491)
    add_people(books, 3, here)
    add_people(books, 2, here, 11, audience={"affected_revision": None})
    add_people(books, 2, here, 21, audience={"over_at": at("10:01"), "over": "back"})
    add_people(books, 2, here, 31, customer={"location": "default"})
    add_people(books, 2, here, 41, customer={"location": None, "lat": None, "lon": None})
    assert seen(books, REFERENCE).locations == (here,) * 3


def test_of_very_many_customers_a_sample_is_taken(books: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footprint_rows, "MOST_LOCATIONS", 10)
    add_people(books, 25, Point(78.4, 17.4))
    it = seen(books, REFERENCE)
    assert (len(it.locations), it.sampled) == (8, 3)


def test_each_impact_has_its_colour_on_the_map(small_books: Connection) -> None:
    hit(small_books, {"hub": DOWN, "site-1": DEGRADED}, "hub")
    picture = draw(small_books, REFERENCE)
    assert {impact: has_colour(picture, LOOKS[impact][0]) for impact in LOOKS} == {
        DOWN: True,
        DEGRADED: True,
        AT_RISK: False,
    }


@pytest.mark.parametrize("place", [SQUARE, Radius(Point(78.4, 17.4), 2_000.0)], ids=["polygon", "circle"])
def test_an_area_is_outlined_though_no_element_is_hit(small_books: Connection, place: Place) -> None:
    add_area(small_books, "area-1", Shape.RADIUS if isinstance(place, Radius) else Shape.POLYGON, place)
    hit(small_books, {"area-1": DOWN}, "area-1")
    assert has_colour(draw(small_books, REFERENCE), AREA)
    assert seen(small_books, REFERENCE).causes[0].spot.name == "Ward 91"


def test_an_area_that_is_over_is_not_drawn(small_books: Connection) -> None:
    add_area(small_books, "area-1", Shape.POLYGON, SQUARE)
    hit(small_books, {"hub": DOWN}, "hub")
    assert not has_colour(draw(small_books, REFERENCE), AREA)


def test_fewer_than_five_customers_in_one_place_leave_no_trace(small_books: Connection) -> None:
    hit(small_books, {"hub": DOWN}, "hub")
    count(small_books, element=1, affected=5)
    nobody = draw(small_books, REFERENCE)
    add_people(small_books, 4, Point(78.401, 17.491))
    assert draw(small_books, REFERENCE) == nobody
    add_people(small_books, 4, Point(78.409, 17.485), start=11)
    assert draw(small_books, REFERENCE) == nobody
    add_people(small_books, 1, Point(78.401, 17.491), start=21)
    assert draw(small_books, REFERENCE) != nobody


def test_without_a_single_place_what_hangs_on_what_is_drawn(small_books: Connection) -> None:
    small_books.execute(update(t.element).values(lat=None, lon=None))
    add_area(small_books, "area-1", Shape.AREA_CODES, AreaCodes(("5000*",)))
    hit(small_books, {"core": DOWN, "area-1": DOWN, "hub": DEGRADED, "site-1": AT_RISK}, "core", "area-1")
    picture = draw(small_books, REFERENCE)
    assert all(has_colour(picture, LOOKS[impact][0]) for impact in LOOKS)


def test_a_picture_of_nothing_says_so(small_books: Connection) -> None:
    pixels = imread(BytesIO(draw(small_books, REFERENCE)))[200:-200, 100:900, :3]
    assert (pixels < 0.9).any()


def test_an_incident_not_matched_yet_shows_its_causes(small_books: Connection) -> None:
    add_cause(small_books, "site-1", DEGRADED)
    it = seen(small_books, REFERENCE)
    assert (ids(it), it.hit_counts) == ([("site-1", DEGRADED)], {DEGRADED: 1})
    assert has_colour(draw(small_books, REFERENCE), LOOKS[DEGRADED][0])


def test_a_name_that_looks_like_a_formula_is_drawn_as_it_is(small_books: Connection) -> None:
    small_books.execute(update(t.element).values(name=r"$\frac{1 hub"))
    hit(small_books, {"hub": DOWN}, "hub")
    assert has_colour(draw(small_books, REFERENCE), LOOKS[DOWN][0])


def test_both_sides_of_the_antimeridian_are_drawn_near_each_other(small_books: Connection) -> None:
    for key, lon in (("hub", 179.99), ("site-1", -179.99)):
        small_books.execute(update(t.element).where(t.element.c.id == key).values(lon=lon))
    hit(small_books, {"hub": DOWN, "site-1": AT_RISK}, "hub")
    pixels = imread(BytesIO(draw(small_books, REFERENCE)))[150:, :900, :3]
    far = [
        np.argwhere(np.abs(pixels - to_rgb(LOOKS[one][0])).max(axis=2) < 0.01).mean(axis=0)
        for one in (DOWN, AT_RISK)
    ]
    assert 300 < far[1][1] - far[0][1] < 800, "two kilometres, and the eastern one to the right"


def spot(key: str) -> Spot:
    return Spot(key, key, DOWN, None)


def test_an_element_stands_one_level_below_the_lowest_of_its_parents() -> None:
    hits = [spot(key) for key in "dcba"]
    edges = [("b", "a"), ("c", "b"), ("c", "a"), ("d", "a"), ("d", "not hit")]
    assert [[one.element_id for one in level] for level in levels(hits, edges)] == [["a"], ["b", "d"], ["c"]]


def test_a_long_level_is_cut_but_never_loses_a_cause(
    small_books: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footprint_tree, "MOST_IN_A_LEVEL", 2)
    small_books.execute(update(t.element).values(lat=None, lon=None))
    hit(
        small_books,
        {"hub": DEGRADED, "site-1": DEGRADED, "site-2": DEGRADED, "site-3": AT_RISK},
        "hub",
        "site-3",
    )
    assert has_colour(draw(small_books, REFERENCE), LOOKS[AT_RISK][0])


def test_an_incident_that_is_not_there_has_no_picture(small_books: Connection) -> None:
    with pytest.raises(NotFound):
        draw(small_books, "INC-2026-0007")


def test_the_time_of_a_footprint_not_matched_yet_is_that_of_its_incident(small_books: Connection) -> None:
    it = seen(small_books, REFERENCE)
    assert it.at == it.incident.opened_at < at("10:00") + timedelta(minutes=1)


def test_once_all_is_back_it_shows_what_was_hit_last(small_books: Connection) -> None:
    hit(small_books, {"hub": DOWN, "site-1": AT_RISK})
    newer = update(t.incident).values(audience_revision=REVISION + 1)
    small_books.execute(newer)
    it = seen(small_books, REFERENCE)
    assert (it.over, it.revision, it.hit_counts) == (True, REVISION, {DOWN: 1, AT_RISK: 1})
    add_cause(small_books, "site-1", DEGRADED)
    it = seen(small_books, REFERENCE)
    assert (it.over, it.revision, it.hit_counts) == (False, REVISION + 1, {DEGRADED: 1})
