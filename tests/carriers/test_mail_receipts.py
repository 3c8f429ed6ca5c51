"""Bounces become receipts, whatever the relay leaves of the original; what strangers write does not."""

import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from smtp_house import SECRET, SmtpHouse, bounce, posted

from tellfirst.carriers.mail import References
from tellfirst.carriers.port import ReceiptState
from tellfirst.domain.errors import Refused

CARRIER = SmtpHouse().carrier(9)
REFERENCE = References(SECRET).of(31)


@pytest.mark.parametrize(
    "places",
    [
        {},
        {"original": "", "to": f"bounces+{REFERENCE}@example.com"},
        {"original": "", "envelope": f"Original-Envelope-Id: {REFERENCE}@notices.example.com"},
        {"to": f"bounces+{REFERENCE.upper()}@example.com", "original": ""},
    ],
    ids=["the original's Message-ID", "the address", "the envelope's id", "an address in capitals"],
)
def test_our_reference_is_found_wherever_a_relay_leaves_it(places: dict[str, str]) -> None:
    [receipt] = CARRIER.parse_receipt(posted(bounce(31, **places)))
    assert (receipt.carrier, receipt.delivery_id, receipt.state) == ("smtp", 31, ReceiptState.UNDELIVERED)
    assert receipt.code == "5.1.1"
    assert receipt.at == datetime(2026, 11, 25, 10, tzinfo=UTC)


def test_a_bounce_that_encloses_the_whole_original_is_understood() -> None:
    body = bounce(31).replace(b"text/rfc822-headers", b"message/rfc822")
    [receipt] = CARRIER.parse_receipt(posted(body))
    assert receipt.delivery_id == 31


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("failed", ReceiptState.UNDELIVERED),
        ("Failed", ReceiptState.UNDELIVERED),
        ("delivered", ReceiptState.DELIVERED),
        ("relayed", ReceiptState.SENT),
        ("delayed", None),
        ("expanded", None),
        ("something new", None),
    ],
)
def test_an_action_means_what_the_standard_says(action: str, state: ReceiptState | None) -> None:
    receipts = CARRIER.parse_receipt(posted(bounce(31, action)))
    assert [one.state for one in receipts] == ([state] if state else [])


@pytest.mark.parametrize(
    "body",
    [
        bounce(31, original=""),
        bounce(31, original="Message-ID: <31.00000000000000000000@notices.example.com>\n"),
        bounce(
            31, original=f"Message-ID: <{References('another secret of 1').of(31)}@notices.example.com>\n"
        ),
        bounce(31, original=f"Message-ID: <1{REFERENCE}@notices.example.com>\n"),
        b"From: asha@example.com\r\nSubject: Re: No service\r\nIn-Reply-To: <"
        + REFERENCE.encode()
        + b"@notices.example.com>\r\n\r\nThank you.",
        b"",
        b"\xff\xfe\x00",
        b"Content-Type: message/delivery-status\r\n\r\nnothing",
    ],
    ids=[
        "no reference",
        "a made-up tag",
        "another's tag",
        "another's number",
        "a customer's answer",
        "empty",
        "noise",
        "half a report",
    ],
)
def test_what_is_no_bounce_of_ours_is_no_receipt(body: bytes) -> None:
    assert CARRIER.parse_receipt(posted(body)) == []


def test_a_bounce_posted_again_with_a_line_more_has_the_same_identity() -> None:
    [first] = CARRIER.parse_receipt(posted(bounce(31)))
    [again] = CARRIER.parse_receipt(posted(b"Received: from relay\r\n" + bounce(31)))
    [other] = CARRIER.parse_receipt(posted(bounce(32)))
    assert first.event_id == again.event_id != other.event_id


def test_a_receipt_holds_nothing_of_the_customer() -> None:
    [receipt] = CARRIER.parse_receipt(posted(bounce(31)))
    assert "somebody" not in repr(receipt)


def test_a_bounce_too_large_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        CARRIER.parse_receipt(posted(bounce(31) + b"x" * 1_000_001))
    assert refused.value.status == 413


@pytest.mark.parametrize("depth", [60, 3000])
def test_a_mail_made_to_break_the_parser_is_refused_or_ignored(depth: int) -> None:
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(depth)
    )
    end = "a receipt"
    try:
        end = str(CARRIER.parse_receipt(posted(nested)))
    except Refused as refused:
        end = refused.reason
    assert end in ("[]", "malformed")


def test_a_pipe_of_two_commands_signs_as_we_verify() -> None:
    """As docs/how-to/connect-a-relay-a-fax-or-a-customers-system.md has it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not on this machine")
    said = subprocess.run(
        [openssl, "dgst", "-sha256", "-hmac", SECRET],
        input=bounce(31),
        capture_output=True,
        check=True,
        timeout=30,
    )
    signature = said.stdout.decode().split()[-1]
    request = replace(posted(bounce(31)), headers={"x-tellfirst-signature": signature})
    assert len(CARRIER.parse_receipt(request)) == 1
