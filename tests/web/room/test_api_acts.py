"""What programs do: the same acts as in the room, and a request that is sent again is done once."""

import bearing
import pytest
import room_staff as staff
import room_story as outage
from fastapi import APIRouter
from fastapi.routing import APIRoute
from front import TestClient
from room_story import FIRST
from sqlalchemy import Engine, func, insert, select

from tellfirst.accounts.audit import entries
from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.web.app import create_app

story = outage.story
UPDATE = f"/api/v1/incidents/{FIRST}/update"
WORD = {"cause": "power_failure", "estimate": "+90m", "notes": {"en": "A crew is on site."}}


@pytest.fixture
def api(people: World) -> TestClient:
    return bearing.program(create_app(people), people)


def _words(world: World) -> int:
    with reading(world.engine) as connection:
        return connection.execute(select(func.count()).select_from(t.word)).scalar_one()


def test_a_word_is_said_under_the_name_of_the_account(api: TestClient, people: World) -> None:
    assert api.post(UPDATE, json=WORD).json()["done"] == "updated"
    with reading(people.engine) as connection:
        said = connection.execute(select(t.word)).one()
        newest = entries(connection)[0]
    assert (said.author, said.cause) == (staff.BOTH, "power_failure")
    assert (newest.account, newest.through, newest.what, newest.incident) == (
        staff.BOTH,
        "api",
        "said",
        FIRST,
    )


def test_a_request_that_is_sent_again_with_its_key_is_done_once(api: TestClient, people: World) -> None:
    key = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    first = api.post(UPDATE, json=WORD, headers=key)
    again = api.post(UPDATE, json=WORD, headers=key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert _words(people) == 1


def test_without_a_key_it_is_done_twice(api: TestClient, people: World) -> None:
    api.post(UPDATE, json=WORD)
    api.post(UPDATE, json=WORD)
    assert _words(people) == 2


def test_a_key_belongs_to_one_request(api: TestClient, people: World) -> None:
    key = {"Idempotency-Key": "one"}
    api.post(UPDATE, json=WORD, headers=key)
    other = api.post(UPDATE, json={"cause": "weather"}, headers=key)
    assert (other.status_code, other.json()["title"]) == (422, "key_reused")
    assert _words(people) == 1


def test_a_key_belongs_to_one_account(people: World) -> None:
    app, key = create_app(people), {"Idempotency-Key": "one"}
    for name in ("operator", staff.BOTH):
        assert bearing.program(app, people, name).post(UPDATE, json=WORD, headers=key).status_code == 200
    assert _words(people) == 2


def test_what_was_refused_leaves_its_key_free(api: TestClient, people: World) -> None:
    key = {"Idempotency-Key": "one"}
    refused = {"estimate": "2026-11-22T03:00+00:00"}
    assert api.post(UPDATE, json=refused, headers=key).status_code == 409
    assert api.post(UPDATE, json=WORD, headers=key).status_code == 200
    assert _words(people) == 1


def test_while_a_request_goes_on_its_key_is_taken(api: TestClient, people: World) -> None:
    key = {"Idempotency-Key": "one"}
    api.post(UPDATE, json=WORD, headers=key)
    with writing(people.engine) as connection:
        connection.execute(t.api_answer.update().values(status=None, body=None))
    answer = api.post(UPDATE, json=WORD, headers=key)
    assert (answer.status_code, answer.json()["title"]) == (409, "under_way")
    assert _words(people) == 1


@pytest.mark.parametrize(
    ("act", "body", "done"),
    [
        ("acknowledge", None, "acknowledged"),
        ("restore", {"elements": []}, "restored"),
        ("withdraw", {"elements": ["site:HYD0004"]}, "withdrawn"),
        ("stop", {"reason": "wrong town"}, "stopped"),
        ("go", None, "not_stopped"),
    ],
)
def test_each_act_says_what_came_of_it(
    api: TestClient, people: World, act: str, body: dict[str, object] | None, done: str
) -> None:
    answer = api.post(f"/api/v1/incidents/{FIRST}/{act}", json=body)
    assert (answer.status_code, answer.json()["done"]) == (200, done)
    with reading(people.engine) as connection:
        assert entries(connection)[0].through == "api"


def test_everything_is_stopped_and_let_go(api: TestClient) -> None:
    assert api.post("/api/v1/stop", json={"reason": "the wrong words"}).json()["done"] == "stopped"
    assert api.get("/api/v1/incidents").json()["items"][0]["stopped"] == "hold"
    assert api.post("/api/v1/go").json()["done"] == "lifted"


def test_what_only_the_room_can_do_is_nothing() -> None:
    """Each act of the room has its path here."""
    from tellfirst.web.api import acts
    from tellfirst.web.room.deeds import ACTS

    assert {act.name for act in ACTS} == ends_of(acts.router)


def test_what_the_room_does_with_contacts_programs_can_do() -> None:
    from tellfirst.web.api import contacts
    from tellfirst.web.room import contact

    acts = ends_of(contact.router, "POST")
    assert acts == {"take", "answer", "pass-on", "close"} <= ends_of(contacts.router, "POST")


def ends_of(router: APIRouter, *methods: str) -> set[str]:
    """The last part of each path, of those that take one of `methods`; without any, of all."""
    routes = [route for route in router.routes if isinstance(route, APIRoute)]
    return {route.path.rpartition("/")[2] for route in routes if not methods or route.methods & {*methods}}


def test_keys_are_kept_alike_on_both_databases(engine: Engine) -> None:
    """The statement that takes a key, twice."""
    from tellfirst.store.inserting import insert_into

    with writing(engine) as connection:
        connection.execute(
            insert(t.account).values(
                *(),
                id=1,
                name="asha",
                password_hash="x",
                roles=["viewer"],
                state="active",
                created_at=outage.T0,
                password_at=outage.T0,
            )
        )
        row = {"account_id": 1, "key": "one", "request_hash": "x", "at": outage.T0}
        taken = insert_into(connection, t.api_answer).values(**row).on_conflict_do_nothing()
        found = [
            connection.scalar(taken.returning(t.api_answer.c.key)),
            connection.scalar(taken.returning(t.api_answer.c.key)),
        ]
    assert found == ["one", None]
