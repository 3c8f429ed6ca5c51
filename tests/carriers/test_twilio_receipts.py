"""Twilio's webhooks: status callbacks and customers' texts."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio_house import PUBLIC, TwilioHouse, signed

from tellfirst.carriers.port import RawRequest, Receipt, ReceiptState
from tellfirst.carriers.twilio import TwilioSms, answer
from tellfirst.domain.errors import Refused

URL = f"{PUBLIC}/receipts/twilio?delivery=31"
CARRIER: TwilioSms = TwilioHouse().carrier("http://127.0.0.1:9")


def status(word: str, **more: str) -> dict[str, str]:
    return {"MessageSid": "SM31", "MessageStatus": word, "To": "+919876500031", **more}


def refusal(request: RawRequest) -> tuple[str, int]:
    with pytest.raises(Refused) as refused:
        CARRIER.parse_receipt(request)
    return refused.value.reason, refused.value.status


@pytest.mark.parametrize("word", ["queued", "accepted", "scheduled", "sending", "receiving", "a new word"])
def test_a_status_that_settles_nothing_brings_no_receipt(word: str) -> None:
    assert CARRIER.parse_receipt(signed(URL, status(word))) == []


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("sent", ReceiptState.SENT),
        ("delivered", ReceiptState.DELIVERED),
        ("read", ReceiptState.DELIVERED),
        ("undelivered", ReceiptState.UNDELIVERED),
        ("failed", ReceiptState.UNDELIVERED),
        ("canceled", ReceiptState.UNDELIVERED),
    ],
)
def test_a_final_status_is_a_receipt_that_names_sid_status_and_code(word: str, state: ReceiptState) -> None:
    [receipt] = CARRIER.parse_receipt(signed(URL, status(word, ErrorCode="30005")))
    assert receipt == Receipt("twilio", f"SM31:{word}", 31, state, "SM31", "30005", at=None)


def test_the_signature_covers_our_reference() -> None:
    genuine = signed(URL, status("delivered"))
    assert refusal(replace(genuine, url=URL.replace("31", "32"))) == ("bad_signature", 403)


def test_empty_and_repeated_fields_are_part_of_what_was_signed() -> None:
    genuine = signed(URL, status("delivered", ErrorCode="", Body="a b+c&d=é"))
    assert len(CARRIER.parse_receipt(genuine)) == 1
    without_the_empty_field = replace(genuine, body=genuine.body.replace(b"&ErrorCode=", b"&Errorcode="))
    assert refusal(without_the_empty_field) == ("bad_signature", 403)


def test_the_default_port_may_stand_in_the_signed_address() -> None:
    with_port = URL.replace("notices.example", "notices.example:443")
    signed_without = signed(URL, status("delivered"))
    assert len(CARRIER.parse_receipt(replace(signed_without, url=with_port))) == 1


def test_http_is_not_https() -> None:
    plain = URL.replace("https:", "http:")
    assert refusal(replace(signed(URL, status("delivered")), url=plain)) == ("bad_signature", 403)


def test_a_header_cannot_choose_the_algorithm() -> None:
    genuine = signed(URL, status("delivered"))
    asking = {**genuine.headers, "x-twilio-webhooks-signature-settings": "key=k,algorithm=HMAC_SHA256"}
    assert len(CARRIER.parse_receipt(replace(genuine, headers=asking))) == 1


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?delivery=",
        "?delivery=abc",
        "?delivery=-1",
        "?delivery=٣",
        "?delivery=1&delivery=2",
        "?delivery=" + "9" * 19,
    ],
)
def test_a_signed_receipt_without_one_reference_of_ours_is_refused(query: str) -> None:
    request = signed(f"{PUBLIC}/receipts/twilio{query}", status("delivered"))
    assert refusal(request) == ("no_delivery_reference", 400)


@pytest.mark.parametrize("missing", ["MessageSid", "MessageStatus"])
def test_a_signed_receipt_without_sid_or_status_is_refused(missing: str) -> None:
    form = {name: value for name, value in status("delivered").items() if name != missing}
    assert refusal(signed(URL, form)) == ("malformed", 400)


@given(body=st.binary(max_size=200), signature=st.text(max_size=60), query=st.text(max_size=20))
def test_no_bytes_whatever_get_past_the_door(body: bytes, signature: str, query: str) -> None:
    request = RawRequest(f"{PUBLIC}/receipts/twilio?{query}", {"x-twilio-signature": signature}, body)
    assert refusal(request) == ("bad_signature", 403)


def test_a_customers_text_is_read_behind_the_same_door() -> None:
    form = {"MessageSid": "SM9", "From": "+919876500031", "To": "+15005550006", "Body": "ఎప్పుడు?"}
    request = signed(f"{PUBLIC}/inbound/twilio", form)
    inbound = CARRIER.parse_inbound(request)
    assert (inbound.message_sid, inbound.sender, inbound.recipient, inbound.body) == tuple(form.values())
    assert "+919876500031" not in repr(inbound)
    with pytest.raises(Refused, match="signature"):
        CARRIER.parse_inbound(replace(request, headers={}))


def test_a_text_without_a_body_is_a_text() -> None:
    form = {"MessageSid": "SM9", "From": "+919876500031", "To": "+15005550006", "NumMedia": "1"}
    assert CARRIER.parse_inbound(signed(f"{PUBLIC}/inbound/twilio", form)).body == ""


def test_an_answer_is_twiml_that_says_exactly_the_text() -> None:
    text = "Back by 16:30 IST & thanks <all> "
    root = ElementTree.fromstring(answer(text))
    assert (root.tag, [child.tag for child in root], root[0].text) == ("Response", ["Message"], text)


def test_an_empty_answer_says_nothing() -> None:
    assert list(ElementTree.fromstring(answer(""))) == []
