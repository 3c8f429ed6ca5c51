"""Ready means that books can be kept; a brake stops what we send, and nobody who writes to us is left unanswered."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import front
import hyderabad
import pytest
from front import PUBLIC, TestClient, signed_form
from hyderabad import T0, phone
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from tellfirst.bootstrap import World
from tellfirst.delivery import brake, stopping
from tellfirst.domain.delivery import StopEffect
from tellfirst.store.engine import writing

DOOR = f"{PUBLIC}/contacts/twilio/sms"


def story(connection: Connection) -> datetime:
    hyderabad.add_customer(connection, 1, "HYD0004")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


class _Full(Exception):
    sqlite_errorname = "SQLITE_FULL"


@pytest.fixture
def full_disk(world: World) -> Iterator[None]:
    """Reads are answered and no write is taken."""

    def refuse(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("INSERT"):
            raise OperationalError("INSERT", {}, _Full())

    event.listen(world.engine, "before_cursor_execute", refuse)
    yield
    event.remove(world.engine, "before_cursor_execute", refuse)


def test_it_is_ready_while_a_write_is_taken(doors: TestClient) -> None:
    answer = doors.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_with_a_full_disk_it_is_not_ready_and_says_why(doors: TestClient, full_disk: None) -> None:
    answer = doors.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "not_ready", "reason": "disk_full"})


@pytest.mark.parametrize("how", ["brake", "stop"])
def test_a_customer_who_writes_is_answered_while_sending_is_stopped(
    world: World, doors: TestClient, how: str
) -> None:
    """An answer goes to who has asked, in the same breath; what is stopped is what we send unasked."""
    if how == "brake":
        (world.settings.home / brake.FILE).touch()
    else:
        with writing(world.engine) as connection:
            stopping.stop(connection, None, StopEffect.CANCEL, "wrong text", "asha", T0)
    text = {"MessageSid": "SM1", "From": phone(1), "To": front.SENDER, "Body": "no signal", "NumMedia": "0"}
    answer = doors.post(DOOR, **signed_form(DOOR, text))
    assert ElementTree.fromstring(answer.text).findall("Message")
