"""A lying carrier, and the comparison of ledger, truth, receipts and look-ups that shows each lie."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from carriers_under_test import ACCOUNT_SID, API_KEY, AUTH_TOKEN, SENDER, Carriers, Receiver
from twilio.base.exceptions import TwilioRestException

START = Callable[[], Carriers]


@dataclass
class Ledger:
    """What a company believes after it has sent ten texts: accepted by answer, delivered by receipt, found."""

    accepted: set[str] = field(default_factory=set)
    delivered: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)


def ledger_of(carriers: Carriers, receiver: Receiver) -> Ledger:
    ledger = Ledger()
    for number in range(10):
        delivery = f"D{number}"
        callback = f"{receiver.url}/receipts?delivery={delivery}"
        try:
            text = carriers.twilio.messages.create(
                to=f"+91900001110{number}", from_=SENDER, body="Hello.", status_callback=callback
            )
        except TwilioRestException:
            continue
        ledger.accepted.add(delivery)
        if not carriers.twilio.messages.list(to=text.to):
            ledger.missing.add(delivery)
    carriers.settled()
    for posted in receiver.all:
        if dict(parse_qsl(posted.body.decode()))["MessageStatus"] == "delivered":
            ledger.delivered.add(posted.url.rpartition("=")[2])
    return ledger


def truth_of(carriers: Carriers) -> Counter[str]:
    return Counter(row["reference"] for row in carriers.get("/truth/accepted", channel="sms"))


@pytest.fixture
def lying(settings: dict[str, Any], config_file: Path, start: START) -> Callable[..., Carriers]:
    def begin(lie: str, every: int = 1) -> Carriers:
        settings["lies"], settings["lies_every"] = lie, every
        config_file.write_text(json.dumps(settings))
        return start()

    return begin


def test_an_honest_carrier_agrees_with_the_ledger(carriers: Carriers, receiver: Receiver) -> None:
    ledger, truth = ledger_of(carriers, receiver), truth_of(carriers)
    assert ledger.accepted == ledger.delivered == truth.keys()
    assert set(truth.values()) == {1}
    assert ledger.missing == set()
    assert carriers.counts()["lies"] == {}


def test_accepting_twice_shows_as_truth_counted_twice(
    lying: Callable[..., Carriers], receiver: Receiver
) -> None:
    carriers = lying("accepts_twice")
    ledger, truth = ledger_of(carriers, receiver), truth_of(carriers)
    assert ledger.accepted == truth.keys()
    assert set(truth.values()) == {2}
    assert carriers.counts()["lies"] == {"accepts_twice": 10}


def test_forgetting_shows_as_truth_that_no_look_up_finds(
    lying: Callable[..., Carriers], receiver: Receiver
) -> None:
    carriers = lying("forgets")
    ledger, truth = ledger_of(carriers, receiver), truth_of(carriers)
    assert ledger.missing == ledger.accepted == truth.keys()
    with pytest.raises(TwilioRestException):
        carriers.twilio.messages(carriers.get("/truth/accepted", channel="sms")[0]["carrier_ref"]).fetch()


def test_receipts_for_nothing_show_as_delivered_without_truth(
    lying: Callable[..., Carriers], receiver: Receiver
) -> None:
    carriers = lying("receipts_for_nothing")
    ledger, truth = ledger_of(carriers, receiver), truth_of(carriers)
    assert ledger.accepted == set()
    assert len(ledger.delivered - truth.keys()) == 10


def test_answering_without_accepting_shows_as_accepted_without_truth(
    lying: Callable[..., Carriers], receiver: Receiver
) -> None:
    carriers = lying("answers_without_accepting")
    ledger, truth = ledger_of(carriers, receiver), truth_of(carriers)
    assert len(ledger.accepted - truth.keys()) == 10
    assert ledger.delivered == set()


def test_every_third_request_may_be_lied_about(lying: Callable[..., Carriers], receiver: Receiver) -> None:
    carriers = lying("answers_without_accepting", every=3)
    ledger, truth = ledger_of(carriers, receiver), truth_of(carriers)
    assert ledger.accepted - truth.keys() == {"D2", "D5", "D8"}


@pytest.mark.parametrize(
    ("lie", "accepted", "statuses"),
    [
        ("accepts_twice", 2, [202, 201]),
        ("answers_without_accepting", 0, [202, 201]),
        ("receipts_for_nothing", 0, [500, 500]),
    ],
)
def test_mails_and_calls_are_lied_about_as_well(
    lying: Callable[..., Carriers], receiver: Receiver, lie: str, accepted: int, statuses: list[int]
) -> None:
    carriers = lying(lie)
    body = {
        "personalizations": [{"to": [{"email": "ravi@home.example"}], "custom_args": {"delivery": "D1"}}],
        "from": {"email": "care@company.example"},
        "subject": "No service",
        "content": [{"type": "text/plain", "value": "Hello."}],
    }
    headers = {"Authorization": f"Bearer {API_KEY}"}
    answers = [
        requests.post(f"{carriers.url}/v3/mail/send", json=body, headers=headers, timeout=5),
        requests.post(
            carriers.messages_url.replace("Messages", "Calls"),
            data={"To": "+919000000001", "From": SENDER, "Twiml": "<Response><Say>Hello.</Say></Response>"},
            auth=(ACCOUNT_SID, AUTH_TOKEN),
            timeout=5,
        ),
    ]
    assert [answer.status_code for answer in answers] == statuses
    counts = carriers.counts()
    assert (counts["email"]["accepted"], counts["voice"]["accepted"]) == (accepted, accepted)
    assert counts["lies"] == {lie: 2}
    if lie == "receipts_for_nothing":
        events = [
            one["event"]
            for posted in receiver.posted_to("/receipts/sendgrid", 1)
            for one in json.loads(posted.body)
        ]
        assert "processed" in events
