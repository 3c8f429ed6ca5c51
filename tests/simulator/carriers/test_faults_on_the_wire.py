"""Each fault as a client meets it through a real socket, and what is true behind it."""

import threading
import time
from typing import Any

import pytest
import requests
from carriers_under_test import ACCOUNT_SID, API_KEY, AUTH_TOKEN, SENDER, Carriers

TO = "+919000000001"
FORM = {"To": TO, "From": SENDER, "Body": "Hello."}
MAIL = {
    "personalizations": [{"to": [{"email": "ravi@home.example"}], "custom_args": {"delivery": "D1"}}],
    "from": {"email": "care@company.example"},
    "subject": "No service",
    "content": [{"type": "text/plain", "value": "Hello."}],
}
CALL = {"To": TO, "From": SENDER, "Twiml": "<Response><Say>Hello.</Say></Response>"}


def create(carriers: Carriers, channel: str) -> requests.Response:
    if channel == "email":
        headers = {"Authorization": f"Bearer {API_KEY}"}
        return requests.post(f"{carriers.url}/v3/mail/send", json=MAIL, headers=headers, timeout=2)
    url = carriers.messages_url if channel == "sms" else carriers.messages_url.replace("Messages", "Calls")
    form = FORM if channel == "sms" else CALL
    return requests.post(url, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=2)


def outcome(carriers: Carriers, channel: str) -> str:
    """What a client learns: a status, or the kind of failure."""
    try:
        answer = create(carriers, channel)
    except requests.exceptions.Timeout:
        return "timeout"
    except requests.exceptions.ChunkedEncodingError:
        return "half"
    except requests.exceptions.ConnectionError:
        return "reset"
    return f"{answer.status_code} {answer.headers.get('Content-Type', '').partition(';')[0]}".strip()


def scripted(carriers: Carriers, channel: str, fault: str, **more: Any) -> None:
    script = [{"nth": 1, "channel": channel, "fault": fault}]
    carriers.begin_faults({"script": script, "hold_seconds": 3, "slow_seconds": 0.4} | more)


@pytest.mark.parametrize("channel", ["sms", "voice", "email"])
@pytest.mark.parametrize(
    ("fault", "learnt", "accepted"),
    [
        ("throttled", "429 application/json", 0),
        ("unavailable", "503 application/json", 0),
        ("error_before_accept", "500 application/json", 0),
        ("reset_before_accept", "reset", 0),
        ("timeout_before_accept", "timeout", 0),
        ("html_before_accept", "200 text/html", 0),
        ("error_after_accept", "500 application/json", 1),
        ("reset_after_accept", "reset", 1),
        ("timeout_after_accept", "timeout", 1),
        ("html_after_accept", "20x text/html", 1),
        ("half_answer", "half", 1),
        ("slow_answer", "20x application/json", 1),
    ],
)
def test_a_fault_shows_and_the_truth_stays(
    carriers: Carriers, channel: str, fault: str, learnt: str, accepted: int
) -> None:
    scripted(carriers, channel, fault)
    status = "202" if channel == "email" else "201"
    assert outcome(carriers, channel) == learnt.replace("20x", status)
    assert carriers.counts()[channel]["accepted"] == accepted
    assert carriers.happened() == {fault: 1}
    assert outcome(carriers, channel).startswith(status)
    assert carriers.counts()[channel]["accepted"] == accepted + 1
    assert carriers.happened() == {fault: 1}


@pytest.mark.parametrize(("channel", "fault"), [("sms", "throttled"), ("email", "unavailable")])
def test_who_is_put_off_is_told_for_how_long(carriers: Carriers, channel: str, fault: str) -> None:
    scripted(carriers, channel, fault, retry_after_seconds=17)
    assert create(carriers, channel).headers["Retry-After"] == "17"


def test_a_slow_answer_dribbles_in(carriers: Carriers) -> None:
    scripted(carriers, "sms", "slow_answer")
    began = time.monotonic()
    assert create(carriers, "sms").json()["to"] == TO
    assert time.monotonic() - began >= 0.4


def test_a_refused_request_is_answered_truly_whatever_was_planned(carriers: Carriers) -> None:
    scripted(carriers, "sms", "reset_after_accept")
    answer = carriers.post_form(FORM | {"To": "nobody"})
    assert (answer.status_code, answer.json()["code"]) == (400, 21211)
    assert carriers.happened() == {}


def test_a_stranger_uses_up_no_occasion(carriers: Carriers) -> None:
    scripted(carriers, "sms", "throttled")
    assert requests.post(carriers.messages_url, data=FORM, timeout=2).status_code == 401
    assert create(carriers, "sms").status_code == 429


def test_an_outage_resets_one_channel_and_ends(carriers: Carriers) -> None:
    carriers.begin_faults({"outages": [{"channel": "sms", "from_seconds": 0, "for_seconds": 0.8}]})
    assert outcome(carriers, "sms") == "reset"
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(carriers.messages_url, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=2)
    assert outcome(carriers, "email").startswith("202")
    threading.Event().wait(0.9)
    assert outcome(carriers, "sms").startswith("201")
    assert carriers.happened() == {"outage": 2}


def test_faults_end_when_they_are_taken_away(carriers: Carriers) -> None:
    carriers.begin_faults({"rates": {"error_before_accept": 1}})
    assert create(carriers, "sms").status_code == 500
    assert requests.delete(f"{carriers.url}/faults", timeout=2).status_code == 204
    assert create(carriers, "sms").status_code == 201
    assert carriers.happened() == {"error_before_accept": 1}


def test_one_seed_brings_the_same_faults_in_the_same_order(carriers: Carriers) -> None:
    plan = {"seed": 11, "rates": {"throttled": 0.3, "error_after_accept": 0.3}}

    def statuses() -> list[int]:
        carriers.begin_faults(plan)
        return [create(carriers, "sms").status_code for _ in range(25)]

    first = statuses()
    assert first == statuses()
    assert set(first) == {201, 429, 500}


@pytest.mark.parametrize(
    ("fault", "learnt"), [("lookup_error", 500), ("lookup_throttled", 429), ("lookup_reset", None)]
)
def test_a_look_up_fails_as_planned(carriers: Carriers, fault: str, learnt: int | None) -> None:
    sid = create(carriers, "sms").json()["sid"]
    scripted(carriers, "sms", fault)
    url = carriers.messages_url.replace(".json", f"/{sid}.json")

    def look_up() -> int | None:
        try:
            return requests.get(url, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=2).status_code
        except requests.exceptions.ConnectionError:
            return None

    assert look_up() == learnt
    assert look_up() == 200
    assert carriers.happened() == {fault: 1}


def test_a_look_up_that_hangs(carriers: Carriers) -> None:
    scripted(carriers, "sms", "lookup_timeout")
    with pytest.raises(requests.exceptions.Timeout):
        requests.get(carriers.messages_url, auth=(ACCOUNT_SID, AUTH_TOKEN), timeout=0.5)


def test_a_look_up_lags_behind_the_truth(carriers: Carriers) -> None:
    carriers.begin_faults({"lookup_lag_seconds": 0.6})
    sid = create(carriers, "sms").json()["sid"]
    assert carriers.twilio.messages.list(to=TO) == []
    assert carriers.happened() == {"lookup_lagged": 1}
    assert carriers.counts()["sms"]["accepted"] == 1
    threading.Event().wait(0.7)
    assert [text.sid for text in carriers.twilio.messages.list(to=TO)] == [sid]


def test_a_plan_that_cannot_be_followed_changes_nothing(carriers: Carriers) -> None:
    carriers.begin_faults({"rates": {"error_before_accept": 1}})
    answer = requests.post(f"{carriers.url}/faults", json={"rates": {"gremlins": 1}}, timeout=2)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert create(carriers, "sms").status_code == 500
