"""A customer calls us: they hear how things stand in their language, and a key has its effect once."""

import re
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import front
import hyderabad
import pytest
from front import PUBLIC, SENDER, TestClient, signed_form
from hyderabad import FIRST, MINUTE, T0, phone, rows
from sqlalchemy import Connection

from tellfirst.bootstrap import World
from tellfirst.contacts.door_files import Doors, Telephone
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.stepped_clock import SteppedClock

DOOR = f"{PUBLIC}/contacts/twilio/call"
KEYS = f"{DOOR}/keys"
ENGLISH, TELUGU, MALAY, URDU, ELSEWHERE = 1, 2, 3, 4, 5
LANGUAGES = {ENGLISH: "en", TELUGU: "te", MALAY: "ms", URDU: "ur"}
READ_IN = {ENGLISH: "en-IN", TELUGU: "te-IN", MALAY: "ms-MY", URDU: "en-IN"}
"""Twilio has no voice for Urdu, and nothing is recorded here: then it is English, never another language's voice."""
PERSON = "+914055500001"


def story(connection: Connection) -> datetime:
    """A customer of each language in Miyapur was told; one in Kukatpally is not affected."""
    for key, language in LANGUAGES.items():
        hyderabad.add_customer(connection, key, "HYD0004", language=language)
    hyderabad.add_customer(connection, ELSEWHERE, "HYD0000")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


def call(doors: TestClient, caller: str, sid: str = "CA1", digits: str = "") -> ElementTree.Element:
    """What Twilio is told to do."""
    url = KEYS if digits else DOOR
    form = {"CallSid": sid, "From": caller, "To": SENDER, "CallStatus": "ringing", "Direction": "inbound"}
    answer = doors.post(url, **signed_form(url, form | ({"Digits": digits} if digits else {})))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    return ElementTree.fromstring(answer.text)


def heard(twiml: ElementTree.Element) -> str:
    return " ".join(said.text or "" for said in twiml.iter("Say"))


@pytest.mark.parametrize("key", LANGUAGES, ids=list(LANGUAGES.values()))
def test_a_caller_hears_how_things_stand_and_when_the_next_word_comes(
    world: World, doors: TestClient, key: int
) -> None:
    twiml = call(doors, phone(key))
    assert {said.get("language") for said in twiml.iter("Say")} == {READ_IN[key]}
    gather = twiml.find("Gather")
    assert gather is not None
    assert (gather.get("action"), gather.get("numDigits")) == (KEYS, "1")
    text = heard(twiml)
    assert "Miyapur" in text
    assert re.search(r"9\D{1,10}39", text), "the next word is due at 09:39 by the customer's clock"
    with reading(world.engine) as connection:
        assert rows(
            connection, t.contact, "channel", "customer_id", "incident_id", "answer_kind", "state"
        ) == [("voice", key, 1, "known", "answered")]
        [(said, state)] = rows(connection, t.contact_answer, "body", "state")
    assert said in text
    assert state == "given"


def test_who_is_not_affected_hears_that_nothing_is_known(world: World, doors: TestClient) -> None:
    text = heard(call(doors, phone(ELSEWHERE)))
    assert "no problem" in text
    assert "Miyapur" not in text
    with reading(world.engine) as connection:
        assert rows(connection, t.contact, "answer_kind") == [("none_known",)]


@pytest.mark.parametrize("caller", ["", "+266696687", "anonymous", "+9140555999999"])
def test_a_hidden_or_unknown_number_learns_nothing(doors: TestClient, caller: str) -> None:
    text = heard(call(doors, caller))
    assert "no problem" in text
    assert FIRST not in text


def test_the_same_call_asked_again_hears_the_same_and_changes_nothing(
    world: World, doors: TestClient
) -> None:
    first = call(doors, phone(TELUGU))
    before = front.tables(world.engine)
    SteppedClock(world.engine).step_to(T0 + MINUTE)
    again = call(doors, phone(TELUGU))
    assert ElementTree.tostring(again) == ElementTree.tostring(first)
    assert front.tables(world.engine) == before


def test_one_pressed_while_it_goes_on_is_noted_with_the_incident_once(
    world: World, doors: TestClient
) -> None:
    call(doors, phone(ENGLISH))
    said = heard(call(doors, phone(ENGLISH), digits="1"))
    assert "noted" in said
    before = front.tables(world.engine)
    assert heard(call(doors, phone(ENGLISH), digits="1")) == said
    assert front.tables(world.engine) == before
    with reading(world.engine) as connection:
        assert rows(connection, t.contact, "kind", "state") == [("incident_report", "answered")]
        assert rows(connection, t.still_out, "customer_id") == []
        assert [kind for (kind,) in rows(connection, t.contact_answer, "kind")] == ["known", "noted"]
        noted = [reason for (reason,) in rows(connection, t.incident_entry, "reason")]
    assert noted.count("not_working") == 1


def test_one_pressed_after_the_all_clear_is_believed_before_any_monitor(
    world: World, doors: TestClient
) -> None:
    with writing(world.engine) as connection:
        hyderabad.mend(connection, "HYD0004", now=T0 + 10 * MINUTE)
        hyderabad.all_clear(connection, T0 + 25 * MINUTE)
    SteppedClock(world.engine).set(T0 + 26 * MINUTE)
    assert "has been back" in heard(call(doors, phone(ENGLISH)))
    for _ in range(3):
        call(doors, phone(ENGLISH), digits="1")
    with reading(world.engine) as connection:
        assert rows(connection, t.still_out, "customer_id", "settled_at") == [(ENGLISH, None)]
        over = dict(rows(connection, t.audience, "customer_id", "over_at"))
    assert over[ENGLISH] is None
    assert over[TELUGU] is not None


def test_one_pressed_where_nothing_is_known_goes_to_a_person(world: World, doors: TestClient) -> None:
    call(doors, phone(ELSEWHERE))
    call(doors, phone(ELSEWHERE), digits="1")
    with reading(world.engine) as connection:
        [(state, reason, queue, due)] = rows(
            connection, t.contact, "state", "state_reason", "queue", "answer_due_at"
        )
    assert (state, reason) == ("waiting", "not_working_and_nothing_known")
    assert queue
    assert due > T0


def test_two_asks_for_a_person_who_calls_back_where_no_number_is_given(
    world: World, doors: TestClient
) -> None:
    call(doors, phone(MALAY))
    twiml = call(doors, phone(MALAY), digits="2")
    assert twiml.find("Dial") is None
    assert "menghubungi anda semula" in heard(twiml)
    with reading(world.engine) as connection:
        assert rows(connection, t.contact, "state", "state_reason") == [("waiting", "asked_for_a_person")]


def test_two_connects_with_the_number_of_the_configuration(world: World, doors: TestClient) -> None:
    world.__dict__["doors"] = Doors(telephone=Telephone(person=PERSON))
    call(doors, phone(ENGLISH))
    twiml = call(doors, phone(ENGLISH), digits="2")
    dial = twiml.find("Dial")
    assert dial is not None
    assert dial.text == PERSON
    assert ElementTree.tostring(call(doors, phone(ENGLISH), digits="2")) == ElementTree.tostring(twiml)


@pytest.mark.parametrize("digits", ["3", "*", "12", "x" * 5_000])
def test_another_key_hears_the_keys_once_more_and_does_nothing(
    world: World, doors: TestClient, digits: str
) -> None:
    call(doors, phone(ENGLISH))
    before = front.tables(world.engine)
    twiml = call(doors, phone(ENGLISH), digits=digits)
    assert "press 1" in heard(twiml)
    assert "Miyapur" not in heard(twiml)
    assert front.tables(world.engine) == before


def test_a_key_of_a_call_nobody_has_kept_is_kept_with_it(world: World, doors: TestClient) -> None:
    call(doors, phone(ENGLISH), digits="2")
    with reading(world.engine) as connection:
        assert rows(connection, t.contact, "carrier_event", "state") == [("call:CA1", "waiting")]


GENUINE = signed_form(DOOR, {"CallSid": "CA1", "From": phone(ENGLISH), "To": SENDER})
FORGERIES: dict[str, dict[str, Any]] = {
    "another key": signed_form(DOOR, {"CallSid": "CA1", "From": phone(ENGLISH)}, "another-token"),
    "no signature": {"content": GENUINE["content"]},
    "another caller": {**GENUINE, "content": b"CallSid=CA1&From=%2B9140555000002"},
    "signed as a text": signed_form(f"{PUBLIC}/contacts/twilio/sms", {"CallSid": "CA1", "From": phone(1)}),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_call_is_refused_and_leaves_nothing(world: World, doors: TestClient, name: str) -> None:
    before = front.tables(world.engine)
    answer = doors.post(DOOR, **FORGERIES[name])
    assert (answer.status_code, answer.json()["title"]) == (403, "bad_signature")
    assert front.tables(world.engine) == before


def test_a_key_that_was_signed_for_the_other_address_is_refused(world: World, doors: TestClient) -> None:
    form = {"CallSid": "CA1", "From": phone(ENGLISH), "Digits": "1"}
    assert doors.post(KEYS, **signed_form(DOOR, form)).status_code == 403
    assert front.counts(world.engine)["contact"] == 0


def test_a_call_without_its_name_is_refused(doors: TestClient) -> None:
    answer = doors.post(DOOR, **signed_form(DOOR, {"From": phone(ENGLISH)}))
    assert (answer.status_code, answer.json()["title"]) == (400, "malformed")


def test_no_log_names_a_caller(doors: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="tellfirst")
    call(doors, phone(ENGLISH))
    doors.post(DOOR, **FORGERIES["another key"])
    assert "refused at /contacts/twilio/call: bad_signature" in caplog.text
    assert phone(ENGLISH) not in caplog.text
