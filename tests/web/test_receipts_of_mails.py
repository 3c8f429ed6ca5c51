"""SendGrid's signed batches: every row of ours counts once; a batch that is not theirs counts for nothing."""

from datetime import datetime
from typing import Any

import front
import hyderabad
import pytest
from front import MAIL_KEY, STRANGERS_KEY, TestClient, signed_mail
from hyderabad import T0, rows
from sqlalchemy import Connection

from tellfirst.bootstrap import World
from tellfirst.delivery import receipts
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

DOOR = "/receipts/sendgrid"
DAY = 24 * 3600


def story(connection: Connection) -> datetime:
    """Three customers of Miyapur were written to, deliveries 1 to 3; the carrier has the mails."""
    for key in (1, 2, 3):
        mail = f"customer{key}@example.org"
        hyderabad.add_customer(connection, key, "HYD0004", wish="email", email=mail)
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


def row(delivery_id: int | str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "email": "customer@example.org",
        "timestamp": 1_795_000_000,
        "event": kind,
        "sg_event_id": f"{kind}-{delivery_id}",
        "sg_message_id": "Gd7CkzK4QOqrSPV3iO4YJQ.recvd-5f5d4-abc.0",
        "delivery": str(delivery_id),
        **more,
    }


BATCH = [
    row(1, "processed"),
    row(1, "delivered"),
    row(2, "bounce", bounce_classification="Invalid Address"),
    row(3, "deferred"),
    row(99, "delivered"),
    row("another system's", "delivered"),
]


def states(world: World) -> list[str]:
    with writing(world.engine) as connection:
        receipts.apply(connection, T0)
        return [state for (state,) in rows(connection, t.delivery, "state")]


def test_a_signed_batch_raises_each_mail_it_settles(world: World, doors: TestClient) -> None:
    assert doors.post(DOOR, **signed_mail(BATCH)).status_code == 204
    assert states(world) == ["delivered", "undelivered", "sent"]
    with reading(world.engine) as connection:
        assert rows(connection, t.receipt, "event_id", "verdict") == [
            ("bounce-2", "applied"),
            ("delivered-1", "applied"),
            ("delivered-99", "unknown_delivery"),
            ("processed-1", "applied"),
        ]


def test_a_batch_sent_again_has_no_second_effect(world: World, doors: TestClient) -> None:
    genuine = signed_mail(BATCH)
    doors.post(DOOR, **genuine)
    states(world)
    after_one = front.tables(world.engine)
    for request in (genuine, genuine, signed_mail(BATCH, age=600), signed_mail(BATCH[::-1])):
        assert doors.post(DOOR, **request).status_code == 204
    states(world)
    assert front.tables(world.engine) == after_one


def test_a_mail_reported_delivered_is_not_lowered_by_what_comes_late(world: World, doors: TestClient) -> None:
    for kind in ("delivered", "processed", "dropped"):
        doors.post(DOOR, **signed_mail([row(1, kind)]))
    assert states(world) == ["delivered", "sent", "sent"]


def _changed(request: dict[str, Any], old: bytes, new: bytes) -> dict[str, Any]:
    body = request["content"]
    assert old in body
    return {**request, "content": body.replace(old, new, 1)}


def _without(request: dict[str, Any], header: str) -> dict[str, Any]:
    headers = {name: value for name, value in request["headers"].items() if not name.endswith(header)}
    return {**request, "headers": headers}


def _stamped(request: dict[str, Any], stamp: str) -> dict[str, Any]:
    name = "X-Twilio-Email-Event-Webhook-Timestamp"
    return {**request, "headers": {**request["headers"], name: stamp}}


GENUINE = signed_mail(BATCH)
FORGERIES = {
    "a changed byte": _changed(GENUINE, b'"delivery": "1"', b'"delivery": "3"'),
    "a line end taken off": _changed(GENUINE, b"\r\n", b""),
    "a blank more": _changed(GENUINE, b"[", b"[ "),
    "bytes that are no text": _changed(GENUINE, b"bounce", b"\xff\xfe"),
    "another key": signed_mail(BATCH, key=STRANGERS_KEY),
    "no signature": _without(GENUINE, "Signature"),
    "no time stamp": _without(GENUINE, "Timestamp"),
    "another time stamp": _stamped(GENUINE, "1795000000"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_batch_is_refused_and_leaves_nothing(world: World, doors: TestClient, name: str) -> None:
    before = front.tables(world.engine)
    answer = doors.post(DOOR, **FORGERIES[name])
    assert (answer.status_code, answer.json()["title"]) == (403, "bad_signature")
    assert front.tables(world.engine) == before


@pytest.mark.parametrize("age", [DAY + 600, -600], ids=["older than a day of retries", "from the future"])
def test_a_genuine_batch_of_another_day_is_refused(world: World, doors: TestClient, age: int) -> None:
    answer = doors.post(DOOR, **signed_mail(BATCH, age=age))
    assert (answer.status_code, answer.json()["title"]) == (403, "stale_signature")
    assert front.counts(world.engine)["receipt"] == 0


def test_a_batch_repeated_for_most_of_a_day_is_taken(world: World, doors: TestClient) -> None:
    assert doors.post(DOOR, **signed_mail(BATCH, age=DAY - 600)).status_code == 204


@pytest.mark.parametrize(
    "rows_",
    [None, {}, "delivered", 5, [5], [[]], [row(1, "delivered"), row(2, "delivered", sg_event_id=7)]],
    ids=lambda value: str(value)[:12],
)
def test_a_signed_batch_of_another_shape_is_refused_whole(
    world: World, doors: TestClient, rows_: object
) -> None:
    answer = doors.post(DOOR, **signed_mail(rows_))
    assert (answer.status_code, answer.json()["title"]) == (400, "malformed")
    assert front.counts(world.engine)["receipt"] == 0


def test_a_thousand_rows_are_kept_and_a_thousand_and_one_are_not(world: World, doors: TestClient) -> None:
    many = [row(number, "delivered") for number in range(1_001)]
    assert doors.post(DOOR, **signed_mail(many)).json()["title"] == "too_many_receipts"
    assert front.counts(world.engine)["receipt"] == 0
    assert doors.post(DOOR, **signed_mail(many[:1_000])).status_code == 204
    assert front.counts(world.engine)["receipt"] == 1_000


def test_the_two_keys_of_these_tests_differ() -> None:
    assert front.public_key(MAIL_KEY) != front.public_key(STRANGERS_KEY)


@pytest.mark.parametrize("letter", ["\ud800", "\x00"], ids=["half a letter", "a zero"])
def test_a_number_that_no_database_holds_is_refused_before_it_fails_the_commit_of_others(
    world: World, doors: TestClient, letter: str
) -> None:
    answer = doors.post(DOOR, **signed_mail([row(1, "delivered"), row(2, "delivered", sg_event_id=letter)]))
    assert (answer.status_code, answer.json()["title"]) == (400, "malformed")
    assert states(world) == ["sent"] * 3
