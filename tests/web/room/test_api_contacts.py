"""What programs do with contacts, under the name of their account: the same acts as in the room."""

from typing import Any

import bearing
import hyderabad
import pytest
import room_staff as staff
import room_story as outage
from databases import on_both
from front import TestClient
from hyderabad import MINUTE, rows
from room_story import FIRST

from tellfirst.accounts.audit import entries
from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.app import create_app

story = outage.story
pytestmark = on_both
PATH = "/api/v1/contacts/CON-000001"


@pytest.fixture
def api(people: World) -> TestClient:
    return bearing.program(create_app(people), people, "operator")


def newest(world: World) -> tuple[Any, ...]:
    with reading(world.engine) as connection:
        one = entries(connection)[0]
    return one.account, one.through, one.what, one.incident, one.customer


def test_one_contact_is_read_with_its_reasons_and_the_look_is_audited(api: TestClient, people: World) -> None:
    answer = api.get(PATH)
    assert answer.status_code == 200, answer.text
    it = answer.json()
    assert (it["contact"], it["customer"], it["incident"], it["match"]) == (
        "CON-000001",
        "C1",
        FIRST,
        "known",
    )
    assert it["body"] == outage.CONTACT_BODY
    assert it["address"] == "+91 ••••• 01"
    assert hyderabad.phone(1) not in answer.text
    assert newest(people) == ("operator", "api", "looked_at_contact", FIRST, "C1")
    assert api.get("/api/v1/contacts/1").json() == it


@pytest.mark.parametrize(
    ("act", "body", "done", "state"),
    [
        ("take", None, "taken", "taken"),
        ("answer", {"text": "It works again."}, "answered", "closed"),
        ("answer", {"text": "Told them.", "given": True, "kind": "complaint"}, "given", "closed"),
        ("pass-on", {"queue": "billing"}, "passed_on", "waiting"),
        ("close", {"reason": "called twice"}, "closed", "closed"),
    ],
)
def test_each_act_says_what_came_of_it_and_stands_in_the_audit(
    api: TestClient, people: World, act: str, body: dict[str, Any] | None, done: str, state: str
) -> None:
    answer = api.post(f"{PATH}/{act}", json=body)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["done"], said["contact"], said["state"], said["incident"]) == (
        *(done, "CON-000001", state, FIRST),
    )
    account, through, what, incident, customer = newest(people)
    assert (account, through, incident, customer) == ("operator", "api", FIRST, "C1")
    assert what.startswith("contact_")


def test_an_answer_that_is_sent_again_with_its_key_is_given_once(api: TestClient, people: World) -> None:
    key = {"Idempotency-Key": "one"}
    for _ in range(2):
        assert api.post(f"{PATH}/answer", json={"text": "It works."}, headers=key).status_code == 200
    with reading(people.engine) as connection:
        assert rows(connection, t.contact_answer, "author", "state") == [("operator", "pending")]


def test_what_a_customer_said_is_brought_and_what_to_say_comes_back(api: TestClient, people: World) -> None:
    answer = api.post("/api/v1/contacts", json={"text": "no signal at all", "customer": "C2"})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["done"], said["match"], said["incident"], said["kind"]) == (
        *("brought", "known", FIRST, "incident_report"),
    )
    assert said["answer"]
    assert newest(people) == ("operator", "api", "contact_brought", FIRST, "C2")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{PATH}/answer", {"text": ""}, 422),
        (f"{PATH}/answer", {"text": "x" * 1_601}, 422),
        (f"{PATH}/answer", {"text": " "}, 409),
        (f"{PATH}/answer", {"text": "x", "kind": "gossip"}, 422),
        (f"{PATH}/pass-on", {"queue": "nobody"}, 409),
        (f"{PATH}/close", {"reason": ""}, 422),
        (f"{PATH}/close", {}, 422),
        ("/api/v1/contacts/CON-000099/take", None, 404),
        ("/api/v1/contacts/nonsense/take", None, 422),
        ("/api/v1/contacts", {"text": "no signal"}, 422),
        ("/api/v1/contacts", {"text": "no signal", "customer": "C999"}, 404),
        ("/api/v1/contacts", {"text": "\x00", "customer": "C2"}, 422),
    ],
)
def test_what_cannot_be_done_is_a_problem_and_leaves_nothing(
    api: TestClient, people: World, path: str, body: dict[str, Any] | None, status: int
) -> None:
    answer = api.post(path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    with reading(people.engine) as connection:
        assert rows(connection, t.contact, "state", "queue") == [("waiting", "helpdesk")]
        assert entries(connection) == []


def test_the_time_a_customer_was_given_stays(api: TestClient) -> None:
    due = (outage.T0 + 5 * MINUTE).isoformat().replace("+00:00", "Z")
    api.post(f"{PATH}/pass-on", json={"queue": "orders"})
    assert api.get(PATH).json()["answer_due_at"] == due


def test_a_token_of_an_approver_reads_and_does_not_answer(people: World) -> None:
    api = bearing.program(create_app(people), people, "approver")
    assert api.get(PATH).status_code == 200
    assert api.post(f"{PATH}/take").status_code == 403
    assert bearing.program(create_app(people), people, staff.BOTH).post(f"{PATH}/take").status_code == 200
