"""Every route of the room against every role: what is not in this table is refused, and no route is left out of it."""

from collections.abc import Callable, Iterator

import front
import pytest
import room_staff as staff
import room_story as outage
from fastapi.routing import APIRoute
from front import TestClient
from sqlalchemy import select

from tellfirst.bootstrap import World
from tellfirst.domain.account import RIGHTS, Right, Role
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.app import create_app
from tellfirst.web.room import PARTS
from tellfirst.web.room.guard import Looking, Posting

Enter = Callable[[str], TestClient]
story = outage.story
OPEN = {("GET", "/room/login"), ("POST", "/room/login")}
ANYBODY = {("POST", "/room/logout"), ("GET", "/room/account"), ("POST", "/room/account/password")}
"""Everybody who is logged in."""


def _routes() -> Iterator[tuple[str, str, Right | None]]:
    """Method, path and the right that the route itself asks for."""
    for route in (route for part in PARTS for route in part.router.routes):
        assert isinstance(route, APIRoute)
        for method in route.methods:
            asked = [
                one.call.right
                for one in route.dependant.dependencies
                if isinstance(one.call, Looking | Posting)
            ]
            if (method, route.path) not in OPEN:
                [right] = asked
                yield method, route.path, right


ROUTES = list(_routes())
SPEAKING = ("update", "restore", "withdraw", "acknowledge", "retry", "resume-notice", "cancel-notice")
WORKING = ("work-start", "work-complete", "work-extend", "work-cancel")
EXPECTED: dict[str, Right] = {
    **{f"POST /room/incidents/{{reference}}/{name}": Right.SPEAK for name in (*SPEAKING, *WORKING)},
    "GET /room/open": Right.SPEAK,
    "POST /room/open": Right.SPEAK,
    **{f"POST /room/incidents/{{reference}}/{name}": Right.STOP for name in ("stop", "go")},
    **{f"POST /room/{name}": Right.STOP for name in ("stop", "go")},
    **{f"POST /room/incidents/{{reference}}/{name}": Right.APPROVE for name in ("approve", "decline")},
    "GET /room/incidents/{reference}/untold": Right.CUSTOMERS,
    **{
        f"POST /room/contacts/{{contact}}/{name}": Right.ANSWER
        for name in ("take", "answer", "pass-on", "close")
    },
    "GET /room/contacts": Right.CUSTOMERS,
    "GET /room/contacts/{contact}": Right.CUSTOMERS,
    "GET /room/customers/{customer}": Right.CUSTOMERS,
    "GET /room/audit": Right.AUDIT,
    "GET /room/accounts": Right.AUDIT,
}
"""Whatever is not here asks for LOOK."""


def test_every_route_asks_for_the_right_that_it_should() -> None:
    found = {f"{method} {path}": right for method, path, right in ROUTES if (method, path) not in ANYBODY}
    assert set(EXPECTED) <= set(found)
    assert {route: right for route, right in found.items() if right is not Right.LOOK} == EXPECTED
    assert {(method, path) for method, path, right in ROUTES if right is None} == ANYBODY


@pytest.mark.parametrize("role", list(Role))
def test_every_route_refuses_whoever_has_not_its_right(enter: Enter, people: World, role: Role) -> None:
    client = enter(role.value)
    csrf = staff.csrf_in(client.get("/room/account").text)
    before = _done(people)
    for method, path, right in ROUTES:
        if right is None or right in RIGHTS[role]:
            continue
        where = path.format(reference=outage.FIRST, customer="C1", contact="CON-000001")
        answer = client.request(
            method, where, data={"csrf": csrf, "step": "do", "reason": "x", "remark": "x"}
        )
        assert (where, answer.status_code) == (where, 403)
        assert "Your roles do not allow this." in answer.text
    assert _done(people) == before


@pytest.mark.parametrize("role", list(Role))
def test_every_page_is_shown_to_whoever_has_its_right(enter: Enter, role: Role) -> None:
    client = enter(role.value)
    for method, path, right in ROUTES:
        if method == "GET" and path != "/room/live" and (right is None or right in RIGHTS[role]):
            where = path.format(reference=outage.FIRST, customer="C1", contact="CON-000001")
            assert (where, client.get(where).status_code) == (where, 200)


def test_every_route_sends_whoever_is_not_logged_in_to_the_login(people: World) -> None:
    client = TestClient(create_app(people), base_url=front.PUBLIC, follow_redirects=False)
    for method, path, _ in ROUTES:
        where = path.format(reference=outage.FIRST, customer="C1", contact="CON-000001")
        answer = client.request(method, where, data={"csrf": "x"} if method == "POST" else None)
        assert (where, answer.status_code) == (where, 303)
        assert answer.headers["location"].startswith("/room/login")


@pytest.mark.parametrize("role", list(Role))
def test_a_page_offers_only_what_its_reader_may_do(enter: Enter, role: Role) -> None:
    client = enter(role.value)
    offered = client.get(f"/room/incidents/{outage.FIRST}").text + client.get("/room").text
    for act, right in (("update", Right.SPEAK), ("stop", Right.STOP), ("untold", Right.CUSTOMERS)):
        assert (f"/{act}" in offered) == (right in RIGHTS[role])


def test_an_admin_reads_the_audit_and_acts_on_nothing() -> None:
    assert RIGHTS[Role.ADMIN] == {Right.LOOK, Right.AUDIT}
    assert not RIGHTS[Role.VIEWER] - {Right.LOOK}


def _done(people: World) -> list[object]:
    with reading(people.engine) as connection:
        return [
            connection.execute(select(one)).all() for one in (t.audit_entry, t.incident_entry, t.word, t.stop)
        ]
