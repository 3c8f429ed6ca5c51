"""The page on which customers ask: the same for every number, its code in the books, its answer in their words."""

import logging
import re
from datetime import datetime

import front
import hyderabad
import pytest
from front import TestClient
from hyderabad import FIRST, MINUTE, T0, phone
from lxml import html
from sqlalchemy import Connection, event, select, update

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.web import affected
from tellfirst.web.app import create_app

KNOWN, ELSEWHERE, STRANGER = phone(1), phone(2), "+914055599999"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def story(connection: Connection) -> datetime:
    """Miyapur was told."""
    hyderabad.add_customer(connection, 1, "HYD0004")
    hyderabad.add_customer(connection, 2, "HYD0008")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


@pytest.fixture(autouse=True)
def _send_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(affected, "SEND_AFTER", 0.0)


def ask(world: World, number: str, lang: str = "en") -> tuple[str, str]:
    """The page after a number, and the code that was put on its way; none is an empty one."""
    with TestClient(create_app(world), base_url=front.PUBLIC) as doors:
        page = doors.post("/affected", data={"number": number, "lang": lang})
        assert page.status_code == 200
    # The app has ended, and with it whatever was to be done after the answer.
    with reading(world.engine) as connection:
        a = t.contact_answer.c
        body = connection.scalar(select(a.body).where(a.kind == "code").order_by(a.id.desc()).limit(1))
    return page.text, "".join(re.findall(r"\b\d{6}\b", body or ""))


def form_of(page: str) -> str:
    [field] = html.document_fromstring(page).xpath("//input[@name='form']")
    return str(field.get("value"))


def check(world: World, page: str, code: str, lang: str = "en"):
    client = TestClient(create_app(world), base_url=front.PUBLIC)
    return client.post("/affected/code", data={"form": form_of(page), "code": code, "lang": lang})


def blanked(page: str) -> str:
    return page.replace(form_of(page), "form")


def test_a_known_number_and_a_strangers_get_the_same_page(world: World) -> None:
    known, code = ask(world, KNOWN)
    assert len(code) == 6
    stranger, _ = ask(world, STRANGER)
    assert blanked(known) == blanked(stranger)
    assert len(known) == len(stranger)
    assert "If we know this number" in known


def test_until_a_question_is_answered_no_customer_is_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same time for every number: what is done before the answer cannot depend on whose it is."""
    monkeypatch.setattr(affected, "SEND_AFTER", 60.0)
    asked: list[str] = []
    event.listen(world.engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
    client = TestClient(create_app(world), base_url=front.PUBLIC)
    seen = []
    for number in (KNOWN, STRANGER):
        asked.clear()
        assert client.post("/affected", data={"number": number}).status_code == 200
        seen.append([statement for statement in asked if "stepped_clock" not in statement])
    assert seen[0] == seen[1] != []
    assert not any("customer" in statement or "contact_point" in statement for statement in seen[0])


def test_the_right_code_shows_what_hits_them_and_keeps_it_in_the_books(world: World) -> None:
    page, code = ask(world, KNOWN)
    found = check(world, page, code)
    assert found.status_code == 200
    assert "Your services are affected" in found.text
    assert "Mobile service is still down in Miyapur" in found.text
    assert f"/incident/{FIRST}" in found.text
    with reading(world.engine) as connection:
        kept = connection.execute(select(t.contact)).one()
        answers = connection.execute(select(t.contact_answer).order_by(t.contact_answer.c.id)).all()
    assert (kept.incident_id, kept.match, kept.answer_kind) == (1, "known", "hit")
    assert [(one.kind, one.channel, one.state) for one in answers] == [
        ("code", "sms", "failed"),
        ("hit", "web", "given"),
    ]
    assert "still down" in answers[1].body
    assert check(world, page, code).status_code == 422, "a code works once"


def test_who_is_not_hit_reads_that(world: World) -> None:
    page, code = ask(world, ELSEWHERE)
    found = check(world, page, code)
    assert "We know of no problem with your services right now." in found.text
    assert FIRST not in found.text


def test_who_is_back_reads_that(world: World) -> None:
    with writing(world.engine) as connection:
        hyderabad.mend(connection, "HYD0004", now=T0 + 10 * MINUTE)
        hyderabad.all_clear(connection, T0 + 25 * MINUTE)
    SteppedClock(world.engine).set(T0 + 30 * MINUTE)
    page, code = ask(world, KNOWN)
    assert "Your services are working again" in check(world, page, code).text


def test_a_wrong_code_says_so_and_asks_again(world: World) -> None:
    page, code = ask(world, KNOWN)
    answer = check(world, page, "000000" if code != "000000" else "111111")
    assert answer.status_code == 422
    assert "This code does not work" in answer.text
    assert form_of(answer.text) == form_of(page)
    assert check(world, page, code).status_code == 200


@pytest.mark.parametrize("number", ["", "12345", "040 5555", "<script>alert(1)</script>"])
def test_what_is_no_whole_number_is_refused_in_words(world: World, number: str) -> None:
    client = TestClient(create_app(world), base_url=front.PUBLIC)
    answer = client.post("/affected", data={"number": number})
    assert answer.status_code == 422
    assert "This is no whole telephone number" in answer.text
    assert "alert(1)" not in answer.text


@pytest.mark.parametrize("number", [KNOWN, STRANGER])
def test_too_many_questions_are_refused_known_or_not(world: World, number: str) -> None:
    client = TestClient(create_app(world), base_url=front.PUBLIC)
    answers = [client.post("/affected", data={"number": number}) for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "3600"
    assert "asked too often" in answers[-1].text


def test_a_form_that_is_not_ours_is_refused(world: World) -> None:
    client = TestClient(create_app(world), base_url=front.PUBLIC)
    answer = client.post("/affected/code", data={"form": "changed", "code": "123456"})
    assert (answer.status_code, answer.json()["title"]) == (400, "bad_form")


def test_a_body_without_end_is_refused(world: World) -> None:
    client = TestClient(create_app(world), base_url=front.PUBLIC)
    answer = client.post("/affected", content=b"number=" + b"1" * 5_000, headers=FORM)
    assert answer.status_code == 413


def test_looking_changes_nothing_and_is_kept_by_nobody(doors: TestClient, world: World) -> None:
    before = front.tables(world.engine)
    for path in ("/affected", "/affected?place=Miyapur", "/affected?lang=ur"):
        answer = doors.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert front.tables(world.engine) == before


def test_a_place_shows_what_goes_on_there_and_nothing_where_nothing_does(doors: TestClient) -> None:
    assert "Mobile service down in Miyapur" in doors.get("/affected?place=miyapur").text
    quiet = doors.get("/affected?place=Kukatpally%20%3Cscript%3E")
    assert "We know of no problem in" in quiet.text
    assert "<script>" not in quiet.text


@pytest.mark.parametrize("lang", ["en", "te", "ms", "ur"])
def test_code_and_answer_are_in_the_language_of_the_page(world: World, lang: str) -> None:
    page, code = ask(world, KNOWN, lang)
    assert f'<html lang="{lang}"' in page
    assert code
    with reading(world.engine) as connection:
        text = connection.scalar(select(t.contact_answer.c.body))
        words = world.templates.phrases(lang).affected
    assert text == words.text.format(company="Deccan Mobile", code=code)
    assert words.hit in check(world, page, code, lang).text


def test_neither_number_nor_code_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    page, code = ask(world, KNOWN)
    check(world, page, "999999")
    for _ in range(4):
        TestClient(create_app(world), base_url=front.PUBLIC).post("/affected", data={"number": KNOWN})
    with writing(world.engine) as connection:
        connection.execute(update(t.customer).values(phone=None))
    for secret in (KNOWN, KNOWN[1:], code):
        assert secret not in caplog.text
