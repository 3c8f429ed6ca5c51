"""What a plan does to receipts: lost, twice, late, early, out of order, forged, of another account."""

import json
import socket
import time
from typing import Any
from urllib.parse import parse_qsl

import pytest
from carriers_under_test import ACCOUNT_SID, AUTH_TOKEN, SENDER, Carriers, Posted, Receiver
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.eventwebhook.eventwebhook_header import EventWebhookHeader
from twilio.request_validator import RequestValidator

PATH, MAIL_PATH = "/receipts/twilio", "/receipts/sendgrid"


def plan(carriers: Carriers, *faults: str, channel: str = "sms", **more: Any) -> None:
    """One fault for each receipt in turn; "" for none."""
    script = [
        {"nth": nth, "channel": channel, "fault": fault} for nth, fault in enumerate(faults, 1) if fault
    ]
    carriers.begin_faults({"script": script} | more)


def send(carriers: Carriers, receiver: Receiver) -> str:
    callback = f"{receiver.url}{PATH}?delivery=D1"
    create = carriers.twilio.messages.create
    return str(create(to="+919000000001", from_=SENDER, body="Hello.", status_callback=callback).sid)


def statuses(posts: list[Posted]) -> list[str]:
    return [dict(parse_qsl(posted.body.decode()))["MessageStatus"] for posted in posts]


def is_ours(posted: Posted) -> bool:
    form = dict(parse_qsl(posted.body.decode(), keep_blank_values=True))
    signed = RequestValidator(AUTH_TOKEN).validate(posted.url, form, posted.headers["X-Twilio-Signature"])
    return bool(signed) and form["AccountSid"] == ACCOUNT_SID


def test_a_lost_receipt_never_comes(carriers: Carriers, receiver: Receiver) -> None:
    plan(carriers, "", "receipt_lost")
    send(carriers, receiver)
    assert carriers.settled() == {"posted": 1, "failed": 0, "waiting": 0}
    assert statuses(receiver.all) == ["sent"]
    assert carriers.happened() == {"receipt_lost": 1}


def test_a_receipt_comes_twice(carriers: Carriers, receiver: Receiver) -> None:
    plan(carriers, "", "receipt_duplicated")
    send(carriers, receiver)
    assert carriers.settled()["posted"] == 3
    assert sorted(statuses(receiver.all)) == ["delivered", "delivered", "sent"]
    assert all(map(is_ours, receiver.all))
    assert carriers.happened() == {"receipt_duplicated": 1}


def test_a_receipt_comes_late(carriers: Carriers, receiver: Receiver) -> None:
    plan(carriers, "", "receipt_late", late_seconds=0.7)
    began = time.monotonic()
    send(carriers, receiver)
    receiver.posted_to(PATH, 2)
    assert time.monotonic() - began >= 0.6
    assert statuses(receiver.all) == ["sent", "delivered"]


def test_a_receipt_comes_before_the_answer(carriers: Carriers, receiver: Receiver) -> None:
    plan(carriers, "receipt_early")
    sid = send(carriers, receiver)
    # The answer has just come; the receipt, whose sid nobody could know, was there before it.
    (early, *_) = receiver.all
    assert dict(parse_qsl(early.body.decode()))["MessageSid"] == sid
    assert is_ours(early)
    assert carriers.happened() == {"receipt_early": 1}


def test_receipts_change_places(carriers: Carriers, receiver: Receiver) -> None:
    plan(carriers, "receipt_out_of_order")
    send(carriers, receiver)
    assert carriers.settled()["posted"] == 2
    assert statuses(receiver.all) == ["delivered", "sent"]


@pytest.mark.parametrize("fault", ["receipt_forged", "receipt_of_another_account"])
def test_a_false_receipt_says_the_opposite_and_is_not_ours(
    carriers: Carriers, receiver: Receiver, fault: str
) -> None:
    plan(carriers, "", fault)
    send(carriers, receiver)
    assert carriers.settled()["posted"] == 3
    true = [posted for posted in receiver.all if is_ours(posted)]
    (false,) = [posted for posted in receiver.all if not is_ours(posted)]
    assert sorted(statuses(true)) == ["delivered", "sent"]
    assert statuses([false]) == ["undelivered"]
    form = dict(parse_qsl(false.body.decode()))
    assert (form["AccountSid"] == ACCOUNT_SID) == (fault == "receipt_forged")


def mail(carriers: Carriers, count: int = 1) -> None:
    people = [
        {"to": [{"email": f"c{number}@home.example"}], "custom_args": {"delivery": f"D{number}"}}
        for number in range(count)
    ]
    body = {
        "personalizations": people,
        "from": {"email": "care@company.example"},
        "subject": "No service",
        "content": [{"type": "text/plain", "value": "Hello."}],
    }
    assert carriers.sendgrid.send(body).status_code == 202


def mail_receipts(posts: list[Posted]) -> list[Any]:
    return [receipt for posted in posts for receipt in json.loads(posted.body)]


def test_receipts_of_mails_are_struck_one_by_one(carriers: Carriers, receiver: Receiver) -> None:
    plan(carriers, "receipt_lost", "", "", "receipt_duplicated", channel="email")
    mail(carriers, 2)
    assert carriers.settled() == {"posted": 4, "failed": 0, "waiting": 0}
    seen = sorted((one["delivery"], one["event"]) for one in mail_receipts(receiver.all))
    assert seen == [("D0", "delivered"), ("D1", "delivered"), ("D1", "delivered"), ("D1", "processed")]


def test_a_forged_receipt_of_a_mail_has_a_wrong_signature(
    carriers: Carriers, receiver: Receiver, verification_key: str
) -> None:
    plan(carriers, "", "receipt_forged", channel="email")
    mail(carriers)
    assert carriers.settled()["posted"] == 3
    verifier = EventWebhook(verification_key)
    events: dict[bool, set[str]] = {True: set(), False: set()}
    for posted in receiver.all:
        signature = posted.headers[EventWebhookHeader.SIGNATURE]
        timestamp = posted.headers[EventWebhookHeader.TIMESTAMP]
        is_true = verifier.verify_signature(posted.body.decode(), signature, timestamp)
        events[is_true] |= {one["event"] for one in json.loads(posted.body)}
    assert events == {True: {"processed", "delivered"}, False: {"bounce"}}


def test_a_receipt_of_a_mail_comes_before_the_answer(carriers: Carriers, receiver: Receiver) -> None:
    plan(carriers, "receipt_early", channel="email")
    mail(carriers)
    assert [one["event"] for one in mail_receipts(receiver.all[:1])] == ["processed"]


def test_a_receiver_that_hangs_holds_the_answer_up_for_two_seconds_at_most(
    carriers: Carriers,
) -> None:
    plan(carriers, "receipt_early")
    create = carriers.twilio.messages.create
    with socket.create_server(("127.0.0.1", 0)) as silent:
        callback = f"http://127.0.0.1:{silent.getsockname()[1]}/receipts"
        began = time.monotonic()
        create(to="+919000000001", from_=SENDER, body="Hello.", status_callback=callback)
        assert 1.5 < time.monotonic() - began < 4
