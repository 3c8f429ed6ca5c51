"""An incident is opened by hand in the room and by the API: first whom it would hurt, in counts, then the act."""

import json
from collections.abc import Callable
from typing import Any

import bearing
import front
import hyderabad
import pytest
import room_staff as staff
import room_story as outage
from databases import on_both
from front import TestClient
from hyderabad import SECOND, rows
from sqlalchemy import Connection

from tellfirst.accounts.audit import entries
from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.app import create_app

Enter = Callable[[str], TestClient]
pytestmark = on_both
BY_ELEMENT = {"playbook": "mobile_site_down", "elements": "site:HYD0000", "impact": "down"}
SQUARE = [[[78.38, 17.48], [78.42, 17.48], [78.42, 17.52], [78.38, 17.52], [78.38, 17.48]]]
WARD = {
    "type": "Feature",
    "properties": {"name": "Ward 7"},
    "geometry": {"type": "Polygon", "coordinates": SQUARE},
}


def story(connection: Connection) -> Any:
    """Besides those of Miyapur, three of Kukatpally, one of whom stands in the square."""
    for key, language in ((10, "en"), (11, "te"), (12, "en")):
        hyderabad.add_customer(connection, key, "HYD0000", language=language)
    hyderabad.add_customer(connection, 13, lon=78.4, lat=17.5, location="exact", located_at=outage.T0)
    hyderabad.add_service(connection, 13, "site:HYD0008")
    return outage.story(connection)


@pytest.fixture
def api(people: World) -> TestClient:
    return bearing.program(create_app(people), people)


def opened(world: World) -> list[tuple[Any, ...]]:
    with reading(world.engine) as connection:
        return rows(connection, t.incident, "reference", "place", "stage")[1:]


def test_whom_it_would_hurt_is_shown_in_counts_and_nothing_is_opened(enter: Enter, people: World) -> None:
    client = enter("operator")
    before = front.tables(people.engine)
    shown = staff.send(client, "/room/open", **BY_ELEMENT)
    assert shown.status_code == 200
    assert "Nothing has been done yet." in shown.text
    assert "<b>3</b> Affected" in shown.text
    assert "mobile service has been down in Kukatpally" in shown.text
    assert 'lang="te"' in shown.text
    assert SECOND not in shown.text
    assert "C10" not in shown.text
    after = front.tables(people.engine)
    # To come in is no part of it.
    for table in ("account", "room_session", "audit_entry", "login_failure"):
        before.pop(table, None), after.pop(table, None)
    assert after == before


def test_confirmed_it_is_open_and_due_at_once(enter: Enter, people: World) -> None:
    client = enter("operator")
    shown = staff.send(client, "/room/open", **BY_ELEMENT)
    for name, value in BY_ELEMENT.items():
        assert f'name="{name}" value="{value}"' in shown.text
    done = staff.send(client, "/room/open", **BY_ELEMENT, step="do")
    reference = done.headers["location"].partition("?")[0].rpartition("/")[2]
    assert done.headers["location"] == f"/room/incidents/{reference}?done=opened"
    assert opened(people) == [(reference, "Kukatpally", "opened")]
    with reading(people.engine) as connection:
        newest = entries(connection)[0]
        log = [one for one in rows(connection, t.incident_entry, "topic", "actor") if one[0] == "opened"]
    assert (newest.account, newest.what, newest.incident) == ("operator", "opened_incident", reference)
    assert newest.details["elements"] == ["site:HYD0000"]
    assert log[-1] == ("opened", "operator")
    assert "It is open" in client.get(done.headers["location"]).text


def test_a_drawn_place_counts_who_stands_in_it(enter: Enter, people: World) -> None:
    client = enter("operator")
    fields = {"playbook": "mobile_site_down", "drawing": json.dumps(WARD, indent=1)}
    shown = staff.send(client, "/room/open", **fields)
    assert "<b>1</b> Affected" in shown.text
    assert "Ward 7" in shown.text
    assert staff.send(client, "/room/open", **fields, step="do").status_code == 303
    [(_, place, _)] = opened(people)
    assert place == "Ward 7"


def test_a_circle_and_codes_need_a_name_that_customers_know(enter: Enter, people: World) -> None:
    client = enter("operator")
    circle = {"playbook": "mobile_site_down", "near": "17.5,78.4,500"}
    refused = staff.send(client, "/room/open", **circle)
    assert (refused.status_code, "what customers call where it is" in refused.text) == (422, True)
    shown = staff.send(client, "/room/open", **circle, place="the old town")
    assert "<b>1</b> Affected" in shown.text
    assert "down in the old town" in shown.text
    assert opened(people) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"playbook": "mobile_site_down"}, "name at least one element"),
        ({**BY_ELEMENT, "elements": "site:HYD9999"}, "the network does not know site:HYD9999"),
        ({**BY_ELEMENT, "playbook": "tea_break"}, "there is no playbook tea_break"),
        ({**BY_ELEMENT, "playbook": ""}, "there is no playbook"),
        ({**BY_ELEMENT, "impact": "gone"}, "is none of"),
        ({**BY_ELEMENT, "since": "+1h"}, "cannot start in the future"),
        ({**BY_ELEMENT, "since": "soon"}, "is no time"),
        ({**BY_ELEMENT, "near": "here"}, "is no circle"),
        ({**BY_ELEMENT, "near": "1,1,1 " * 51}, "too many"),
        ({**BY_ELEMENT, "drawing": "{"}, "this is no JSON"),
        ({**BY_ELEMENT, "drawing": '{"type": "Point", "coordinates": [1, 1]}'}, "Point"),
        ({**BY_ELEMENT, "drawing": '{"type":"GeometryCollection","geometries":[' * 900 + "]}" * 900}, ""),
    ],
)
@pytest.mark.parametrize("step", ["", "do"])
def test_what_cannot_be_opened_is_refused_and_nothing_is_left(
    enter: Enter, people: World, fields: dict[str, str], sentence: str, step: str
) -> None:
    refused = staff.send(enter("operator"), "/room/open", **fields, step=step)
    assert 400 <= refused.status_code < 500
    assert sentence in refused.text.replace("&#39;", "'")
    assert opened(people) == []
    with reading(people.engine) as connection:
        assert [one.what for one in entries(connection)] == ["logged_in"]


def test_a_program_looks_and_opens(api: TestClient, people: World) -> None:
    asked = {"playbook": "mobile_site_down", "drawing": WARD, "elements": ["site:HYD0000"]}
    seen = api.post("/api/v1/incidents/preview", json=asked)
    assert seen.status_code == 200, seen.text
    assert (seen.json()["affected_count"], seen.json()["incident"]) == (4, "")
    assert seen.json()["wording"]["texts"]
    assert opened(people) == []
    key = {"Idempotency-Key": "one"}
    done = [api.post("/api/v1/incidents", json=asked, headers=key).json() for _ in range(2)]
    assert done[0] == done[1]
    assert opened(people) == [(done[0]["incident"], "Kukatpally", "opened")]
    with reading(people.engine) as connection:
        assert (entries(connection)[0].what, entries(connection)[0].through) == ("opened_incident", "api")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"playbook": "tea_break"}, 409),
        ({"elements": ["site:HYD9999"]}, 409),
        ({"elements": []}, 409),
        ({"near": ["91,0,5"]}, 409),
        ({"near": ["here"]}, 422),
        ({"area_codes": ["%"]}, 422),
        ({"since": "soon"}, 422),
        ({"since": "2026-02-30T00:00Z"}, 422),
        ({"drawing": {}}, 422),
        ({"drawing": {"type": "Polygon", "coordinates": [[[10**400, 1]]]}}, 422),
        ({"drawing": {"type": "Polygon", "coordinates": [[["a", None]]]}}, 422),
        ({"drawing": {"type": ["Feature"]}}, 422),
        ({"unknown": 1}, 422),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/incidents", "/api/v1/incidents/preview"])
def test_what_a_program_cannot_open_is_a_problem(
    api: TestClient, people: World, path: str, change: dict[str, Any], status: int
) -> None:
    answer = api.post(path, json={"playbook": "mobile_site_down", "elements": ["site:HYD0000"]} | change)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert opened(people) == []


def test_a_drawing_that_is_too_deep_is_no_fault_of_ours(api: TestClient) -> None:
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    drawing = {"type": "Polygon", "coordinates": deep}
    answer = api.post("/api/v1/incidents", json={"playbook": "mobile_site_down", "drawing": drawing})
    assert answer.status_code == 422
