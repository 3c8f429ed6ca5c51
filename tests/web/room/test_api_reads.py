"""What programs read: the same counts and masked addresses as the room, page by page, typed and described."""

from typing import Any

import bearing
import hyderabad
import pytest
import room_staff as staff
import room_story as outage
from front import TestClient
from room_story import FIRST

from tellfirst.accounts.audit import entries
from tellfirst.bootstrap import World
from tellfirst.store.engine import reading, writing
from tellfirst.web.app import create_app

story = outage.story
READS = (
    "/api/v1/me",
    "/api/v1/due",
    "/api/v1/incidents",
    f"/api/v1/incidents/{FIRST}",
    f"/api/v1/incidents/{FIRST}/log",
    f"/api/v1/incidents/{FIRST}/untold",
    f"/api/v1/incidents/{FIRST}/contacts",
    f"/api/v1/incidents/{FIRST}/notices",
    f"/api/v1/incidents/{FIRST}/causes",
    f"/api/v1/incidents/{FIRST}/promises",
    f"/api/v1/incidents/{FIRST}/deadlines",
    f"/api/v1/incidents/{FIRST}/preview",
    "/api/v1/approvals",
    "/api/v1/promises",
    "/api/v1/deadlines",
    "/api/v1/calls",
    "/api/v1/works",
    "/api/v1/contacts",
    "/api/v1/customers/C1",
)


@pytest.fixture
def api(people: World) -> TestClient:
    return bearing.program(create_app(people), people)


@pytest.mark.parametrize("path", READS)
def test_every_read_answers_in_json_without_a_whole_contact_point(api: TestClient, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert [key for key in (1, 2, 3) if hyderabad.phone(key) in answer.text] == []


def test_an_incident_says_who_was_told_and_where_it_is_watched(api: TestClient) -> None:
    it = api.get(f"/api/v1/incidents/{FIRST}").json()
    counts = {
        name: it["customers"][f"{name}_count"] for name in ("affected", "told", "untold", "unreachable")
    }
    assert counts == {"affected": 4, "told": 2, "untold": 1, "unreachable": 1}
    assert it["customers"]["untold"]["no_contact_point"] == 1
    assert it["room"] == f"https://notices.example/room/incidents/{FIRST}"
    assert it["next_word_at"] == "2026-11-22T04:09:00Z"


def test_what_is_due_stands_with_what_is_late_on_top(api: TestClient) -> None:
    found = api.get("/api/v1/due").json()["items"]
    assert [(one["kind"], one["late"]) for one in found] == [
        ("step", True),
        ("contact", True),
        ("promise", False),
    ]


def test_the_preview_says_what_would_leave_and_what_it_costs(api: TestClient) -> None:
    seen = api.get(f"/api/v1/incidents/{FIRST}/preview").json()
    assert (seen["affected_count"], seen["revision"], seen["fresh"]) == (4, 1, False)
    assert {one["language"] for one in seen["wording"]["texts"]} == {"en", "te", "ur"}


def test_a_list_is_read_page_by_page_and_every_line_once(api: TestClient) -> None:
    whole = [one["id"] for one in api.get(f"/api/v1/incidents/{FIRST}/log").json()["items"]]
    read: list[int] = []
    page: dict[str, Any] = {"next": ""}
    while page["next"] is not None:
        more = {"before": page["next"]} if page["next"] else {}
        page = api.get(f"/api/v1/incidents/{FIRST}/log", params={"limit": 2, **more}).json()
        read += [one["id"] for one in page["items"]]
    assert read == whole
    assert len(whole) > 4


def test_the_untold_are_read_page_by_page(api: TestClient) -> None:
    path = f"/api/v1/incidents/{FIRST}/untold"
    first = api.get(path, params={"limit": 1}).json()
    second = api.get(path, params={"limit": 1, "after": first["next"]}).json()
    assert [one["customer"] for one in (*first["items"], *second["items"])] == ["C4", "C3"]
    assert second["next"] is None


def test_a_look_at_customers_is_audited_with_its_token(api: TestClient, people: World) -> None:
    api.get("/api/v1/customers/C1")
    with reading(people.engine) as connection:
        newest = entries(connection)[0]
    assert (newest.account, newest.through, newest.what, newest.customer) == (
        *(staff.BOTH, "api"),
        *("looked_at_customer", "C1"),
    )


def test_a_history_tells_what_was_told_and_brought(api: TestClient) -> None:
    person = api.get("/api/v1/customers/C1").json()
    assert {one["what"] for one in person["entries"]} >= {"told: first_word", "contacted us: incident_report"}


def test_the_description_names_every_path_and_the_form_of_every_refusal(people: World) -> None:
    client = TestClient(create_app(people))
    described = client.get("/api/openapi.json").json()
    paths = set(described["paths"])
    assert {
        path.removeprefix("/api").replace(FIRST, "{reference}").replace("C1", "{customer}") for path in READS
    } <= paths
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            assert "application/problem+json" in one["responses"]["422"]["content"], (path, method)
            assert one["security"] == [{"HTTPBearer": []}], (path, method)
            good = one["responses"]["200"]["content"]["application/json"]["schema"]
            assert "$ref" in good, (path, method)
    assert described["servers"] == [{"url": "/api"}]


def test_a_program_that_lost_its_token_reads_nothing(people: World) -> None:
    app = create_app(people)
    client = bearing.program(app, people)
    from tellfirst.accounts import tokens

    with writing(people.engine) as connection:
        tokens.revoke(connection, 1, people.wall.now())
    assert client.get("/api/v1/me").status_code == 401
