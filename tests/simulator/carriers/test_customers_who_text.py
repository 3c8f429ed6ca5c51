"""A customer texts the company: the inbound webhook, its signature, and the replies in TwiML."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from aiohttp import web
from carriers_under_test import ACCOUNT_SID, AUTH_TOKEN, SENDER, Carriers, Receiver
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

CUSTOMER, PATH = "+919000000001", "/contacts/twilio/sms"


def text(carriers: Carriers, body: str = "No signal since 9?") -> requests.Response:
    return requests.post(
        f"{carriers.url}/customers/sms", json={"from": CUSTOMER, "to": SENDER, "body": body}, timeout=5
    )


def answer(twiml: Any) -> web.Response:
    return web.Response(text=str(twiml), content_type="text/xml")


def test_a_text_reaches_the_company_signed_as_the_sdk_expects(carriers: Carriers, receiver: Receiver) -> None:
    sid = text(carriers, "తెలుగు").json()["message_sid"]
    posted = receiver.posted_to(PATH, 1)[0]
    form = dict(parse_qsl(posted.body.decode(), keep_blank_values=True))
    assert RequestValidator(AUTH_TOKEN).validate(posted.url, form, posted.headers["X-Twilio-Signature"])
    assert posted.headers["I-Twilio-Idempotency-Token"]
    assert form == {
        "AccountSid": ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
        "Body": "తెలుగు",
        "From": CUSTOMER,
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": SENDER,
    }


def test_replies_written_with_the_sdk_are_texts_the_customer_got(
    carriers: Carriers, receiver: Receiver
) -> None:
    twiml = MessagingResponse()
    twiml.message("We know & work on it.")
    twiml.message().body("Next word by 14:30.")
    receiver.script[PATH].append(answer(twiml))
    told = text(carriers).json()
    assert told["status"] == 200
    assert told["replies"] == ["We know & work on it.", "Next word by 14:30."]
    got = carriers.get("/truth/messages", to=CUSTOMER)
    assert [(message["kind"], message["body"]) for message in got] == [("reply", r) for r in told["replies"]]
    assert carriers.counts()["sms"] == {"accepted": 0, "refused": 0, "replies": 2}
    assert carriers.get("/truth/accepted", channel="sms") == []
    assert carriers.twilio.messages(got[0]["carrier_ref"]).fetch().direction == "outbound-reply"


@pytest.mark.parametrize("twiml", ["<Response/>", ""])
def test_an_empty_answer_is_no_reply(carriers: Carriers, receiver: Receiver, twiml: str) -> None:
    receiver.script[PATH].append(answer(twiml))
    told = text(carriers).json()
    assert (told["status"], told["replies"]) == (200, [])
    assert "error" not in told


@pytest.mark.parametrize(
    ("twiml", "code"), [("<Response>", "12100"), ("<html/>", "12102"), ("x" * 70_000, "11750")]
)
def test_an_answer_that_is_no_twiml_is_told_as_an_error(
    carriers: Carriers, receiver: Receiver, twiml: str, code: str
) -> None:
    receiver.script[PATH].append(answer(twiml))
    told = text(carriers).json()
    assert told["replies"] == []
    assert code in told["error"]


def test_a_failing_company_is_told_by_its_status(carriers: Carriers, receiver: Receiver) -> None:
    receiver.script[PATH].append(
        web.Response(status=500, text="<Response><Message>Oops</Message></Response>")
    )
    assert text(carriers).json()["status"] == 500
    assert carriers.counts()["sms"]["replies"] == 0


def test_an_unreachable_company_is_told_as_an_error(
    settings: dict[str, Any], config_file: Path, start: Callable[[], Carriers]
) -> None:
    settings["twilio"]["inbound_url"] = "http://127.0.0.1:1/nobody"
    config_file.write_text(json.dumps(settings))
    told = text(start())
    assert (told.status_code, told.json()["status"]) == (502, None)
    assert told.json()["error"]


@pytest.mark.parametrize(
    "body", [{"from": "9000000001", "to": SENDER, "body": "x"}, {"from": CUSTOMER, "to": SENDER}, "x"]
)
def test_a_text_that_cannot_be_is_refused(carriers: Carriers, body: object) -> None:
    answered = requests.post(f"{carriers.url}/customers/sms", json=body, timeout=5)
    assert answered.status_code == 400
    assert answered.json()["error"].endswith(".")
