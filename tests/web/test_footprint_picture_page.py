"""The picture of a footprint at its address: as the incident stands, and drawn once for as long as it stands so."""

import hyderabad
import pytest
from front import TestClient
from hyderabad import FIRST, T0, add_customer
from sqlalchemy import Connection, update

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.web import footprints

PICTURE = f"/incidents/{FIRST}/footprint.png"


def story(connection: Connection) -> object:
    """Two customers behind a site that fails."""
    for key in (1, 2):
        add_customer(connection, key, "HYD0004")
    hyderabad.strike(connection, "HYD0004")
    return T0


def test_the_picture_is_shown(doors: TestClient) -> None:
    answer = doors.get(PICTURE)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_it_is_drawn_again_when_the_incident_has_moved_and_not_before(
    world: World, doors: TestClient
) -> None:
    footprints._drawn.cache_clear()
    first, second = doors.get(PICTURE), doors.get(PICTURE)
    assert first.content == second.content
    assert (footprints._drawn.cache_info().hits, footprints._drawn.cache_info().misses) == (1, 1)
    with writing(world.engine) as connection:
        moved = update(t.incident).values(version=t.incident.c.version + 1, name=f"{FIRST} Elsewhere")
        connection.execute(moved)
    assert doors.get(PICTURE).content != first.content


@pytest.mark.parametrize("reference", ["INC-2026-9999", "..", "%2e%2e%2fpasswd", "x' OR 1=1 --"])
def test_there_is_no_picture_of_an_incident_that_there_is_not(doors: TestClient, reference: str) -> None:
    assert doors.get(f"/incidents/{reference}/footprint.png").status_code == 404


def test_an_unknown_incident_is_refused_by_name(doors: TestClient) -> None:
    answer = doors.get("/incidents/INC-2026-9999/footprint.png")
    assert answer.json()["title"] == "no_incident"


def test_an_incident_that_is_not_matched_yet_has_a_picture_too(world: World, doors: TestClient) -> None:
    with writing(world.engine) as connection:
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0008")), T0)
    answer = doors.get("/incidents/INC-2026-0002/footprint.png")
    assert (answer.status_code, answer.content[:4]) == (200, b"\x89PNG")
