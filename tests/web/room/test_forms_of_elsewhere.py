"""A form counts only when a page of this very session has sent it."""

from collections.abc import Callable, Iterator

import front
import pytest
import room_staff as staff
import room_story as outage
from fastapi.routing import APIRoute
from front import TestClient
from sqlalchemy import func, select

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.room import PARTS

Enter = Callable[[str], TestClient]
story = outage.story
STOP = f"/room/incidents/{outage.FIRST}/stop"
REASON = {"reason": "the text names the wrong town", "step": "do", "effect": "hold"}


def _posts() -> Iterator[str]:
    for route in (route for part in PARTS for route in part.router.routes):
        assert isinstance(route, APIRoute)
        if "POST" in route.methods:
            yield route.path.format(reference=outage.FIRST, contact="CON-000001")


def _stops(world: World) -> int:
    with reading(world.engine) as connection:
        return connection.execute(select(func.count()).select_from(t.stop)).scalar_one()


def test_every_form_without_its_mark_is_refused(enter: Enter, people: World) -> None:
    client = enter(staff.BOTH)
    for path in _posts():
        assert (path, client.post(path, data=REASON).status_code) == (path, 403)
    assert _stops(people) == 0


def test_the_mark_of_another_session_is_worth_nothing(enter: Enter, people: World) -> None:
    mine, theirs = enter(staff.BOTH), enter("operator")
    mark = staff.csrf_in(theirs.get("/room/account").text)
    assert mine.post(STOP, data={**REASON, "csrf": mark}).status_code == 403
    assert _stops(people) == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_that_a_browser_says_is_from_elsewhere_is_refused_whatever_it_carries(
    enter: Enter, people: World, headers: dict[str, str]
) -> None:
    client = enter(staff.BOTH)
    mark = staff.csrf_in(client.get("/room/account").text)
    assert client.post(STOP, data={**REASON, "csrf": mark}, headers=headers).status_code == 403
    assert _stops(people) == 0


def test_a_form_of_our_own_is_taken(enter: Enter, people: World) -> None:
    client = enter(staff.BOTH)
    mark = staff.csrf_in(client.get("/room/account").text)
    headers = {"Origin": front.PUBLIC, "Sec-Fetch-Site": "same-origin"}
    assert client.post(STOP, data={**REASON, "csrf": mark}, headers=headers).status_code == 303
    assert _stops(people) == 1


def test_looking_changes_nothing_but_the_audit(enter: Enter, people: World) -> None:
    client = enter(staff.BOTH)
    before = front.counts(people.engine)
    for route in (route for part in PARTS for route in part.router.routes):
        assert isinstance(route, APIRoute)
        if "GET" in route.methods and route.path != "/room/live":
            client.get(route.path.format(reference=outage.FIRST, customer="C1", contact="CON-000001"))
    after = front.counts(people.engine)
    assert {name for name in after if after[name] != before[name]} == {"audit_entry"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/room/incidents/INC-2026-9999", 404),
        ("/room/incidents/%00", 404),
        ("/room/customers/C1%00", 404),
        ("/room/customers/C999", 404),
        (f"/room/incidents/{outage.FIRST}/untold?after=nonsense", 422),
        (f"/room/incidents/{outage.FIRST}?before=99999999999999999999999", 422),
        (f"/room/incidents/{outage.FIRST}?before=x", 422),
        ("/room?done=%3Cscript%3E", 200),
        ("/room/login?next=%00", 404),
    ],
)
def test_what_cannot_be_is_refused_on_a_page_of_the_room(enter: Enter, path: str, status: int) -> None:
    answer = enter("asha").get(path)
    assert (answer.status_code, answer.headers["content-type"]) in (
        (status, "text/html; charset=utf-8"),
        (303, ""),
    )
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"csrf=%00&reason=%00",
        b"\xff\xfe=\xff",
        b"&" * 2_000,
        b"a=1&" * 1_000,
        b"x" * 20_000,
        b"csrf=\xd8\x00",
    ],
)
def test_no_body_makes_us_fail(enter: Enter, body: bytes) -> None:
    answer = enter("asha").post(
        STOP, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code in (403, 413, 422)
