"""WhatsApp comes over the door of texts; and what a carrier has understood by itself is mirrored and not said twice."""

from datetime import datetime
from xml.etree import ElementTree

import front
import hyderabad
import pytest
from front import PUBLIC, SENDER, TestClient, signed_form
from hyderabad import T0, phone, rows
from sqlalchemy import Connection

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

DOOR = f"{PUBLIC}/contacts/twilio/whatsapp"
SMS = f"{PUBLIC}/contacts/twilio/sms"
ENGLISH = 1


def story(connection: Connection) -> datetime:
    """One customer was told."""
    hyderabad.add_customer(connection, ENGLISH, "HYD0004")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


def write(doors: TestClient, body: str, sid: str = "SM1", url: str = DOOR, **more: str) -> list[str]:
    """The replies that go back."""
    over = "whatsapp:" if url == DOOR else ""
    form = {"MessageSid": sid, "From": over + phone(ENGLISH), "To": over + SENDER, "Body": body, **more}
    answer = doors.post(url, **signed_form(url, form))
    assert answer.status_code == 200
    return [one.text or "" for one in ElementTree.fromstring(answer.text).findall("Message")]


def opted_out(world: World) -> list[tuple[str, str, str]]:
    with reading(world.engine) as connection:
        return [(c, a, s) for c, a, s in rows(connection, t.opt_out, "channel", "address", "source")]


def test_a_question_over_whatsapp_is_answered_in_the_same_breath(world: World, doors: TestClient) -> None:
    [answer] = write(doors, "No signal here, is there a problem?")
    assert "Miyapur" in answer
    with reading(world.engine) as connection:
        assert rows(connection, t.contact, "channel", "address", "customer_id", "answer_kind") == [
            ("whatsapp", phone(ENGLISH), ENGLISH, "known")
        ]
    before = front.tables(world.engine)
    assert write(doors, "No signal here, is there a problem?") == [answer]
    assert front.tables(world.engine) == before


@pytest.mark.parametrize("word", ["STOP", "ఆపు", "henti", "بند کریں"])
def test_stop_over_whatsapp_ends_whatsapp_and_not_texts(world: World, doors: TestClient, word: str) -> None:
    write(doors, word)
    assert opted_out(world) == [("whatsapp", phone(ENGLISH), "customer")]
    write(doors, "STOP", "SM2", SMS)
    assert {channel for channel, _, _ in opted_out(world)} == {"whatsapp", "sms"}
    write(doors, "START", "SM3")
    assert opted_out(world) == [("sms", phone(ENGLISH), "customer")]


@pytest.mark.parametrize("url", [SMS, DOOR], ids=["sms", "whatsapp"])
def test_what_the_carrier_has_understood_is_mirrored_and_not_answered_again(
    world: World, doors: TestClient, url: str
) -> None:
    channel = "sms" if url == SMS else "whatsapp"
    assert write(doors, "ne plus recevoir", "SM1", url, OptOutType="STOP") == []
    assert opted_out(world) == [(channel, phone(ENGLISH), "carrier")]
    with reading(world.engine) as connection:
        assert rows(connection, t.contact, "intent", "state", "state_reason") == [
            ("stop", "answered", "answered_by_the_carrier")
        ]
    assert write(doors, "ne plus recevoir", "SM1", url, OptOutType="STOP") == []
    assert write(doors, "hello", "SM2", url, OptOutType="START") == []
    assert opted_out(world) == []
    assert write(doors, "HELP", "SM3", url, OptOutType="HELP") == []
    assert len(opted_out(world)) == 0


def test_a_word_of_the_carrier_that_nobody_knows_is_no_opt_out(world: World, doors: TestClient) -> None:
    assert len(write(doors, "no signal", OptOutType="LATER")) == 1
    assert opted_out(world) == []
