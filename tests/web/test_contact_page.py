"""The page on which customers write to us: looking changes nothing, and nobody learns of anybody."""

import re
from datetime import datetime
from html import unescape
from typing import Any

import front
import hyderabad
import pytest
from front import TestClient
from hyderabad import FIRST, T0, phone, rows
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Connection

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.contacts import page

CUSTOMER, MAILBOX = 1, "asha@customers.example"
LANGUAGES = {"en": "ltr", "te": "ltr", "ms": "ltr", "ur": "rtl"}


def story(connection: Connection) -> datetime:
    """One customer was told."""
    hyderabad.add_customer(connection, CUSTOMER, "HYD0004", email=MAILBOX)
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


def token(doors: TestClient) -> str:
    [found] = re.findall(r'name="token" value="([^"]+)"', doors.get("/contact").text)
    return unescape(str(found))


def send(doors: TestClient, address: str = "", text: str = "no signal", **more: str) -> Any:
    form = {
        "address": address or phone(CUSTOMER),
        "text": text,
        "token": more.pop("token", "") or token(doors),
    }
    return doors.post("/contact", data=form | {"lang": "en"} | more)


def contacts(world: World, *columns: str) -> list[tuple[Any, ...]]:
    with reading(world.engine) as connection:
        return rows(connection, t.contact, *columns)


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_page_speaks_four_languages_works_without_scripts_and_is_small(
    doors: TestClient, tag: str
) -> None:
    answer = doors.get("/contact", params={"lang": tag})
    assert (answer.status_code, len(answer.content) < 50_000) == (200, True)
    assert f'<html lang="{tag}" dir="{LANGUAGES[tag]}">' in answer.text
    assert "<script" not in answer.text
    assert set(re.findall(r'href="/contact\?lang=(\w+)" lang', answer.text)) == set(LANGUAGES)
    for name in ("address", "text"):
        assert f'<label for="{name}">' in answer.text
        assert f'id="{name}"' in answer.text


@pytest.mark.parametrize(
    ("accepts", "tag"), [("ur-PK,en;q=0.5", "ur"), ("de,te;q=0.8", "te"), ("", "en"), ("*" * 9_000, "en")]
)
def test_the_browsers_language_is_taken_where_none_is_asked_for(
    doors: TestClient, accepts: str, tag: str
) -> None:
    assert f'<html lang="{tag}"' in doors.get("/contact", headers={"Accept-Language": accepts}).text


def test_looking_changes_nothing(world: World, doors: TestClient) -> None:
    before = front.tables(world.engine)
    for method in ("GET", "HEAD"):
        doors.request(method, "/contact?address=1&text=x&token=y")
    assert front.tables(world.engine) == before


def test_what_a_customer_writes_is_answered_at_their_own_number_and_not_on_the_page(
    world: World, doors: TestClient
) -> None:
    answer = send(doors, "+91 (40) 555-00001")
    assert answer.status_code == 200
    assert FIRST not in answer.text
    assert "Miyapur" not in answer.text
    assert contacts(world, "channel", "address", "customer_id", "answer_kind") == [
        ("web", phone(CUSTOMER), CUSTOMER, "known")
    ]
    with reading(world.engine) as connection:
        assert rows(connection, t.contact_answer, "state", "channel") == [("pending", "web")]


def test_the_page_says_the_same_of_a_customers_number_and_of_a_strangers(
    world: World, doors: TestClient
) -> None:
    known, unknown = send(doors), send(doors, "+14155550100")
    assert known.text == unknown.text
    assert contacts(world, "customer_id", "state", "state_reason")[1] == (
        *(None, "waiting", "not_a_customers_address"),
    )
    with reading(world.engine) as connection:
        assert len(rows(connection, t.contact_answer, "id")) == 1


@pytest.mark.parametrize("word", ["STOP", "1", "5", "henti"])
def test_nobody_acts_in_a_strangers_name(world: World, doors: TestClient, word: str) -> None:
    send(doors, text=word)
    counts = front.counts(world.engine)
    assert (counts["opt_out"], counts["still_out"], counts["response"], counts["contact"]) == (0, 0, 0, 1)


def test_the_same_page_sent_twice_is_one_contact(world: World, doors: TestClient) -> None:
    once = token(doors)
    assert send(doors, token=once).text == send(doors, token=once).text
    assert len(contacts(world, "id")) == 1
    send(doors, token=once, text="and another thing")
    assert len(contacts(world, "id")) == 2


def test_a_robot_that_fills_in_everything_is_told_the_same_and_leaves_nothing(
    world: World, doors: TestClient
) -> None:
    before = front.tables(world.engine)
    robot = send(doors, website="http://bad.example")
    assert front.tables(world.engine) == before
    assert robot.text == send(doors).text


@pytest.mark.parametrize("given", ["changed", "", "x.y.z", "a" * 5_000])
def test_a_form_that_is_not_ours_leaves_nothing(world: World, doors: TestClient, given: str) -> None:
    before = front.tables(world.engine)
    answer = doors.post("/contact", data={"address": MAILBOX, "text": "hello there", "token": given})
    assert answer.status_code == 422
    assert "hello there" in answer.text
    assert front.tables(world.engine) == before


def test_a_token_of_another_page_does_not_open_this_one(world: World, doors: TestClient) -> None:
    other = URLSafeTimedSerializer(front.LINK_SECRET, salt="survey").dumps("en")
    assert send(doors, token=other).status_code == 422


def test_a_page_that_lay_open_too_long_is_sent_again_with_what_was_written(
    doors: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = token(doors)
    monkeypatch.setattr(page, "OPEN_FOR", -1)
    answer = send(doors, token=old, text="my <b>words</b>")
    assert answer.status_code == 422
    assert "my &lt;b&gt;words&lt;/b&gt;" in answer.text
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "12345",
        "0900 000",
        "a@b",
        "a@b.example\nBcc: c@d.example",
        "<a@b.example>",
        "+1" + "2" * 30,
    ],
)
def test_where_nobody_could_be_answered_the_form_comes_back(
    world: World, doors: TestClient, address: str
) -> None:
    form = {"address": address, "text": "x", "token": token(doors)}
    assert doors.post("/contact", data=form).status_code == 422
    assert contacts(world, "id") == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff" * 500,
        b"address=%ff%fe&text=%00&token=%",
        b"&" * 3_000,
        b"a=1&" * 3_000,
        b"text=" + b"x" * 20_000,
    ],
)
def test_hostile_forms_are_refused(world: World, doors: TestClient, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert doors.post("/contact", content=body, headers=headers).status_code == 422
    assert contacts(world, "id") == []


def test_what_is_written_is_kept_as_words_and_shown_to_nobody_as_anything_else(
    world: World, doors: TestClient
) -> None:
    text = "<script>x()</script> {{ company }} '); DROP TABLE contact; --\x00 🤷🏽‍♀️"
    assert send(doors, text=text).status_code == 200
    assert contacts(world, "body") == [(text.replace("\x00", ""),)]
