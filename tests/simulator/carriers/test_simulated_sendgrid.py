"""Mails through the real sendgrid SDK, judged by its own verifier."""

import copy
import json
from typing import Any

import pytest
from carriers_under_test import API_KEY, Carriers, Posted, Receiver
from python_http_client.exceptions import BadRequestsError, HTTPError, UnauthorizedError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.eventwebhook.eventwebhook_header import EventWebhookHeader
from sendgrid.helpers.mail import Category, CustomArg, Mail, To

PATH = "/receipts/sendgrid"


def mail(*addresses: str) -> dict[str, Any]:
    return {
        "personalizations": [
            {"to": [{"email": address}], "custom_args": {"delivery": f"D{number}"}}
            for number, address in enumerate(addresses)
        ],
        "from": {"email": "care@company.example", "name": "Care"},
        "subject": "No service in your street",
        "content": [
            {"type": "text/plain", "value": "Hello."},
            {"type": "text/html", "value": "<p>Hello.</p>"},
        ],
        "custom_args": {"incident": "INC-7"},
    }


def receipts_in(posts: list[Posted]) -> list[dict[str, Any]]:
    return [receipt for posted in posts for receipt in json.loads(posted.body)]


def refusal(carriers: Carriers, body: object) -> Any:
    with pytest.raises(BadRequestsError) as refused:
        carriers.sendgrid.client.mail.send.post(request_body=body)
    (error,) = refused.value.to_dict["errors"]
    assert error.keys() == {"message", "field", "help"}
    return error


def test_a_mail_is_accepted_with_a_message_id_and_no_body(carriers: Carriers) -> None:
    answer = carriers.sendgrid.send(mail("ravi@home.example"))
    assert (answer.status_code, answer.body) == (202, b"")
    assert answer.headers["X-Message-Id"]


def test_a_mail_built_with_the_sdk_is_accepted(carriers: Carriers, receiver: Receiver) -> None:
    built = Mail(
        from_email="care@company.example",
        to_emails=[To("ravi@home.example", "Ravi", substitutions={"-name-": "Ravi"})],
        subject="No service, -name-",
        plain_text_content="Hello -name-.",
        html_content="<p>Hello -name-.</p>",
        is_multiple=True,
    )
    built.add_custom_arg(CustomArg("delivery", "D9"))
    built.category = Category("outage")
    assert carriers.sendgrid.send(built).status_code == 202
    receipts = receipts_in(receiver.posted_to(PATH, 1))
    assert {(receipt["delivery"], receipt["category"]) for receipt in receipts} == {("D9", "outage")}


def test_receipts_are_signed_as_the_sdk_expects(
    carriers: Carriers, receiver: Receiver, verification_key: str
) -> None:
    carriers.sendgrid.send(mail("ravi@home.example"))
    posted = receiver.posted_to(PATH, 1)[0]
    signature = posted.headers[EventWebhookHeader.SIGNATURE]
    timestamp = posted.headers[EventWebhookHeader.TIMESTAMP]
    verifier = EventWebhook(verification_key)
    assert verifier.verify_signature(posted.body.decode(), signature, timestamp)
    assert not verifier.verify_signature(posted.body.decode() + " ", signature, timestamp)
    assert not verifier.verify_signature(posted.body.decode(), signature, timestamp + "0")


def test_a_receipt_carries_the_custom_arguments_of_its_own_recipient(
    carriers: Carriers, receiver: Receiver
) -> None:
    answer = carriers.sendgrid.send(mail("ravi@home.example", "siti@home.example"))
    assert carriers.settled() == {"posted": 4, "failed": 0, "waiting": 0}
    receipts = receipts_in(receiver.all)
    assert {(receipt["email"], receipt["delivery"], receipt["incident"]) for receipt in receipts} == {
        ("ravi@home.example", "D0", "INC-7"),
        ("siti@home.example", "D1", "INC-7"),
    }
    assert {receipt["sg_message_id"].split(".")[0] for receipt in receipts} == {
        answer.headers["X-Message-Id"]
    }
    assert all(isinstance(receipt["timestamp"], int) and receipt["smtp-id"] for receipt in receipts)
    assert len({receipt["sg_event_id"] for receipt in receipts}) == 4


@pytest.mark.parametrize(
    ("address", "outcomes"),
    [
        ("ravi@home.example", {"processed", "delivered"}),
        ("bounce.7@home.example", {"processed", "bounce"}),
        ("drop@home.example", {"dropped"}),
        ("Silent@home.example", {"processed"}),
    ],
)
def test_the_address_decides_what_is_reported(
    carriers: Carriers, receiver: Receiver, address: str, outcomes: set[str]
) -> None:
    carriers.sendgrid.send(mail(address))
    assert carriers.settled()["posted"] == len(outcomes)
    receipts = {receipt["event"]: receipt for receipt in receipts_in(receiver.all)}
    assert receipts.keys() == outcomes
    if "bounce" in receipts:
        assert receipts["bounce"]["type"] == "bounce"
        assert receipts["bounce"]["status"] == "5.1.1"
    for bad in receipts.keys() & {"bounce", "dropped"}:
        assert receipts[bad]["reason"]


def test_a_thousand_recipients_are_one_request_and_few_posts(carriers: Carriers, receiver: Receiver) -> None:
    everyone = [f"c{number}@home.example" for number in range(1000)]
    assert carriers.sendgrid.send(mail(*everyone)).status_code == 202
    assert carriers.settled() == {"posted": 2000, "failed": 0, "waiting": 0}
    assert carriers.counts()["email"] == {"accepted": 1000, "requests": 1, "refused": 0}
    assert max(len(json.loads(posted.body)) for posted in receiver.all) <= 500
    assert len(receiver.all) < 10
    receipts = receipts_in(receiver.all)
    assert len({receipt["sg_event_id"] for receipt in receipts}) == 2000
    assert {receipt["email"] for receipt in receipts} == set(everyone)


def test_more_than_a_thousand_recipients_are_refused(carriers: Carriers) -> None:
    one_too_many = [f"c{number}@home.example" for number in range(1001)]
    assert refusal(carriers, mail(*one_too_many))["field"] == "personalizations"
    spread = mail(*one_too_many[:999])
    spread["personalizations"][0]["cc"] = [{"email": "a@home.example"}, {"email": "b@home.example"}]
    assert "1000 total recipients" in refusal(carriers, spread)["message"]


@pytest.mark.parametrize("again", ["ravi@home.example", "Ravi@HOME.example"])
def test_an_address_may_stand_only_once_in_a_request(carriers: Carriers, again: str) -> None:
    error = refusal(carriers, mail("ravi@home.example", "siti@home.example", again))
    assert error["field"] == "personalizations"
    assert "more than once" in error["message"]
    assert carriers.counts()["email"] == {"accepted": 0, "requests": 0, "refused": 1}


@pytest.mark.parametrize(
    "place",
    [
        (),
        ("from",),
        ("personalizations", 0),
        ("personalizations", 0, "to", 0),
        ("content", 0),
        ("asm",),
        ("mail_settings",),
        ("mail_settings", "sandbox_mode"),
        ("tracking_settings",),
        ("tracking_settings", "click_tracking"),
    ],
)
def test_an_unknown_key_is_refused_at_every_depth(carriers: Carriers, place: tuple[str | int, ...]) -> None:
    body = mail("ravi@home.example") | {
        "asm": {"group_id": 1},
        "mail_settings": {"sandbox_mode": {"enable": False}},
        "tracking_settings": {"click_tracking": {"enable": False}},
    }
    assert carriers.sendgrid.send(copy.deepcopy(body)).status_code == 202
    target: Any = body
    for step in place:
        target = target[step]
    target["no_such_key"] = True
    assert refusal(carriers, body)["field"] == ".".join([*map(str, place), "no_such_key"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"personalizations": []}, "personalizations"),
        ({"content": []}, "content"),
        ({"categories": [f"c{number}" for number in range(11)]}, "categories"),
        ({"categories": ["same", "same"]}, "categories"),
        ({"from": {"email": "not an address"}}, "from.email"),
        ({"custom_args": {"incident": 7}}, "custom_args.incident"),
        ({"headers": {"Received": "x"}}, "headers"),
        ({"send_at": 1_900_000_000}, "send_at"),
        ({"template_id": "d-1"}, "template_id"),
        ({"mail_settings": {"sandbox_mode": {"enable": True}}}, "mail_settings.sandbox_mode.enable"),
        (
            {"content": [{"type": "text/html", "value": "x"}, {"type": "text/plain", "value": "x"}]},
            "content.0.type",
        ),
    ],
)
def test_a_faulty_mail_is_refused_with_its_field(
    carriers: Carriers, change: dict[str, Any], field: str
) -> None:
    assert refusal(carriers, mail("ravi@home.example") | change)["field"] == field


@pytest.mark.parametrize("missing", ["personalizations", "from", "subject", "content"])
def test_a_mail_lacking_a_field_is_refused(carriers: Carriers, missing: str) -> None:
    body = mail("ravi@home.example")
    del body[missing]
    assert refusal(carriers, body)["field"] == missing


def test_every_personalization_may_bring_the_subject(carriers: Carriers) -> None:
    body = mail("ravi@home.example")
    body["personalizations"][0]["subject"] = body.pop("subject")
    assert carriers.sendgrid.send(body).status_code == 202


@pytest.mark.parametrize("name", ["substitutions", "custom_args"])
def test_personal_fields_have_a_largest_size(carriers: Carriers, name: str) -> None:
    body = mail("ravi@home.example")
    body["personalizations"][0][name] = {"k": "తె" * 2000}
    assert refusal(carriers, body)["field"] == f"personalizations.0.{name}"


def test_a_body_that_is_no_json_object_is_refused(carriers: Carriers) -> None:
    assert refusal(carriers, ["not a mail"])["field"] == "the whole"


def test_a_body_of_another_type_is_refused(carriers: Carriers) -> None:
    with pytest.raises(HTTPError) as refused:
        carriers.sendgrid.client.mail.send.post(
            request_body="hello", request_headers={"Content-Type": "text/plain"}
        )
    assert refused.value.status_code == 415


def test_a_wrong_key_is_unauthorized_and_leaves_no_trace(carriers: Carriers) -> None:
    with pytest.raises(UnauthorizedError) as refused:
        SendGridAPIClient(API_KEY + "x", host=carriers.url).send(mail("ravi@home.example"))
    assert refused.value.to_dict["errors"][0]["field"] is None
    assert carriers.counts()["email"] == {"accepted": 0, "requests": 0, "refused": 0}
