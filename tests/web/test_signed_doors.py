"""Every signed door: signed are the bytes as they came, and that is checked before they are read; twice is once."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asked
import front
import hyderabad
import pytest
from asked import ENGLISH
from front import PUBLIC, TestClient, signed_form, signed_mail
from hyderabad import phone
from sqlalchemy import func, select

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

story = asked.story
TOKEN = {"Authorization": f"Bearer {front.TOKEN}"}
TEXT = {"MessageSid": "SM1", "From": phone(ENGLISH), "To": front.SENDER, "Body": "no signal"}
STATUS = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": phone(ENGLISH)}
MAIL_ROW = {
    "event": "delivered", "delivery": "1", "sg_event_id": "e1", "sg_message_id": "m1", "timestamp": 1_764_000_000
}  # fmt: skip
ALERTS = hyderabad.body(hyderabad.alert("HYD0000"))


@dataclass(frozen=True, slots=True)
class Door:
    """A genuine request, how many rows of `table` it makes, and how a forgery is refused."""

    path: str
    genuine: Callable[[], dict[str, Any]]
    table: str
    refused: int = 403


DOORS = {
    "receipts of texts": Door(
        "/receipts/twilio?delivery=1",
        lambda: signed_form(f"{PUBLIC}/receipts/twilio?delivery=1", STATUS),
        "receipt",
    ),
    "receipts of mails": Door("/receipts/sendgrid", lambda: signed_mail([MAIL_ROW]), "receipt"),
    "texts of customers": Door(
        "/contacts/twilio/sms", lambda: signed_form(f"{PUBLIC}/contacts/twilio/sms", TEXT), "contact"
    ),
    "monitors": Door("/signals/alertmanager", lambda: {"content": ALERTS, "headers": TOKEN}, "signal", 401),
}


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


def _post(doors: TestClient, door: Door, request: dict[str, Any]) -> int:
    return doors.post(f"{PUBLIC}{door.path}", **request).status_code


def test_what_is_genuine_is_taken_once_however_often_it_comes(
    world: World, doors: TestClient, door: Door
) -> None:
    before, request = front.counts(world.engine)[door.table], door.genuine()
    statuses = {_post(doors, door, request) for _ in range(20)}
    assert statuses <= {200, 202, 204}
    after = front.counts(world.engine)
    assert after[door.table] == before + 1
    _until_applied(world)
    tables = front.tables(world.engine)
    assert _post(doors, door, request) in statuses
    _until_applied(world)
    changed = {name for name, rows in front.tables(world.engine).items() if rows != tables[name]}
    # A monitor's repetition is counted, and that is all.
    assert changed <= ({"signal", "source_standing"} if door.table == "signal" else set())


def _until_applied(world: World) -> None:
    """What a receipt says is done soon after it was answered."""
    waiting = select(func.count()).select_from(t.receipt).where(t.receipt.c.applied_at.is_(None))
    for _ in range(200):
        with reading(world.engine) as connection:
            if not connection.scalar(waiting):
                return
        time.sleep(0.05)
    raise TimeoutError("receipts were not applied within ten seconds")


@pytest.mark.parametrize("byte", [0, 1, -1], ids=["the first byte", "the second", "the last"])
def test_one_byte_of_a_signed_body_changed_is_a_forgery(
    world: World, doors: TestClient, door: Door, byte: int
) -> None:
    request = door.genuine()
    changed = bytearray(request["content"])
    changed[byte] ^= 1
    before = front.tables(world.engine)
    status = _post(doors, door, {**request, "content": bytes(changed)})
    if door.refused == 401:
        assert status < 500  # a token signs no body
        return
    assert status == door.refused
    assert front.tables(world.engine) == before


@pytest.mark.parametrize("body", [b"{" * 100_000, b"\xff\xfe", b"", b"a=" + b"1" * 1_000_000])
def test_a_body_nobody_signed_is_refused_before_it_is_read(
    world: World, doors: TestClient, door: Door, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = front.tables(world.engine)
    read: list[object] = []
    monkeypatch.setattr(json, "loads", lambda *_a, **_k: read.append(1) or {})
    request = door.genuine()
    unsigned = {key: "x" for key in request["headers"] if "Signature" in key or key == "Authorization"}
    status = doors.post(
        f"{PUBLIC}{door.path}", content=body, headers={**request["headers"], **unsigned}
    ).status_code
    monkeypatch.undo()
    assert (status, read) == (door.refused, [])
    assert front.tables(world.engine) == before


def test_the_signature_of_one_door_opens_no_other(doors: TestClient) -> None:
    for name, door in DOORS.items():
        for other_name, other in DOORS.items():
            if name != other_name and door.path != other.path:
                assert _post(doors, other, door.genuine()) in (400, 401, 403), (name, other_name)


def test_a_stale_report_of_mails_is_refused_and_a_text_signed_long_ago_has_no_second_effect(
    world: World, doors: TestClient
) -> None:
    old = doors.post("/receipts/sendgrid", **signed_mail([MAIL_ROW], age=30 * 86_400))
    assert (old.status_code, old.json()["title"]) == (403, "stale_signature")


def test_an_algorithm_that_the_request_chooses_is_not_used(doors: TestClient) -> None:
    url = f"{PUBLIC}/contacts/twilio/sms"
    text = url + "".join(name + TEXT[name] for name in sorted(TEXT))
    for algorithm in (hashlib.md5, hashlib.sha256):
        weak = base64.b64encode(
            hmac.new(front.AUTH_TOKEN.encode(), text.encode(), algorithm).digest()
        ).decode()
        request = signed_form(url, TEXT)
        request["headers"] |= {"X-Twilio-Signature": weak, "X-Twilio-Signature-Algorithm": algorithm().name}
        assert doors.post(url, **request).status_code == 403
