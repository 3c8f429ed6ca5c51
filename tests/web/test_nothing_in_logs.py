"""What a customer is called, where they are reached and what opens their pages stands in no log and no exception."""

import io
import logging
from collections.abc import Iterator
from datetime import datetime

import asked
import front
import pytest
import walk
from asked import ENGLISH
from front import PUBLIC, TestClient, signed_form
from hyderabad import phone
from sqlalchemy import Connection, insert, update

from tellfirst import logs
from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.web.app import create_app

MAIL = "padma.rao@mail.example.in"
WORDS = "no light since the goat ate the cable"
SMS = f"{PUBLIC}/contacts/twilio/sms"


def story(connection: Connection) -> datetime:
    ends_at = asked.story(connection)
    connection.execute(update(t.customer).where(t.customer.c.id == ENGLISH).values(email=MAIL))
    return ends_at


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every logger there is, at its most talkative."""
    with caplog.at_level(logging.DEBUG):
        for name in ("tellfirst", "sqlalchemy.engine", "uvicorn", "fastapi", "asyncio", "twilio"):
            caplog.set_level(logging.DEBUG if name != "sqlalchemy.engine" else logging.INFO, logger=name)
        yield caplog


def _secrets(world: World) -> list[str]:
    tokens = [asked.link(world).rpartition("/")[2], asked.refusal_link(world).rpartition("/")[2]]
    return [
        phone(ENGLISH).lstrip("+"),
        MAIL,
        "goat",
        front.TOKEN,
        front.AUTH_TOKEN,
        front.LINK_SECRET,
        *tokens,
    ]


def _a_day(client: TestClient, world: World) -> None:
    """What comes in on any day, and what goes wrong on most."""
    form = {"MessageSid": "SM1", "From": phone(ENGLISH), "To": front.SENDER, "Body": WORDS}
    client.post(SMS, **signed_form(SMS, form))
    client.post(SMS, content=f"From=%2B{phone(ENGLISH)[1:]}&Body={WORDS}".encode())
    receipt = f"{PUBLIC}/receipts/twilio?delivery=1"
    client.post(
        receipt, **signed_form(receipt, {"MessageSid": "SM1", "MessageStatus": "sent", "To": phone(ENGLISH)})
    )
    client.post(f"/receipts/{phone(ENGLISH)}", content=MAIL.encode())
    client.post("/receipts/sendgrid", **front.signed_mail([{"email": MAIL, "event": "odd"}]))
    client.post(
        "/signals/alertmanager", content=WORDS.encode(), headers={"Authorization": f"Bearer {front.TOKEN}"}
    )
    client.post("/signals/alertmanager", content=b"{}", headers={"Authorization": f"Bearer {front.TOKEN}x"})
    survey = asked.link(world).removeprefix(PUBLIC)
    client.get(survey)
    client.post(survey, data={"score": "7", "comment": WORDS})
    client.post(survey, data={"score": "2", "comment": WORDS})
    client.get(f"{survey}x")
    client.post(asked.refusal_link(world).removeprefix(PUBLIC))
    client.get(f"/reviews/{MAIL}")
    client.get(f"/?number={phone(ENGLISH)}", headers={"Cookie": f"session={front.LINK_SECRET}"})
    for way in walk.ways(client.app):
        client.request(way.method, way.path, params={"number": phone(ENGLISH)}, data={"email": MAIL})


def test_a_day_of_requests_leaves_no_customer_in_the_log(
    world: World, doors: TestClient, logged: pytest.LogCaptureFixture
) -> None:
    _a_day(doors, world)
    ours = "\n".join(
        logging.Formatter().format(one) for one in logged.records if one.name.startswith("tellfirst")
    )
    assert "refused at" in ours
    assert [one for one in _secrets(world) if one in ours] == []
    others = "\n".join(logs.Masked().format(one) for one in logged.records if one.name != "httpx")
    assert [one for one in _secrets(world) if one in others] == []


def test_a_day_on_which_the_database_fails_leaves_none_either(
    world: World, logged: pytest.LogCaptureFixture
) -> None:
    with writing(world.engine) as connection:
        for table in ("contact_answer", "response", "receipt", "survey_refusal"):
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO away_{table}")
    with TestClient(create_app(world), base_url=PUBLIC, raise_server_exceptions=False) as client:
        _a_day(client, world)
    told = "\n".join(logs.Masked().format(one) for one in logged.records if one.name != "httpx")
    assert "OperationalError" in told or "no such table" in told
    assert [one for one in _secrets(world) if one in told] == []


def test_the_text_of_a_database_fault_holds_no_value(world: World) -> None:
    with pytest.raises(Exception, match="UNIQUE") as failed, writing(world.engine) as connection:
        connection.execute(
            insert(t.customer).values(
                id=ENGLISH, reference=MAIL, status="active", language="en", zone="UTC", phone=phone(ENGLISH)
            )
        )
    assert MAIL not in str(failed.value)
    assert phone(ENGLISH) not in str(failed.value)


def test_whatever_is_logged_is_masked_with_its_traceback() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Masked(logs.FORM))
    logger = logging.Logger("strange library")
    logger.addHandler(handler)
    try:
        int(f"{phone(ENGLISH)} {MAIL}")
    except ValueError:
        logger.exception("cannot write to %s with Bearer %s", MAIL, front.TOKEN)
    told = stream.getvalue()
    assert "Traceback" in told
    assert "ValueError" in told
    assert [one for one in (phone(ENGLISH)[1:], MAIL, "padma", front.TOKEN) if one in told] == []


def test_what_travels_between_doors_and_rules_does_not_print_whose_it_is() -> None:
    """An exception's traceback, a log with %r, a debugger: all print the repr."""
    from tellfirst.contacts.inbound import Attached, Inbound
    from tellfirst.erasing.person import Person

    it = Inbound(
        "SM1", phone(ENGLISH), WORDS, subject=WORDS, files=(Attached("goat.pdf", "x/y", b"goat", "goat"),)
    )
    person = Person(1, "C1", frozenset({phone(ENGLISH)}), frozenset({MAIL}), frozenset({"goat"}))
    for printed in (repr(it), repr(person)):
        assert not [one for one in (phone(ENGLISH), MAIL, "goat") if one in printed]
