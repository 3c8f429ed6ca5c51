"""Calls through the real twilio SDK, judged by its own validator."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests
from carriers_under_test import ACCOUNT_SID, AUTH_TOKEN, SENDER, Carriers, Posted, Receiver
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

from tellfirst.simulator.carriers.twilio.twiml import fault_of_twiml

TO = "+919000000001"
HELLO = "<Response><Say>Hello.</Say></Response>"
EVENTS = ["initiated", "ringing", "answered", "completed"]
PATH = "/receipts/twilio"


def call(carriers: Carriers, **more: Any) -> Any:
    return carriers.twilio.calls.create(**{"to": TO, "from_": SENDER, "twiml": HELLO} | more)


def form_of(posted: Posted) -> dict[str, str]:
    return dict(parse_qsl(posted.body.decode(), keep_blank_values=True))


def test_an_accepted_call_is_the_whole_call_resource(carriers: Carriers) -> None:
    made = call(carriers, timeout=25, time_limit=120, machine_detection="Enable")
    assert made.sid.startswith("CA")
    assert len(made.sid) == 34
    assert (made.to, made._from, made.status, made.direction) == (TO, SENDER, "queued", "outbound-api")
    assert (made.start_time, made.end_time, made.duration, made.answered_by) == (None, None, None, None)
    assert made.account_sid == ACCOUNT_SID
    (row,) = carriers.get("/truth/accepted", channel="voice")
    assert (row["to"], row["carrier_ref"], row["body"]) == (TO, made.sid, HELLO)


def test_every_moment_asked_for_is_reported_and_signed(carriers: Carriers, receiver: Receiver) -> None:
    callback = f"{receiver.url}{PATH}?delivery=D%2D7"
    made = call(
        carriers, status_callback=callback, status_callback_event=EVENTS, machine_detection="DetectMessageEnd"
    )
    posts = receiver.posted_to(PATH, 4)
    forms = {form_of(posted)["CallStatus"]: form_of(posted) for posted in posts}
    assert forms.keys() == {"initiated", "ringing", "in-progress", "completed"}
    for posted in posts:
        form, signature = form_of(posted), posted.headers["X-Twilio-Signature"]
        assert RequestValidator(AUTH_TOKEN).validate(posted.url, form, signature)
        assert (form["CallSid"], form["AccountSid"], form["To"]) == (made.sid, ACCOUNT_SID, TO)
    assert (forms["completed"]["CallDuration"], forms["completed"]["Duration"]) == ("21", "1")
    assert forms["completed"]["AnsweredBy"] == "human"
    assert "CallDuration" not in forms["ringing"]
    (row,) = carriers.get("/truth/accepted", channel="voice")
    assert row["reference"] == "D-7"


def test_without_a_wish_only_the_end_is_reported(carriers: Carriers, receiver: Receiver) -> None:
    call(carriers, status_callback=receiver.url + PATH)
    assert carriers.settled() == {"posted": 1, "failed": 0, "waiting": 0}
    (posted,) = receiver.all
    assert form_of(posted)["CallStatus"] == "completed"
    assert "AnsweredBy" not in form_of(posted)


@pytest.mark.parametrize(
    ("ending", "statuses", "duration"),
    [
        ("0404", ["initiated", "failed"], "0"),
        ("0486", ["initiated", "busy"], "0"),
        ("0480", ["initiated", "ringing", "no-answer"], "0"),
        ("0003", ["initiated", "ringing"], None),
    ],
)
def test_the_number_decides_how_the_call_ends(
    carriers: Carriers, receiver: Receiver, ending: str, statuses: list[str], duration: str | None
) -> None:
    made = call(
        carriers,
        to="+91900000" + ending,
        status_callback=receiver.url + PATH,
        status_callback_event=EVENTS,
    )
    assert carriers.settled()["posted"] == len(statuses)
    forms = {form_of(posted)["CallStatus"]: form_of(posted) for posted in receiver.all}
    assert sorted(forms) == sorted(statuses)
    assert forms[statuses[-1]].get("CallDuration") == duration
    looked_up = carriers.twilio.calls(made.sid).fetch()
    assert (looked_up.status, looked_up.duration) == (statuses[-1], duration)


def test_an_answering_machine_is_told_of(carriers: Carriers, receiver: Receiver) -> None:
    made = call(carriers, to="+919000000777", machine_detection="Enable", status_callback=receiver.url + PATH)
    assert form_of(receiver.posted_to(PATH, 1)[0])["AnsweredBy"] == "machine_start"
    assert carriers.twilio.calls(made.sid).fetch().answered_by == "machine_start"


def test_calls_are_listed_newest_first_and_filtered(carriers: Carriers, receiver: Receiver) -> None:
    sids = [call(carriers, status_callback=receiver.url + PATH).sid for _ in range(3)]
    call(carriers, to="+919000000486", status_callback=receiver.url + PATH)
    carriers.twilio.messages.create(to=TO, from_=SENDER, body="No call.")
    carriers.settled()
    listed = carriers.twilio.calls.list
    assert [one.sid for one in listed(to=TO)] == sids[::-1]
    assert len(listed(from_=SENDER)) == 4
    assert len(listed(status="busy")) == 1
    assert [one.sid for one in listed(to=TO, status="completed", page_size=2)] == sids[::-1]
    now = datetime.now(UTC)
    assert len(listed(to=TO, start_time_after=now - timedelta(minutes=1))) == 3
    assert listed(to=TO, start_time_before=now - timedelta(minutes=1)) == []


def test_a_text_is_not_found_as_a_call_nor_a_call_as_a_text(carriers: Carriers) -> None:
    made, text = call(carriers), carriers.twilio.messages.create(to=TO, from_=SENDER, body="Hello.")
    for look_up in (carriers.twilio.calls(text.sid).fetch, carriers.twilio.messages(made.sid).fetch):
        with pytest.raises(TwilioRestException) as refused:
            look_up()
        assert refused.value.code == 20404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": None}, 21201),
        ({"To": "9000000001"}, 21211),
        ({"To": "+919000000211"}, 21211),
        ({"To": "+919000000429"}, 20429),
        ({"From": None}, 21213),
        ({"From": "+14155552671"}, 21210),
        ({"Twiml": None}, 21205),
        ({"Url": "https://company.example/call.xml"}, 21205),
        ({"Twiml": "<Response>"}, 12100),
        ({"Twiml": "x" * 4001}, 20001),
        ({"StatusCallback": "receipts"}, 21609),
        ({"StatusCallbackEvent": "answred"}, 20001),
        ({"StatusCallbackEvent": ["completed", "completed"]}, 20001),
        ({"Timeout": "0"}, 20001),
        ({"Timeout": "601"}, 20001),
        ({"MachineDetection": "enable"}, 20001),
        ({"Record": "true"}, 20001),
        ({"Twimll": HELLO}, 20001),
        ({"Body": "Hello."}, 20001),
        ({"To": [TO, TO]}, 20001),
    ],
)
def test_a_faulty_call_is_refused_with_its_code(
    carriers: Carriers, change: dict[str, Any], code: int
) -> None:
    form = {"To": TO, "From": SENDER, "Twiml": HELLO, "Timeout": "30"} | change
    answer = requests.post(
        carriers.messages_url.replace("Messages", "Calls"),
        data={name: value for name, value in form.items() if value is not None},
        auth=(ACCOUNT_SID, AUTH_TOKEN),
        timeout=5,
    )
    assert answer.json()["code"] == code
    assert carriers.counts()["voice"] == {"accepted": 0, "refused": 1}


def test_twiml_written_with_the_sdk_passes() -> None:
    twiml = VoiceResponse()
    twiml.say("నమస్కారం", voice="Google.te-IN-Standard-A", language="te-IN")
    twiml.pause(length=1)
    twiml.play("https://company.example/urdu/no-service.mp3")
    gather = twiml.gather(num_digits=1, action="https://company.example/heard", timeout=5)
    gather.say("Selamat pagi.", language="ms-MY")
    twiml.hangup()
    assert fault_of_twiml(str(twiml)) is None


@pytest.mark.parametrize(
    ("twiml", "sentence"),
    [
        ("<Response>", "not well-formed"),
        ("<Answer/>", "root element"),
        ("<!DOCTYPE x [<!ENTITY y 'z'>]><Response><Say>&y;</Say></Response>", "document type"),
        ("<Response>" + " " * 4000 + "</Response>", "longer than 4000"),
        ("<Response><Dial>+14155552671</Dial></Response>", "cannot hold <Dial>"),
        ("<Response><Gather><Hangup/></Gather></Response>", "cannot hold <Hangup>"),
        ("<Response><Say><Say>x</Say></Say></Response>", "says nothing"),
        ("<Response>Hello.</Response>", "text of its own"),
        ("<Response><Say> </Say></Response>", "says nothing"),
        ("<Response><Say vioce='man'>x</Say></Response>", "no attribute vioce"),
        ("<Response><Say language='ur-PK'>x</Say></Response>", "no voice for the language ur-PK"),
        ("<Response><Say voice='Google.te-IN-Nobody'>x</Say></Response>", "knows no voice"),
        (
            "<Response><Say voice='Google.te-IN-Standard-A' language='en-IN'>x</Say></Response>",
            "does not speak en-IN",
        ),
        ("<Response><Play>clip.mp3</Play></Response>", "address of a recording"),
        ("<Response><Pause length='long'/></Response>", "number of seconds"),
    ],
)
def test_a_fault_in_twiml_is_named(twiml: str, sentence: str) -> None:
    assert sentence in (fault_of_twiml(twiml) or "")


@pytest.mark.parametrize("language", ["en-GB", "en-IN", "te-IN", "ms-MY", "hi-IN"])
def test_our_languages_have_a_voice_and_urdu_has_none(language: str) -> None:
    assert fault_of_twiml(f"<Response><Say language='{language}'>x</Say></Response>") is None
    assert fault_of_twiml("<Response><Say language='ur-IN'>x</Say></Response>")
