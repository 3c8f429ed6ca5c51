"""Customers who call the company and write mails to it: signed as the vendors sign, and read as they read."""

from typing import Any

import pytest
import requests
from aiohttp import web
from carriers_under_test import AUTH_TOKEN, SENDER, Carriers, Receiver
from sendgrid.helpers.eventwebhook import EventWebhook
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse

from tellfirst.carriers.port import RawRequest
from tellfirst.carriers.sendgrid.inbound import _mail, _parsed

CUSTOMER, MAILBOX = "+919000000001", "asha@customers.example"
CALL, KEYS, MAIL = "/contacts/twilio/call", "/contacts/twilio/call/keys", "/contacts/sendgrid/mail"


@pytest.fixture
def settings(settings: dict[str, Any], receiver: Receiver) -> dict[str, Any]:
    settings["twilio"]["voice_url"] = receiver.url + CALL
    settings["sendgrid"]["inbound_url"] = receiver.url + MAIL
    return settings


def call(carriers: Carriers, *keys: str) -> requests.Response:
    wanted = {"from": CUSTOMER, "to": SENDER, "keys": list(keys)}
    return requests.post(f"{carriers.url}/customers/call", json=wanted, timeout=5)


def twiml(voice: VoiceResponse) -> web.Response:
    return web.Response(text=str(voice), content_type="application/xml")


def menu(action: str, *said: str) -> VoiceResponse:
    voice, gather = VoiceResponse(), Gather(action=action, num_digits=1)
    for one in said:
        gather.say(one)
    voice.append(gather)
    return voice


def test_a_call_is_signed_and_its_keys_go_where_the_menu_says(carriers: Carriers, receiver: Receiver) -> None:
    receiver.script[CALL].append(twiml(menu(receiver.url + KEYS, "We know.", "Press 1 or 2.")))
    end = VoiceResponse()
    end.say("One moment.")
    end.dial("+919000000002")
    receiver.script[KEYS].append(twiml(end))
    told = call(carriers, "2").json()
    assert told["heard"] == [["We know.", "Press 1 or 2."], ["One moment."]]
    assert told["dialled"] == "+919000000002"
    [first], [second] = receiver.posted_to(CALL, 1), receiver.posted_to(KEYS, 1)
    for posted, digits in ((first, None), (second, "2")):
        form = dict(pair.split("=", 1) for pair in requests.utils.unquote(posted.body.decode()).split("&"))
        assert (form["CallSid"], form.get("Digits")) == (told["call_sid"], digits)
        signature = posted.headers["X-Twilio-Signature"]
        assert RequestValidator(AUTH_TOKEN).validate(posted.url, form, signature)


def test_without_a_menu_no_key_is_asked_for(carriers: Carriers, receiver: Receiver) -> None:
    voice = VoiceResponse()
    voice.say("Goodbye.")
    receiver.script[CALL].append(twiml(voice))
    assert call(carriers, "1", "2").json()["heard"] == [["Goodbye."]]


@pytest.mark.parametrize("body", ["<Response>", "<html/>", "x" * 70_000])
def test_a_call_that_is_told_no_twiml_breaks_off(carriers: Carriers, receiver: Receiver, body: str) -> None:
    receiver.script[CALL].append(web.Response(text=body))
    told = call(carriers)
    assert (told.status_code, told.json()["heard"]) == (502, [])


def test_a_mail_is_posted_as_a_form_that_reads_as_it_was_written_and_is_signed(
    carriers: Carriers, receiver: Receiver, verification_key: str
) -> None:
    mail = {"from": MAILBOX, "to": "us@x.example", "subject": "సిగ్నల్ లేదు", "text": "ఇక్కడ సిగ్నల్ లేదు\n--x"}
    told = requests.post(f"{carriers.url}/customers/mail", json=mail, timeout=5).json()
    [posted] = receiver.posted_to(MAIL, 1)
    assert EventWebhook(verification_key).verify_signature(
        posted.body.decode(),
        posted.headers["X-Twilio-Email-Event-Webhook-Signature"],
        posted.headers["X-Twilio-Email-Event-Webhook-Timestamp"],
    )
    headers = {name.lower(): value for name, value in posted.headers.items()}
    read = _mail(_parsed(RawRequest(posted.url, headers, posted.body)))
    assert (read.sender, read.subject, read.text) == (MAILBOX, mail["subject"], mail["text"])
    assert read.message_id == told["message_id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("call", {"from": "1", "to": SENDER}),
        ("call", {"from": CUSTOMER, "to": SENDER, "keys": ["11"]}),
        ("mail", {"from": MAILBOX, "to": "x@x.example", "subject": "a\nBcc: b", "text": ""}),
        ("mail", {"from": "nobody", "to": "x@x.example", "subject": "", "text": ""}),
        ("mail", "x"),
    ],
)
def test_what_no_customer_could_do_is_refused(carriers: Carriers, path: str, body: object) -> None:
    answered = requests.post(f"{carriers.url}/customers/{path}", json=body, timeout=5)
    assert answered.status_code == 400
    assert answered.json()["error"].endswith(".")
