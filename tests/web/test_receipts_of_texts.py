"""Twilio's status callbacks: what is signed raises a delivery once, what is not signed leaves nothing."""

import time
from datetime import datetime, timedelta
from typing import Any

import front
import hyderabad
import pytest
from front import PUBLIC, TestClient, signed_form
from hyderabad import MINUTE, T0, rows
from sqlalchemy import Connection, Engine

from tellfirst.bootstrap import World
from tellfirst.delivery import receipts
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.web.app import create_app

DELIVERY = 1


def story(connection: Connection) -> datetime:
    """One customer of Miyapur was told; the carrier has the text."""
    hyderabad.add_customer(connection, 1, "HYD0004")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


def door(delivery_id: int = DELIVERY) -> str:
    return f"{PUBLIC}/receipts/twilio?delivery={delivery_id}"


def status(word: str) -> dict[str, str]:
    return {"MessageSid": "SM1", "MessageStatus": word, "To": "+9140555000001", "AccountSid": "AC1"}


def report(doors: TestClient, word: str, delivery_id: int = DELIVERY) -> None:
    url = door(delivery_id)
    assert doors.post(url, **signed_form(url, status(word))).status_code == 204


def applied(engine: Engine, now: datetime = T0) -> list[tuple[str, Any]]:
    """State and end of each delivery, once every receipt that came in has been worked off."""
    with writing(engine) as connection:
        receipts.apply(connection, now)
        return rows(connection, t.delivery, "state", "final_at")


def test_a_signed_callback_raises_a_sent_text_to_delivered(world: World, doors: TestClient) -> None:
    report(doors, "delivered")
    assert applied(world.engine) == [("delivered", T0)]
    with reading(world.engine) as connection:
        assert rows(connection, t.delivery, "carrier_ref", "reason") == [("SM1", "receipt")]
        assert rows(connection, t.receipt, "event_id", "state", "verdict") == [
            ("SM1:delivered", "delivered", "applied")
        ]


def test_the_app_applies_receipts_by_itself(world: World, doors: TestClient) -> None:
    report(doors, "delivered")
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with reading(world.engine) as connection:
            if rows(connection, t.delivery, "state") == [("delivered",)]:
                return
        time.sleep(0.05)
    pytest.fail("the receipt is not applied")


def test_a_receipt_is_stored_before_it_is_answered(world: World, doors: TestClient) -> None:
    report(doors, "delivered")
    assert front.counts(world.engine)["receipt"] == 1


def test_what_did_not_arrive_is_undelivered_with_the_carriers_code(world: World, doors: TestClient) -> None:
    form = status("undelivered") | {"ErrorCode": "30005"}
    assert doors.post(door(), **signed_form(door(), form)).status_code == 204
    assert applied(world.engine) == [("undelivered", T0)]
    with reading(world.engine) as connection:
        assert rows(connection, t.delivery, "carrier_code") == [("30005",)]


def test_the_same_callback_a_hundred_times_has_one_effect(world: World, doors: TestClient) -> None:
    report(doors, "delivered")
    applied(world.engine)
    after_one = front.tables(world.engine)
    SteppedClock(world.engine).step_to(T0 + 5 * MINUTE)
    for _ in range(99):
        report(doors, "delivered")
    applied(world.engine, T0 + 5 * MINUTE)
    assert front.tables(world.engine) == after_one


@pytest.mark.parametrize("between", [True, False], ids=["applied one by one", "applied together"])
@pytest.mark.parametrize(
    "words", [("delivered", "sent"), ("delivered", "undelivered"), ("undelivered", "sent")]
)
def test_what_comes_late_never_lowers(
    world: World, doors: TestClient, words: tuple[str, str], between: bool
) -> None:
    first, late = words
    report(doors, first)
    if between:
        applied(world.engine)
    report(doors, late)
    assert applied(world.engine) == [(first, T0)]
    with reading(world.engine) as connection:
        assert rows(connection, t.receipt, "state", "verdict") == [
            (word, "applied") for word in sorted(words)
        ]


def test_a_receipt_for_an_unknown_delivery_is_kept_with_that_verdict(world: World, doors: TestClient) -> None:
    report(doors, "delivered", delivery_id=4_711)
    assert applied(world.engine) == [("sent", None)]
    with reading(world.engine) as connection:
        assert rows(connection, t.receipt, "delivery_id", "verdict") == [(4_711, "unknown_delivery")]


def test_a_status_that_settles_nothing_is_answered_and_not_kept(world: World, doors: TestClient) -> None:
    report(doors, "sending")
    assert front.counts(world.engine)["receipt"] == 0


def _signed_for(url: str) -> dict[str, Any]:
    return signed_form(url, status("delivered"))


def _genuine() -> dict[str, Any]:
    return _signed_for(door())


def _without_signature() -> dict[str, Any]:
    return {**_genuine(), "headers": {"Content-Type": "application/x-www-form-urlencoded"}}


def _with_signature(text: str | bytes) -> dict[str, Any]:
    return {**_genuine(), "headers": {"X-Twilio-Signature": text}}


FORGERIES: dict[str, tuple[str, dict[str, Any]]] = {
    "another key": (door(), signed_form(door(), status("delivered"), "the-token-of-another-account")),
    "an empty key": (door(), signed_form(door(), status("delivered"), "")),
    "no signature": (door(), _without_signature()),
    "an empty signature": (door(), _with_signature("")),
    "a signature that is no base64": (door(), _with_signature(b"\xe4?")),
    "a changed query": (door(2), _genuine()),
    "a second query field": (f"{door()}&delivery=2", _genuine()),
    "signed for another house": (door(), _signed_for("https://other.example/receipts/twilio?delivery=1")),
    "signed for where we listen": (door(), _signed_for("http://127.0.0.1:4280/receipts/twilio?delivery=1")),
    "signed for another door": (door(), _signed_for(f"{PUBLIC}/contacts/twilio/sms?delivery=1")),
    "a changed field": (door(), {**_genuine(), "content": b"MessageSid=SM1&MessageStatus=failed"}),
    "an added field": (door(), {**_genuine(), "content": _genuine()["content"] + b"&ErrorCode=30005"}),
    "nothing": (door(), {**_genuine(), "content": b""}),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_callback_is_refused_and_leaves_nothing(world: World, doors: TestClient, name: str) -> None:
    url, request = FORGERIES[name]
    before = front.tables(world.engine)
    answer = doors.post(url, **request)
    assert (answer.status_code, answer.json()["title"]) == (403, "bad_signature")
    assert "SM1" not in answer.text
    assert front.tables(world.engine) == before


def test_the_host_a_client_names_does_not_matter_only_the_configured_address_does(
    world: World, doors: TestClient
) -> None:
    asked = "http://127.0.0.1:4280/receipts/twilio?delivery=1"
    assert doors.post(asked, **signed_form(asked, status("delivered"))).status_code == 403
    assert doors.post(asked, **_genuine()).status_code == 204


@pytest.mark.parametrize("query", ["", "?delivery=", "?delivery=x", "?delivery=-1", f"?delivery={'9' * 19}"])
def test_a_signed_callback_without_a_delivery_of_ours_is_refused(
    world: World, doors: TestClient, query: str
) -> None:
    url = f"{PUBLIC}/receipts/twilio{query}"
    answer = doors.post(url, **signed_form(url, status("delivered")))
    assert (answer.status_code, answer.json()["title"]) == (400, "no_delivery_reference")
    assert front.counts(world.engine)["receipt"] == 0


def test_a_callback_over_the_limit_is_refused(doors: TestClient) -> None:
    form = status("delivered") | {"Body": "x" * (2 * 1024 * 1024)}
    assert doors.post(door(), **signed_form(door(), form)).status_code == 413


def test_a_text_long_unconfirmed_is_still_raised_by_a_late_receipt(world: World, doors: TestClient) -> None:
    late = T0 + timedelta(hours=30)
    with writing(world.engine) as connection:
        connection.execute(t.delivery.update().values(state="unconfirmed", final_at=T0))
    report(doors, "delivered")
    assert applied(world.engine, late) == [("delivered", late)]


def test_receipts_are_posted_and_in_no_other_way_taken(world: World, doors: TestClient) -> None:
    answer = doors.put(door(), **_genuine())
    assert (answer.status_code, answer.json()["title"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"
    assert front.counts(world.engine)["receipt"] == 0


def test_a_refusal_is_logged_with_the_door_and_without_what_a_stranger_wrote(
    doors: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    doors.post("/receipts/twilio?delivery=1", content=b"To=%2B9140555000001")
    doors.post("/receipts/a-strangers-words")
    assert "refused at /receipts/twilio: bad_signature" in caplog.text
    assert "refused at /receipts/?: no_such_carrier" in caplog.text
    assert "9140555000001" not in caplog.text
    assert "stranger" not in caplog.text


def test_what_cannot_be_stored_is_answered_as_our_fault_and_taken_when_it_comes_again(world: World) -> None:
    """The carrier comes again after a 5xx, and only after that."""
    with TestClient(create_app(world), base_url=PUBLIC, raise_server_exceptions=False) as doors:
        with writing(world.engine) as connection:
            connection.exec_driver_sql("ALTER TABLE receipt RENAME TO away")
        answer = doors.post(door(), **_genuine())
        assert (answer.status_code, answer.json()["title"]) == (500, "our_fault")
        assert answer.headers["Cache-Control"] == "no-store"
        with writing(world.engine) as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO receipt")
        report(doors, "delivered")
    assert front.counts(world.engine)["receipt"] == 1
