"""Texts through the real twilio SDK, judged by its own validator."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from aiohttp import web
from carriers_under_test import ACCOUNT_SID, AUTH_TOKEN, SENDER, Carriers, Posted, Receiver
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

ORDINARY = "+919000000001"
SERVICE_SID = "MG" + "0" * 32


def form_of(posted: Posted) -> dict[str, str]:
    return dict(parse_qsl(posted.body.decode(), keep_blank_values=True))


def test_an_accepted_text_is_the_whole_message_resource(carriers: Carriers) -> None:
    text = carriers.twilio.messages.create(to=ORDINARY, from_=SENDER, body="No service until 14:30.")
    assert text.sid.startswith("SM")
    assert len(text.sid) == 34
    assert (text.to, text.from_, text.body) == (ORDINARY, SENDER, "No service until 14:30.")
    assert (text.status, text.direction, text.num_segments, text.num_media) == (
        "queued",
        "outbound-api",
        "1",
        "0",
    )
    assert (text.error_code, text.error_message, text.price, text.date_sent) == (None, None, None, None)
    assert text.account_sid == ACCOUNT_SID
    assert text.date_created is not None
    assert text.date_created.tzinfo is not None
    assert text.uri == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{text.sid}.json"


def test_a_messaging_service_chooses_the_number_later(carriers: Carriers) -> None:
    text = carriers.twilio.messages.create(to=ORDINARY, messaging_service_sid=SERVICE_SID, body="Hello.")
    assert (text.from_, text.messaging_service_sid) == (None, SERVICE_SID)


@pytest.mark.parametrize("query", ["delivery=D1", "delivery=a%3Ab%20c%2Bd&x=%2f", "delivery=D1#rc=3&rp=all"])
def test_status_callbacks_are_signed_as_the_sdk_expects(
    carriers: Carriers, receiver: Receiver, query: str
) -> None:
    url = f"{receiver.url}/receipts/twilio?{query}"
    sid = carriers.twilio.messages.create(to=ORDINARY, from_=SENDER, body="Hello.", status_callback=url).sid
    posts = receiver.posted_to("/receipts/twilio", 2)
    assert {form_of(posted)["MessageStatus"] for posted in posts} == {"sent", "delivered"}
    for posted in posts:
        form, signature = form_of(posted), posted.headers["X-Twilio-Signature"]
        assert (form["MessageSid"], form["To"], form["From"]) == (sid, ORDINARY, SENDER)
        assert RequestValidator(AUTH_TOKEN).validate(posted.url, form, signature)
        assert not RequestValidator("another token").validate(posted.url, form, signature)
        assert not RequestValidator(AUTH_TOKEN).validate(posted.url + "&more=1", form, signature)


def test_a_callback_says_all_that_twilio_says(carriers: Carriers, receiver: Receiver) -> None:
    url = f"{receiver.url}/receipts/twilio"
    sid = carriers.twilio.messages.create(to=ORDINARY, from_=SENDER, body="Hello.", status_callback=url).sid
    first = form_of(receiver.posted_to("/receipts/twilio", 1)[0])
    assert first == {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "From": SENDER,
        "MessageSid": sid,
        "MessageStatus": "sent",
        "SmsSid": sid,
        "SmsStatus": "sent",
        "To": ORDINARY,
    }


@pytest.mark.parametrize(
    ("ending", "statuses", "error_code"),
    [
        ("0404", ["sent", "undelivered"], "30005"),
        ("0406", ["sent", "undelivered"], "30006"),
        ("0003", ["sent"], None),
    ],
)
def test_the_recipient_decides_what_is_reported(
    carriers: Carriers, receiver: Receiver, ending: str, statuses: list[str], error_code: str | None
) -> None:
    url = f"{receiver.url}/receipts/twilio"
    text = carriers.twilio.messages.create(
        to="+91900000" + ending, from_=SENDER, body="Hello.", status_callback=url
    )
    assert carriers.settled() == {"posted": len(statuses), "failed": 0, "waiting": 0}
    forms = {form["MessageStatus"]: form for form in map(form_of, receiver.all)}
    assert sorted(forms) == sorted(statuses)
    assert forms[statuses[-1]].get("ErrorCode") == error_code
    looked_up = carriers.twilio.messages(text.sid).fetch()
    assert (looked_up.status, looked_up.error_code) == (statuses[-1], int(error_code) if error_code else None)


@pytest.mark.parametrize(("ending", "code"), [("0211", 21211), ("0610", 21610)])
def test_some_recipients_are_refused_at_once(carriers: Carriers, ending: str, code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        carriers.twilio.messages.create(to="+91900000" + ending, from_=SENDER, body="Hello.")
    assert (refused.value.status, refused.value.code) == (400, code)
    assert carriers.counts()["sms"] == {"accepted": 0, "refused": 1, "replies": 0}


def test_a_throttled_recipient_is_taken_at_every_second_try(carriers: Carriers) -> None:
    form = {"To": "+919000000429", "From": SENDER, "Body": "Hello."}
    first, second, third = (carriers.post_form(form) for _ in range(3))
    assert (first.status_code, first.json()["code"], first.headers["Retry-After"]) == (429, 20429, "1")
    assert (second.status_code, third.status_code) == (201, 429)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": None}, 21604),
        ({"To": "9000000001"}, 21211),
        ({"To": ORDINARY + "\n"}, 21211),
        ({"Body": None}, 21602),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"From": None}, 21603),
        ({"From": "+14155552671"}, 21606),
        ({"StatusCallback": "receipts/twilio"}, 21609),
        ({"StatusCallback": "http://a_host.example/receipts"}, 21609),
        ({"ValidityPeriod": "0"}, 20001),
        ({"ValidityPeriod": "36001"}, 20001),
        ({"ValidityPeriod": "1.5"}, 20001),
        ({"SmartEncoded": "True"}, 20001),
        ({"MessagingServiceSid": "MG1"}, 20001),
        ({"ScheduleType": "fixed"}, 20001),
        ({"Boddy": "Hello."}, 20001),
        ({"Body": ["Hello.", "Again."]}, 20001),
    ],
)
def test_a_faulty_request_is_refused_with_its_code(
    carriers: Carriers, change: dict[str, Any], code: int
) -> None:
    form = {"To": ORDINARY, "From": SENDER, "Body": "Hello.", "ValidityPeriod": "600"} | change
    answer = carriers.post_form({name: value for name, value in form.items() if value is not None})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["more_info"].endswith(str(code))
    assert carriers.counts()["sms"]["refused"] == 1
    if code == 20001 and not isinstance(next(iter(change.values())), list):
        assert next(iter(change)) in answer.json()["message"]


def test_the_same_request_without_the_fault_is_accepted(carriers: Carriers) -> None:
    form = {
        "To": ORDINARY,
        "From": SENDER,
        "Body": "x" * 1600,
        "ValidityPeriod": "600",
        "SmartEncoded": "true",
    }
    assert carriers.post_form(form).status_code == 201


def test_a_request_that_is_no_form_lacks_its_recipient(carriers: Carriers) -> None:
    answer = requests.post(
        carriers.messages_url, json={"To": ORDINARY}, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=5
    )
    assert answer.json()["code"] == 21604


def test_a_form_that_is_not_utf_8_is_refused(carriers: Carriers) -> None:
    answer = requests.post(
        carriers.messages_url,
        data=b"To=%2B919000000001&Body=%FF",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        timeout=5,
    )
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize("token", ["wrong", AUTH_TOKEN + "x", "ünïcode"])
def test_a_wrong_token_is_unauthorized_and_leaves_no_trace(carriers: Carriers, token: str) -> None:
    client = Client(ACCOUNT_SID, token)
    client.api.base_url = carriers.url
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=ORDINARY, from_=SENDER, body="Hello.")
    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert carriers.counts()["sms"] == {"accepted": 0, "refused": 0, "replies": 0}
    assert carriers.truth_log.read_bytes() == b""


def test_another_account_is_not_found(carriers: Carriers) -> None:
    url = carriers.messages_url.replace(ACCOUNT_SID, "AC" + "f" * 32)
    answer = requests.get(url, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


@pytest.mark.parametrize("status", [503, 429])
def test_a_callback_is_tried_again_with_the_same_token(
    carriers: Carriers, receiver: Receiver, status: int
) -> None:
    path = "/receipts/twilio"
    receiver.script[path].extend([web.Response(status=status), web.Response(status=status)])
    carriers.twilio.messages.create(
        to="+919000000003", from_=SENDER, body="Hello.", status_callback=receiver.url + path
    )
    posts = receiver.posted_to(path, 3)
    assert carriers.settled() == {"posted": 1, "failed": 0, "waiting": 0}
    assert len({posted.headers["I-Twilio-Idempotency-Token"] for posted in posts}) == 1


def test_a_callback_fails_after_its_last_try(carriers: Carriers, receiver: Receiver) -> None:
    path = "/receipts/twilio"
    receiver.script[path].extend(web.Response(status=500) for _ in range(3))
    carriers.twilio.messages.create(
        to="+919000000003", from_=SENDER, body="Hello.", status_callback=receiver.url + path
    )
    assert carriers.settled() == {"posted": 0, "failed": 1, "waiting": 0}
    assert len(receiver.all) == 3


def test_a_callback_turned_down_is_not_tried_again(carriers: Carriers, receiver: Receiver) -> None:
    path = "/receipts/twilio"
    receiver.script[path].append(web.Response(status=403))
    carriers.twilio.messages.create(
        to="+919000000003", from_=SENDER, body="Hello.", status_callback=receiver.url + path
    )
    assert carriers.settled() == {"posted": 0, "failed": 1, "waiting": 0}
    assert len(receiver.all) == 1


def test_a_callback_to_nobody_fails(carriers: Carriers) -> None:
    carriers.twilio.messages.create(
        to="+919000000003", from_=SENDER, body="Hello.", status_callback="http://127.0.0.1:1/receipts"
    )
    assert carriers.settled() == {"posted": 0, "failed": 1, "waiting": 0}
