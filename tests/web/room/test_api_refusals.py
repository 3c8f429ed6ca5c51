"""Every no of the API is a problem of RFC 9457, and says nothing that was sent."""

from collections.abc import Iterator
from typing import Any

import bearing
import front
import pytest
import room_staff as staff
import room_story as outage
from fastapi.routing import APIRoute
from front import TestClient
from room_story import FIRST

from tellfirst.bootstrap import World
from tellfirst.domain.account import RIGHTS, Right, Role
from tellfirst.web.api import ROUTERS
from tellfirst.web.api.bearer import Bearing
from tellfirst.web.app import create_app

story = outage.story
NAMES = {"reference": FIRST, "customer": "C1", "contact": "CON-000001"}
SECRET = "4055500001"


def _routes() -> Iterator[tuple[str, str, Right]]:
    for route in (route for router in ROUTERS for route in router.routes):
        assert isinstance(route, APIRoute)
        [right] = [one.call.right for one in route.dependant.dependencies if isinstance(one.call, Bearing)]
        for method in route.methods:
            yield method, f"/api/v1{route.path}".format(**NAMES), right


ROUTES = list(_routes())


def problem(answer: Any) -> tuple[int, str]:
    """Status and title; it fails for what is no problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    said = answer.json()
    assert said["status"] == answer.status_code
    assert set(said) == {"type", "title", "status", "detail", "errors"}
    assert answer.headers["content-security-policy"]
    return answer.status_code, said["title"]


@pytest.fixture
def api(people: World) -> TestClient:
    return bearing.program(create_app(people), people)


def test_without_a_token_nothing_is_said(people: World) -> None:
    client = TestClient(create_app(people), base_url=front.PUBLIC)
    for method, path, _ in ROUTES:
        answer = client.request(method, path, json={})
        assert (path, *problem(answer)) == (path, 401, "bad_token")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Basic YTpi", "Bearer " + "x" * 5_000, "tfa_x"])
def test_what_is_no_token_is_refused(people: World, header: str) -> None:
    client = TestClient(create_app(people), base_url=front.PUBLIC, headers={"Authorization": header})
    assert problem(client.get("/api/v1/me")) == (401, "bad_token")


@pytest.mark.parametrize("role", list(Role))
def test_every_route_refuses_the_token_of_whoever_has_not_its_right(people: World, role: Role) -> None:
    client = bearing.program(create_app(people), people, role.value)
    for method, path, right in ROUTES:
        answer = client.request(method, path, json={})
        if right in RIGHTS[role]:
            assert (path, answer.status_code) != (path, 403)
        else:
            assert (path, *problem(answer)) == (path, 403, "not_allowed")


def test_a_cookie_of_the_room_opens_nothing_here(people: World) -> None:
    client = TestClient(create_app(people), base_url=front.PUBLIC, follow_redirects=False)
    staff.log_in(client, staff.BOTH)
    assert problem(client.get("/api/v1/me")) == (401, "bad_token")


@pytest.mark.parametrize(
    ("method", "path", "status", "title"),
    [
        ("GET", "/api/v1/nothing", 404, "no_such_resource"),
        ("GET", "/api/", 404, "no_such_resource"),
        ("DELETE", "/api/v1/me", 405, "no_such_method"),
        ("GET", "/api/v1/incidents/INC-2026-9999", 404, "not_found"),
        ("GET", "/api/v1/customers/C999", 404, "not_found"),
        ("GET", "/api/v1/incidents/INC%00", 404, "no_such_resource"),
        ("GET", "/api/v1/incidents/a_b", 422, "invalid_request"),
        ("GET", "/api/v1/incidents?limit=0", 422, "invalid_request"),
        ("GET", "/api/v1/incidents?before=99999999999999999999", 422, "invalid_request"),
        ("GET", f"/api/v1/incidents/{FIRST}/untold?after=x", 422, "invalid_request"),
        ("GET", "/api/v1/promises?which=lost", 422, "invalid_request"),
    ],
)
def test_what_there_is_not_is_a_problem(
    api: TestClient, method: str, path: str, status: int, title: str
) -> None:
    assert problem(api.request(method, path)) == (status, title)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"cause": "gremlins"}',
        b'{"notes": {"en": "\\u0000"}}',
        b'{"notes": {"en": "\\ud800"}}',
        b'{"notes": {"xx": "y"}}',
        b'{"estimate": "4055500001"}',
        b'{"unknown": "4055500001"}',
        b'{"notes": {"en": 1e999}}',
        b"{" * 20_000,
        b'{"estimate": "' + b"9" * 400_000 + b'"}',
    ],
)
def test_a_body_that_says_what_cannot_be_is_a_problem_without_it(api: TestClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = api.post(f"/api/v1/incidents/{FIRST}/update", content=body, headers=headers)
    assert problem(answer)[0] == 422
    if b"estimate" not in body:
        assert SECRET not in answer.text


def test_a_fault_of_ours_is_a_problem_without_our_inside(people: World) -> None:
    token = bearing.token_of(people, staff.BOTH)
    client = TestClient(
        create_app(people),
        base_url=front.PUBLIC,
        headers={"Authorization": f"Bearer {token}"},
        raise_server_exceptions=False,
    )
    people.engine.dispose()
    from tellfirst.store.engine import writing

    with writing(people.engine) as connection:
        connection.exec_driver_sql("ALTER TABLE promise RENAME TO lost")
    answer = client.get("/api/v1/promises")
    assert problem(answer) == (500, "our_fault")
    assert "promise" not in answer.text


def test_a_rule_that_forbids_an_act_is_said_in_its_own_sentence(api: TestClient) -> None:
    answer = api.post(f"/api/v1/incidents/{FIRST}/retry")
    assert problem(answer) == (409, "rule_broken")
    assert answer.json()["detail"] == f"{FIRST} is not held; it goes on by itself"
