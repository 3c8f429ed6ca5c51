"""Agents and helpdesks bring contacts over the API, and read what everybody reads."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import front
import hyderabad
import pytest
from front import PUBLIC, TestClient
from hyderabad import FIRST, T0, phone, rows
from pydantic import SecretStr
from sqlalchemy import Connection

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.app import create_app

TOKEN = "the-agents-token"


def story(connection: Connection) -> datetime:
    """One customer was told, another is not affected."""
    hyderabad.add_customer(connection, 1, "HYD0004")
    hyderabad.add_customer(connection, 2, "HYD0000")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


@pytest.fixture
def world(world: World) -> World:
    return World(world.settings.model_copy(update={"agent_token": SecretStr(TOKEN)}))


@pytest.fixture
def doors(world: World) -> Iterator[TestClient]:
    with TestClient(create_app(world), base_url=PUBLIC) as client:
        yield client
    world.engine.dispose()


def bring(doors: TestClient, body: object, key: str = "k1", token: str = TOKEN) -> Any:
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
    return doors.post("/api/contacts", json=body, headers=headers)


def test_an_agent_reads_what_the_customer_was_told(world: World, doors: TestClient) -> None:
    answer = bring(
        doors, {"customer": "C1", "text": "they have no signal", "subject": "call of this morning"}
    )
    assert answer.status_code == 201
    told = answer.json()
    assert (told["state"], told["answer_kind"], told["incident"]) == ("answered", "known", FIRST)
    assert "Miyapur" in told["answer"]
    with reading(world.engine) as connection:
        assert rows(connection, t.contact, "channel", "customer_id", "body") == [
            ("agent", 1, "they have no signal")
        ]


def test_a_customer_is_found_by_their_number_too(doors: TestClient) -> None:
    assert bring(doors, {"address": phone(1), "text": "no signal"}).json()["incident"] == FIRST
    told = bring(doors, {"address": phone(2), "text": "no signal"}, "k2").json()
    # Nothing known hits them: they have an incident of their own.
    assert told["incident"] not in (None, FIRST)


def test_the_same_key_brings_the_same_contact_once(world: World, doors: TestClient) -> None:
    first = bring(doors, {"customer": "C1", "text": "no signal"})
    before = front.tables(world.engine)
    again = bring(doors, {"customer": "C1", "text": "no signal"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    other = bring(doors, {"customer": "C1", "text": "something else"})
    assert (other.status_code, other.json()["title"]) == (422, "idempotency_key_reused")
    assert front.tables(world.engine) == before


@pytest.mark.parametrize(
    ("body", "key", "status", "title"),
    [
        ({"customer": "C1", "text": "x"}, "", 400, "no_idempotency_key"),
        ({"customer": "C1", "text": "x"}, "k" * 201, 400, "no_idempotency_key"),
        ({"customer": "C9", "text": "x"}, "k1", 422, "no_such_customer"),
        ({"text": "x"}, "k1", 422, "malformed"),
        ({"customer": "C1"}, "k1", 422, "malformed"),
        ({"customer": "C1", "text": ""}, "k1", 422, "malformed"),
        ({"customer": "C1", "text": "x" * 1_601}, "k1", 422, "malformed"),
        ({"customer": "C1", "text": "x", "state": "closed"}, "k1", 422, "malformed"),
        ({"customer": ["C1"], "text": {"a": 1}}, "k1", 422, "malformed"),
        ([], "k1", 422, "malformed"),
        (None, "k1", 422, "malformed"),
        ("x" * 40_000, "k1", 413, "body_too_large"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_wrong_is_refused_as_a_problem_and_leaves_nothing(
    world: World, doors: TestClient, body: object, key: str, status: int, title: str
) -> None:
    before = front.tables(world.engine)
    answer = bring(doors, body, key)
    assert (answer.status_code, answer.json()["title"]) == (status, title)
    assert answer.headers["content-type"] == "application/problem+json"
    assert front.tables(world.engine) == before


def test_an_error_does_not_repeat_what_was_sent(doors: TestClient) -> None:
    answer = bring(doors, {"customer": {"name": "Asha Rao"}, "text": "x", "phone": phone(1)})
    assert "Asha" not in answer.text
    assert phone(1) not in answer.text


@pytest.mark.parametrize("token", ["", "wrong", front.TOKEN, f"{TOKEN} "[:-2]])
def test_without_the_agents_own_token_nothing_is_taken(world: World, doors: TestClient, token: str) -> None:
    answer = bring(doors, {"customer": "C1", "text": "x"}, token=token)
    assert (answer.status_code, answer.json()["title"]) == (401, "bad_token")
    assert front.counts(world.engine)["contact"] == 0


def test_a_text_that_ends_texts_ends_none_when_an_agent_brings_it(world: World, doors: TestClient) -> None:
    bring(doors, {"address": phone(1), "text": "STOP"})
    assert front.counts(world.engine)["opt_out"] == 0


def test_a_text_with_nul_is_kept_and_known_again(doors: TestClient) -> None:
    for status in (201, 200):
        assert bring(doors, {"customer": "C1", "text": "no\x00 signal"}).status_code == status
