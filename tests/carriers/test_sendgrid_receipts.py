"""SendGrid's signed webhook."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sendgrid_house import KEY, SendGridHouse, public_key, row, signed, signed_bytes

from tellfirst.carriers.port import RawRequest, Receipt, ReceiptState
from tellfirst.carriers.sendgrid import SendGridMail, SendGridSettings
from tellfirst.carriers.sendgrid.codes import BOUNCE_CLASSES, DROP_REASONS, LATER
from tellfirst.domain.errors import Refused

CARRIER: SendGridMail = SendGridHouse().carrier("http://127.0.0.1:9")


def refusal(request: RawRequest, carrier: SendGridMail = CARRIER) -> tuple[str, int]:
    with pytest.raises(Refused) as refused:
        carrier.parse_receipt(request)
    return refused.value.reason, refused.value.status


def test_a_batch_becomes_receipts_with_reference_and_time() -> None:
    rows = [row(1, "processed"), row(1, "delivered"), row(2, "bounce", type="bounce"), row(3, "dropped")]
    receipts = CARRIER.parse_receipt(signed(rows))
    assert receipts[1] == Receipt(
        carrier="sendgrid",
        event_id="delivered-1",
        delivery_id=1,
        state=ReceiptState.DELIVERED,
        carrier_ref="Gd7CkzK4QOqrSPV3iO4YJQ",
        code="",
        at=datetime.fromtimestamp(1_790_000_000, UTC),
    )
    sent, delivered, undelivered = ReceiptState.SENT, ReceiptState.DELIVERED, ReceiptState.UNDELIVERED
    assert [one.state for one in receipts] == [sent, delivered, undelivered, undelivered]
    assert [one.delivery_id for one in receipts] == [1, 1, 2, 3]


@pytest.mark.parametrize("kind", ["deferred", "open", "click", "unsubscribe", "spamreport", "a new word"])
def test_what_settles_no_delivery_is_ignored(kind: str) -> None:
    assert CARRIER.parse_receipt(signed([row(1, kind), row(2)]))[0].delivery_id == 2


def test_mail_of_another_system_on_the_account_is_ignored() -> None:
    foreign = row(1)
    del foreign["delivery"]
    strange = [row(1, delivery=reference) for reference in ("express", "", "-4", "٣", "9" * 19)]
    assert CARRIER.parse_receipt(signed([foreign, *strange, row(2)]))[0].delivery_id == 2


@pytest.mark.parametrize("named", BOUNCE_CLASSES)
def test_a_bounce_carries_its_class(named: str) -> None:
    bounce = row(1, "bounce", bounce_classification=named, reason="550 asha@example.com unknown")
    [receipt] = CARRIER.parse_receipt(signed([bounce]))
    assert receipt.code == f"bounce:{BOUNCE_CLASSES[named]}"
    assert receipt.code in LATER


@pytest.mark.parametrize("named", DROP_REASONS)
def test_a_drop_carries_its_reason(named: str) -> None:
    [receipt] = CARRIER.parse_receipt(signed([row(1, "dropped", reason=named)]))
    assert receipt.code == f"dropped:{DROP_REASONS[named]}"
    assert receipt.code in LATER


def test_free_text_never_gets_into_a_code() -> None:
    rows = [
        row(1, "bounce", bounce_classification="asha@example.com", reason="asha@example.com unknown"),
        row(2, "dropped", reason="Bad address asha@example.com"),
    ]
    receipts = CARRIER.parse_receipt(signed(rows))
    assert [one.code for one in receipts] == ["bounce", "dropped"]
    assert "asha" not in repr(receipts)


def test_the_line_end_is_part_of_what_was_signed() -> None:
    genuine = signed([row(1)])
    assert refusal(replace(genuine, body=genuine.body.strip())) == ("bad_signature", 403)
    rewritten = json.dumps(json.loads(genuine.body), indent=1).encode()
    assert refusal(replace(genuine, body=rewritten)) == ("bad_signature", 403)


def test_the_time_stamp_is_part_of_what_was_signed() -> None:
    genuine = signed([row(1)])
    [name] = [name for name in genuine.headers if name.endswith("timestamp")]
    assert refusal(replace(genuine, headers={**genuine.headers, name: "1"})) == ("bad_signature", 403)


@pytest.mark.parametrize(
    ("age", "taken"), [(0, True), (86_690, True), (86_760, False), (-290, True), (-310, False)]
)
def test_a_signature_is_good_for_a_day_of_retries_and_no_longer(age: int, taken: bool) -> None:
    request = signed([row(1)], timestamp=str(int(time.time()) - age))
    if taken:
        assert len(CARRIER.parse_receipt(request)) == 1
    else:
        assert refusal(request) == ("stale_signature", 403)


def test_the_window_is_a_setting() -> None:
    strict = SendGridMail(SendGridSettings(KEY, "n@example.com", public_key(), receipts_valid_for=300))
    request = signed([row(1)], timestamp=str(int(time.time()) - 310))
    assert refusal(request, strict) == ("stale_signature", 403)


@pytest.mark.parametrize("stamp", ["soon", "٣", "9" * 30, "-5", "1e9", " 5"])
def test_a_signed_time_stamp_that_is_no_time_is_refused(stamp: str) -> None:
    assert refusal(signed([row(1)], timestamp=stamp)) == ("stale_signature", 403)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[" * 100_000,
        b'{"event": "delivered"}',
        b'"text"',
        b"null",
        b"[1]",
        b"[[]]",
        b"[NaN]",
    ],
    ids=lambda body: body[:20].decode(),
)
def test_a_signed_body_of_another_shape_is_refused(body: bytes) -> None:
    assert refusal(signed_bytes(body)) == ("malformed", 400)


@pytest.mark.parametrize(
    "wrong",
    [
        {"event": None},
        {"event": 5},
        {"delivery": 31},
        {"delivery": ["31"]},
        {"sg_event_id": ""},
        {"sg_event_id": 7},
        {"sg_message_id": {}},
        {"timestamp": "1790000000"},
        {"timestamp": True},
        {"timestamp": 10**30},
        {"timestamp": None},
    ],
    ids=str,
)
def test_one_row_of_the_wrong_types_and_nothing_is_taken(wrong: dict[str, object]) -> None:
    assert refusal(signed([row(1), {**row(2), **wrong}])) == ("malformed", 400)


def test_a_thousand_rows_are_taken_and_one_more_is_refused() -> None:
    assert len(CARRIER.parse_receipt(signed([row(n) for n in range(1000)]))) == 1000
    assert refusal(signed([row(n) for n in range(1001)])) == ("too_many_receipts", 400)


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
NAMES = st.sampled_from(["event", "delivery", "timestamp", "sg_event_id", "sg_message_id", "reason"])
ROWS = st.lists(st.dictionaries(NAMES, LEAVES | st.sampled_from(["delivered", "31"])), max_size=4)


@settings(max_examples=200)
@given(rows=ROWS | LEAVES)
def test_whatever_sendgrid_signs_is_read_or_refused(rows: object) -> None:
    try:
        receipts = CARRIER.parse_receipt(signed(rows))
    except Refused:
        return
    assert all(one.delivery_id >= 0 and one.event_id and one.at is not None for one in receipts)
