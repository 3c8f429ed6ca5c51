"""A customer texts us: answered at once, in their language, from the facts everybody else has."""

import re
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import front
import hyderabad
import pytest
from front import PUBLIC, SENDER, TestClient, signed_form
from hyderabad import FIRST, MINUTE, T0, phone, rows
from sqlalchemy import Connection

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.stepped_clock import SteppedClock

DOOR = f"{PUBLIC}/contacts/twilio/sms"
ENGLISH, TELUGU, MALAY, URDU, ELSEWHERE = 1, 2, 3, 4, 5
LANGUAGES = {ENGLISH: "en", TELUGU: "te", MALAY: "ms", URDU: "ur"}
STRANGER = "+9140555999999"


def story(connection: Connection) -> datetime:
    """A customer of each language in Miyapur was told; one in Kukatpally is not affected."""
    for key, language in LANGUAGES.items():
        hyderabad.add_customer(connection, key, "HYD0004", language=language)
    hyderabad.add_customer(connection, ELSEWHERE, "HYD0000")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


def sms(body: str, sender: str, sid: str = "SM1") -> dict[str, str]:
    return {"MessageSid": sid, "From": sender, "To": SENDER, "Body": body, "NumMedia": "0"}


def ask(doors: TestClient, body: str, sender: str, sid: str = "SM1") -> str:
    """What the customer reads."""
    answer = doors.post(DOOR, **signed_form(DOOR, sms(body, sender, sid)))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    messages = ElementTree.fromstring(answer.text).findall("Message")
    assert len(messages) == 1
    return messages[0].text or ""


@pytest.mark.parametrize(
    ("key", "question", "script"),
    [
        (ENGLISH, "Is there a problem? No signal here.", "[a-z]{4,}"),
        (TELUGU, "ఇక్కడ సిగ్నల్ లేదు, ఏమైనా సమస్య ఉందా?", "[\u0c00-\u0c7f]{4,}"),
        (MALAY, "Ada masalah? Tiada isyarat di sini.", "kami tahu"),
        (URDU, "کیا کوئی مسئلہ ہے؟ یہاں سگنل نہیں ہے", "[\u0600-\u06ff]{4,}"),
    ],
    ids=list(LANGUAGES.values()),
)
def test_who_is_affected_reads_the_facts_in_their_language(
    world: World, doors: TestClient, key: int, question: str, script: str
) -> None:
    answer = ask(doors, question, phone(key))
    assert re.search(script, answer)
    for fact in ("Miyapur", "09:09 IST", "09:39 IST", FIRST, hyderabad.HOUSE.contact):
        assert fact in answer
    with reading(world.engine) as connection:
        assert rows(connection, t.contact, "customer_id", "incident_id", "kind", "answer_kind") == [
            (key, 1, "incident_report", "known")
        ]
        assert rows(connection, t.contact, "answer", "received_at", "answered_at") == [(answer, T0, T0)]


def test_who_is_not_affected_is_not_told_of_another_areas_outage(world: World, doors: TestClient) -> None:
    answer = ask(doors, "Is there a problem?", phone(ELSEWHERE))
    assert "no problem" in answer
    assert "Miyapur" not in answer


def test_a_number_nobody_has_is_answered_too_and_learns_nothing(world: World, doors: TestClient) -> None:
    answer = ask(doors, "no signal", STRANGER)
    assert "we have your message" in answer
    assert FIRST not in answer
    with reading(world.engine) as connection:
        assert rows(connection, t.contact, "customer_id", "incident_id") == [(None, None)]


def test_after_the_all_clear_the_answer_is_that_it_is_over(world: World, doors: TestClient) -> None:
    with writing(world.engine) as connection:
        hyderabad.mend(connection, "HYD0004", now=T0 + 10 * MINUTE)
        hyderabad.all_clear(connection, T0 + 25 * MINUTE)
    SteppedClock(world.engine).set(T0 + 26 * MINUTE)
    assert "has been back since" in ask(doors, "is the outage over?", phone(ENGLISH))
    SteppedClock(world.engine).set(T0 + timedelta(days=2))
    assert "no problem" in ask(doors, "is there an outage?", phone(ENGLISH), "SM2")


def test_a_text_delivered_again_gets_the_same_answer_and_one_row(world: World, doors: TestClient) -> None:
    first = ask(doors, "no signal", phone(ENGLISH))
    before = front.tables(world.engine)
    SteppedClock(world.engine).step_to(T0 + 5 * MINUTE)
    assert {ask(doors, "no signal", phone(ENGLISH)) for _ in range(5)} == {first}
    assert front.tables(world.engine) == before


def test_two_texts_are_two_contacts(world: World, doors: TestClient) -> None:
    ask(doors, "no signal", phone(ENGLISH), "SM1")
    ask(doors, "no signal", phone(ENGLISH), "SM2")
    assert front.counts(world.engine)["contact"] == 2


@pytest.mark.parametrize(
    ("key", "word"),
    [(ENGLISH, "STOP"), (ENGLISH, " stop. "), (TELUGU, "ఆపు"), (MALAY, "henti"), (URDU, "بند کریں")],
)
def test_stop_ends_the_texts_and_start_brings_them_back(
    world: World, doors: TestClient, key: int, word: str
) -> None:
    assert "START" in ask(doors, word, phone(key))
    with reading(world.engine) as connection:
        assert rows(connection, t.opt_out, "channel", "address") == [("sms", phone(key))]
    ask(doors, word, phone(key), "SM2")
    ask(doors, "START", phone(key), "SM3")
    assert front.counts(world.engine)["opt_out"] == 0


def test_stop_within_a_sentence_is_a_question_and_stops_nothing(world: World, doors: TestClient) -> None:
    ask(doors, "when will this outage stop?", phone(ENGLISH))
    assert front.counts(world.engine)["opt_out"] == 0


def _signed(form: dict[str, str], **more: Any) -> dict[str, Any]:
    return {**signed_form(DOOR, form), **more}


GENUINE = _signed(sms("STOP", phone(ENGLISH)))
FORGERIES: dict[str, dict[str, Any]] = {
    "another key": signed_form(DOOR, sms("STOP", phone(ENGLISH)), "the-token-of-another-account"),
    "no signature": {"content": GENUINE["content"]},
    "another sender": _signed(
        sms("STOP", phone(ENGLISH)), content=b"MessageSid=SM1&From=%2B9140555000002&Body=STOP"
    ),
    "another text": {**_signed(sms("hello", phone(ENGLISH))), "content": GENUINE["content"]},
    "signed for another house": signed_form(
        "https://other.example/contacts/twilio/sms", sms("STOP", phone(ENGLISH))
    ),
    "signed as a receipt": signed_form(f"{PUBLIC}/receipts/twilio", sms("STOP", phone(ENGLISH))),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_text_is_refused_and_leaves_nothing(world: World, doors: TestClient, name: str) -> None:
    before = front.tables(world.engine)
    answer = doors.post(DOOR, **FORGERIES[name])
    assert (answer.status_code, answer.json()["title"]) == (403, "bad_signature")
    assert "<Message>" not in answer.text
    assert front.tables(world.engine) == before


def test_a_query_the_carrier_did_not_sign_is_refused(world: World, doors: TestClient) -> None:
    assert doors.post(f"{DOOR}?x=1", **GENUINE).status_code == 403
    assert front.counts(world.engine)["contact"] == 0


@pytest.mark.parametrize(
    "body",
    [
        "",
        " \n ",
        "?",
        "1" * 1_600,
        "no signal " * 20_000,
        "<b>no signal</b> & ]]>",
        "'); DROP TABLE contact; --",
        "{{ company }} {% raw %}",
        "\u202eno signal\u202c\u0007",
        "🤷🏽‍♀️" * 500,
        "a\x00b",
    ],
    ids=lambda body: ascii(body[:12]),
)
def test_whatever_a_customer_types_is_kept_and_answered(world: World, doors: TestClient, body: str) -> None:
    answer = ask(doors, body, phone(ENGLISH))
    assert "Miyapur" in answer
    with reading(world.engine) as connection:
        [(kept,)] = rows(connection, t.contact, "body")
    assert len(kept) <= 1_600
    assert body.replace("\x00", "").startswith(kept)


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
def test_a_signed_text_without_sender_or_number_is_refused(
    world: World, doors: TestClient, missing: str
) -> None:
    form = {name: value for name, value in sms("no signal", phone(ENGLISH)).items() if name != missing}
    answer = doors.post(DOOR, **signed_form(DOOR, form))
    assert (answer.status_code, answer.json()["title"]) == (400, "malformed")
    assert front.counts(world.engine)["contact"] == 0


def test_no_log_names_a_customer(doors: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="tellfirst")
    ask(doors, "I am Asha and have no signal", phone(ENGLISH))
    doors.post(DOOR, **FORGERIES["another key"])
    assert "refused at /contacts/twilio/sms: bad_signature" in caplog.text
    assert phone(ENGLISH) not in caplog.text
    assert "Asha" not in caplog.text
