"""WhatsApp messages through the real twilio SDK: templates outside the 24 hours, free text within."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from aiohttp import web
from carriers_under_test import SENDER, Carriers, Receiver
from twilio.base.exceptions import TwilioRestException

TO, FROM = "whatsapp:+919000000001", f"whatsapp:{SENDER}"
TEMPLATE = "HX" + "a" * 32


def send(carriers: Carriers, **more: Any) -> Any:
    return carriers.twilio.messages.create(**{"to": TO, "from_": FROM} | more)


def code_of(carriers: Carriers, **more: Any) -> int:
    with pytest.raises(TwilioRestException) as refused:
        send(carriers, **more)
    assert carriers.counts()["whatsapp"]["accepted"] == 0
    return int(refused.value.code)


def test_a_template_is_accepted_and_read_in_the_end(carriers: Carriers, receiver: Receiver) -> None:
    variables = json.dumps({"1": "Miyapur", "2": "15:30"})
    text = send(
        carriers,
        content_sid=TEMPLATE,
        content_variables=variables,
        status_callback=f"{receiver.url}/receipts?delivery=D9",
    )
    assert (text.to, text.from_, text.status) == (TO, FROM, "queued")
    posts = receiver.posted_to("/receipts", 3)
    forms = [dict(parse_qsl(posted.body.decode())) for posted in posts]
    assert {form["MessageStatus"] for form in forms} == {"sent", "delivered", "read"}
    assert {(form["From"], form["To"]) for form in forms} == {(FROM, TO)}
    (row,) = carriers.get("/truth/accepted", channel="whatsapp")
    assert (row["to"], row["reference"], row["content_sid"]) == (TO, "D9", TEMPLATE)
    assert row["content_variables"] == variables
    assert carriers.counts()["sms"]["accepted"] == 0
    assert [one.status for one in carriers.twilio.messages.list(to=TO)] == ["read"]


def test_free_text_needs_an_open_window(carriers: Carriers, receiver: Receiver) -> None:
    assert code_of(carriers, body="No service in your street.") == 63016
    receiver.script["/contacts/twilio/sms"].append(
        web.Response(text="<Response><Message>We know.</Message></Response>")
    )
    customer = {"from": TO, "to": FROM, "body": "Is there a fault?"}
    told = requests.post(f"{carriers.url}/customers/sms", json=customer, timeout=5).json()
    assert told["replies"] == ["We know."]
    assert send(carriers, body="It is mended.").sid
    assert carriers.counts()["whatsapp"] == {"accepted": 1, "refused": 1, "replies": 1}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"content_sid": "HX1"}, 21655),
        ({"content_sid": TEMPLATE, "content_variables": "{"}, 21656),
        ({"content_sid": TEMPLATE, "content_variables": '["a"]'}, 21656),
        ({"content_sid": TEMPLATE, "content_variables": '{"1": 7}'}, 21656),
        ({"content_sid": TEMPLATE, "body": "Hello."}, 20001),
        ({"content_variables": "{}", "body": "Hello."}, 20001),
        ({}, 20001),
        ({"content_sid": TEMPLATE, "from_": "whatsapp:+14155552671"}, 63007),
        ({"content_sid": TEMPLATE, "from_": SENDER}, 20001),
        ({"content_sid": TEMPLATE, "to": "whatsapp:9000000001"}, 21211),
        ({"content_sid": TEMPLATE, "to": "whatsapp:+919000000610"}, 21610),
        ({"content_sid": TEMPLATE, "media_url": ["https://company.example/map.png"]}, 20001),
    ],
)
def test_a_faulty_message_is_refused_with_its_code(
    carriers: Carriers, more: dict[str, Any], code: int
) -> None:
    assert code_of(carriers, **more) == code


def test_known_templates_are_rendered_and_unknown_ones_refused(
    settings: dict[str, Any], config_file: Path, start: Callable[[], Carriers]
) -> None:
    settings["twilio"]["whatsapp_templates"] = {TEMPLATE: "No service in {{1}} until {{2}}."}
    config_file.write_text(json.dumps(settings))
    carriers = start()
    assert code_of(carriers, content_sid="HX" + "b" * 32) == 21655
    assert code_of(carriers, content_sid=TEMPLATE, content_variables='{"1": "Miyapur"}') == 21656
    variables = json.dumps({"1": "Miyapur", "2": "15:30"})
    text = send(carriers, content_sid=TEMPLATE, content_variables=variables)
    assert text.body == "No service in Miyapur until 15:30."


def test_a_message_nobody_can_get_fails(carriers: Carriers, receiver: Receiver) -> None:
    send(
        carriers,
        to="whatsapp:+919000000404",
        content_sid=TEMPLATE,
        status_callback=f"{receiver.url}/receipts",
    )
    form = dict(parse_qsl(receiver.posted_to("/receipts", 1)[0].body.decode()))
    assert (form["MessageStatus"], form["ErrorCode"]) == ("failed", "63024")
