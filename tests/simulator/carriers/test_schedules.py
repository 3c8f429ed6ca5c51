"""Schedules: accounts with a truth, faults and receipts of their own, made and unmade while others run."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from carriers_under_test import ACCOUNT_SID, SENDER, Carriers, Receiver
from sendgrid import SendGridAPIClient
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

TO = "+919000000001"


def schedule(name: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "seed": number,
        "twilio": {"account_sid": f"AC{number:032x}", "auth_token": f"token-{number}", "sender": SENDER},
        "sendgrid": {"api_key": f"SG.{number}"},
        "receipt_delay_seconds": [0.0, 0.01],
    } | more


def make(carriers: Carriers, document: dict[str, Any]) -> requests.Response:
    return requests.post(f"{carriers.url}/schedules", json=document, timeout=5)


def twilio(carriers: Carriers, number: int = 1) -> Client:
    client = Client(f"AC{number:032x}", f"token-{number}")
    client.api.base_url = carriers.url
    return client


def send(carriers: Carriers, number: int = 1, **more: Any) -> Any:
    return twilio(carriers, number).messages.create(to=TO, from_=SENDER, body="Hello.", **more)


def test_every_schedule_has_a_truth_of_its_own(carriers: Carriers) -> None:
    assert make(carriers, schedule("one", 1)).status_code == 201
    assert make(carriers, schedule("two", 2)).status_code == 201
    sids = [send(carriers, 1).sid, send(carriers, 2).sid, send(carriers, 2).sid]
    for name, expected in (("one", sids[:1]), ("two", sids[1:])):
        rows = carriers.get(f"/schedules/{name}/truth/accepted", channel="sms")
        assert [row["carrier_ref"] for row in rows] == expected
        assert carriers.get(f"/schedules/{name}/truth/counts")["sms"]["accepted"] == len(expected)
        assert len(carriers.get(f"/schedules/{name}/truth/messages", to=TO)) == len(expected)
        assert carriers.get(f"/schedules/{name}/truth/segments", channel="sms")["total"] == len(expected)
    assert carriers.counts()["sms"]["accepted"] == 0
    assert [text.sid for text in twilio(carriers, 2).messages.list(to=TO)] == sids[:0:-1]


def test_one_account_does_not_see_another(carriers: Carriers) -> None:
    make(carriers, schedule("one", 1))
    make(carriers, schedule("two", 2))
    sid = send(carriers, 1).sid
    with pytest.raises(TwilioRestException) as refused:
        twilio(carriers, 2).messages(sid).fetch()
    assert refused.value.code == 20404
    url = carriers.messages_url.replace(ACCOUNT_SID, f"AC{1:032x}")
    assert requests.get(url, auth=(f"AC{2:032x}", "token-2"), timeout=5).json()["code"] == 20404


def test_receipts_are_signed_with_the_schedules_own_token(carriers: Carriers, receiver: Receiver) -> None:
    make(carriers, schedule("one", 1, receipt_url=f"{receiver.url}/receipts/sendgrid"))
    send(carriers, 1, status_callback=f"{receiver.url}/receipts/twilio?delivery=D1")
    for posted in receiver.posted_to("/receipts/twilio", 2):
        form, signature = dict(parse_qsl(posted.body.decode())), posted.headers["X-Twilio-Signature"]
        assert RequestValidator("token-1").validate(posted.url, form, signature)
    body = {
        "personalizations": [{"to": [{"email": "ravi@home.example"}], "custom_args": {"delivery": "D2"}}],
        "from": {"email": "care@company.example"},
        "subject": "No service",
        "content": [{"type": "text/plain", "value": "Hello."}],
    }
    assert SendGridAPIClient("SG.1", host=carriers.url).send(body).status_code == 202
    receiver.posted_to("/receipts/sendgrid", 1)


def test_faults_of_one_schedule_are_its_own(carriers: Carriers) -> None:
    script = [{"nth": 2, "channel": "sms", "fault": "error_after_accept"}]
    make(carriers, schedule("one", 1, script=script))
    make(carriers, schedule("two", 2, rates={"throttled": 1.0}))
    make(carriers, schedule("three", 3))
    send(carriers, 1)
    with pytest.raises(TwilioRestException) as broken:
        send(carriers, 1)
    assert broken.value.status == 500
    with pytest.raises(TwilioRestException) as throttled:
        send(carriers, 2)
    assert throttled.value.status == 429
    send(carriers, 3)
    counts = carriers.get("/schedules/one/truth/counts")
    assert (counts["sms"]["accepted"], counts["faults"]) == (2, {"error_after_accept": 1})
    carriers.begin_faults({}, "/schedules/two/faults")
    assert send(carriers, 2).sid
    assert carriers.happened() == {}


def test_the_seed_of_the_schedule_is_the_seed_of_its_faults(carriers: Carriers) -> None:
    def statuses(number: int, seed: int) -> list[int]:
        make(carriers, schedule(f"s{number}", number, seed=seed, rates={"error_before_accept": 0.5}))
        form, url = {"To": TO, "From": SENDER, "Body": "Hello."}, carriers.messages_url
        url = url.replace(ACCOUNT_SID, f"AC{number:032x}")
        auth = (f"AC{number:032x}", f"token-{number}")
        return [requests.post(url, data=form, auth=auth, timeout=5).status_code for _ in range(30)]

    assert statuses(1, 5) == statuses(2, 5) != statuses(3, 6)


def test_a_deleted_schedule_is_gone_and_its_name_is_free(carriers: Carriers, receiver: Receiver) -> None:
    make(carriers, schedule("one", 1, receipt_delay_seconds=[0.3, 0.3]))
    send(carriers, 1, status_callback=f"{receiver.url}/receipts/twilio")
    assert requests.delete(f"{carriers.url}/schedules/one", timeout=5).status_code == 204
    assert requests.delete(f"{carriers.url}/schedules/one", timeout=5).status_code == 404
    assert requests.get(f"{carriers.url}/schedules/one/truth/counts", timeout=5).status_code == 404
    with pytest.raises(TwilioRestException) as refused:
        send(carriers, 1)
    assert refused.value.status == 401
    assert make(carriers, schedule("one", 1)).status_code == 201
    assert carriers.get("/schedules/one/truth/counts")["sms"]["accepted"] == 0
    time.sleep(0.7)
    assert receiver.all == []


def test_a_log_of_its_own_stays_on_disk(carriers: Carriers, tmp_path: Path) -> None:
    log = tmp_path / "one.jsonl"
    make(carriers, schedule("one", 1, truth_log=str(log)))
    sid = send(carriers, 1).sid
    requests.delete(f"{carriers.url}/schedules/one", timeout=5)
    assert sid in log.read_text()


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"name": "one"}, 409, "of this name"),
        ({"twilio": schedule("x", 1)["twilio"]}, 409, "same account SID"),
        ({"sendgrid": {"api_key": "SG.1"}}, 409, "same API key"),
        ({"nmae": "x"}, 400, "nmae is not a known field"),
        ({"name": "a/b"}, 400, "name does not have the form"),
        ({"rates": {"gremlins": 1}}, 400, "plan of faults"),
        ({"receipt_delay_seconds": [2, 1]}, 400, "shortest wait"),
        ({"lies": "white_ones"}, 400, "lies"),
        ({"sendgrid": {"api_key": "SG.9", "private_key_pem": "nonsense"}}, 400, "private key"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_with_a_sentence(
    carriers: Carriers, change: dict[str, Any], status: int, sentence: str
) -> None:
    make(carriers, schedule("one", 1))
    refused = make(carriers, schedule("other", 9) | change)
    assert refused.status_code == status
    assert sentence in refused.json()["error"]
    assert carriers.get("/schedules") == {"schedules": ["one"]}
