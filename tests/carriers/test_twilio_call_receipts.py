"""Twilio's reports about calls."""

from dataclasses import replace

import pytest
from twilio_house import PUBLIC, TwilioVoiceHouse, signed

from tellfirst.carriers.port import RawRequest, Receipt, ReceiptState
from tellfirst.carriers.twilio.codes import LATER
from tellfirst.domain.errors import Refused

URL = f"{PUBLIC}/receipts/twilio_voice?delivery=31"
CARRIER = TwilioVoiceHouse().carrier("http://127.0.0.1:9")


def report(status: str, **more: str) -> RawRequest:
    return signed(URL, {"CallSid": "CA31", "CallStatus": status, "To": "+919876500031", **more})


def refusal(request: RawRequest) -> tuple[str, int]:
    with pytest.raises(Refused) as refused:
        CARRIER.parse_receipt(request)
    return refused.value.reason, refused.value.status


@pytest.mark.parametrize("status", ["queued", "initiated", "ringing", "a new word"])
def test_a_status_that_settles_nothing_brings_no_receipt(status: str) -> None:
    assert CARRIER.parse_receipt(report(status)) == []


def test_an_answered_call_is_known_to_have_been_made() -> None:
    [receipt] = CARRIER.parse_receipt(report("in-progress"))
    assert receipt == Receipt("twilio_voice", "CA31:in-progress", 31, ReceiptState.SENT, "CA31", "", at=None)


@pytest.mark.parametrize(
    ("answered_by", "code"),
    [
        ("", ""),
        ("human", ""),
        ("machine_start", "machine_start"),
        ("machine_end_beep", "machine_end_beep"),
        ("unknown", "unknown"),
    ],
)
def test_a_completed_call_is_delivered_and_a_machine_is_noted(answered_by: str, code: str) -> None:
    [receipt] = CARRIER.parse_receipt(report("completed", AnsweredBy=answered_by, CallDuration="23"))
    assert (receipt.state, receipt.code, receipt.event_id) == (
        ReceiptState.DELIVERED,
        code,
        "CA31:completed",
    )


def test_a_fax_machine_has_heard_nothing() -> None:
    [receipt] = CARRIER.parse_receipt(report("completed", AnsweredBy="fax"))
    assert (receipt.state, receipt.code) == (ReceiptState.UNDELIVERED, "fax")


@pytest.mark.parametrize(
    ("status", "fields", "code"),
    [
        ("busy", {}, "busy"),
        ("no-answer", {}, "no-answer"),
        ("canceled", {}, "canceled"),
        ("failed", {"SipResponseCode": "404"}, "failed:sip_404"),
        ("failed", {"ErrorCode": "13224", "SipResponseCode": "404"}, "13224"),
    ],
)
def test_a_call_nobody_heard_is_undelivered_and_says_why(
    status: str, fields: dict[str, str], code: str
) -> None:
    [receipt] = CARRIER.parse_receipt(report(status, **fields))
    assert (receipt.state, receipt.code) == (ReceiptState.UNDELIVERED, code)
    assert code.partition(":")[0] in LATER or code == "13224"


def test_the_signature_covers_our_reference() -> None:
    assert refusal(replace(report("completed"), url=URL.replace("31", "32"))) == ("bad_signature", 403)


@pytest.mark.parametrize("missing", ["CallSid", "CallStatus"])
def test_a_signed_report_without_sid_or_status_is_refused(missing: str) -> None:
    form = {"CallSid": "CA31", "CallStatus": "completed"}
    del form[missing]
    assert refusal(signed(URL, form)) == ("malformed", 400)


def test_a_signed_report_without_a_reference_of_ours_is_refused() -> None:
    request = signed(f"{PUBLIC}/receipts/twilio_voice", {"CallSid": "CA31", "CallStatus": "completed"})
    assert refusal(request) == ("no_delivery_reference", 400)
