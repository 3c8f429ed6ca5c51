"""Signatures, segments, waits and the table of special recipients."""

import pytest
import smsutil
from twilio.request_validator import RequestValidator

from tellfirst.simulator.carriers.receipts.pace import Pace
from tellfirst.simulator.carriers.receipts.signature import twilio_signature
from tellfirst.simulator.carriers.special_recipients import (
    ORDINARY_MAIL,
    ORDINARY_PHONE,
    SPECIAL_PHONE_ENDINGS,
    fate_of_mail,
    fate_of_phone,
)
from tellfirst.simulator.carriers.truth.entries import reference_in
from tellfirst.simulator.carriers.twilio.segments import segment_count


@pytest.mark.parametrize(
    "length", [1, 66, 67, 68, 70, 71, 134, 135, 152, 153, 154, 160, 161, 306, 307, 459, 1600]
)
@pytest.mark.parametrize("unit", ["a", "ç", "Ç", "€", "తె", "😀", "a€", "a😀"])
def test_segments_are_counted_as_an_independent_counter_does(unit: str, length: int) -> None:
    text = (unit * length)[:length]
    assert segment_count(text) == len(smsutil.split(text).parts)


def test_waits_stay_within_their_span_and_follow_the_seed() -> None:
    pace = Pace(7, (0.05, 0.3))
    for row in range(1, 500):
        first, second = pace.due(row, 1000.0)
        assert 0.05 <= first - 1000.0 <= 0.3 + 1e-9
        assert 0.05 - 1e-9 <= second - first <= 0.3 + 1e-9
    assert pace.due(3, 1000.0) == Pace(7, (0.05, 0.3)).due(3, 1000.0)
    assert pace.due(3, 1000.0) != Pace(8, (0.05, 0.3)).due(3, 1000.0)
    assert len({tuple(pace.due(row, 0.0)) for row in range(500)}) == 500


def test_only_the_last_four_digits_make_a_number_special() -> None:
    assert SPECIAL_PHONE_ENDINGS.keys() == {"0404", "0406", "0211", "0610", "0003", "0429"}
    assert fate_of_phone("+919000404000") is ORDINARY_PHONE


def test_only_the_start_of_an_address_makes_it_special() -> None:
    assert fate_of_mail("no-bounce@home.example") == ORDINARY_MAIL
    assert fate_of_mail("ravi@bounce.example") == ORDINARY_MAIL


@pytest.mark.parametrize("form", [{"b": "2", "a": "1", "B": ""}, {"Body": "తెలుగు & more"}, {}])
def test_a_form_in_any_order_is_signed_as_the_sdk_expects(form: dict[str, str]) -> None:
    url = "https://company.example/receipts?delivery=D1"
    assert twilio_signature("token", url, form) == RequestValidator("token").compute_signature(url, form)


@pytest.mark.parametrize(
    ("url", "reference"),
    [
        ("https://c.example/receipts?delivery=D-17&x=1", "D-17"),
        ("https://c.example/receipts?x=1&delivery=a%3Ab+c", "a:b c"),
        ("https://c.example/receipts?delivery=1&delivery=2#rc=3", "2"),
        ("https://c.example/receipts?mydelivery=1", None),
        ("https://c.example/delivery=1?x=2#&delivery=3", None),
        ("https://c.example/receipts?delivery=", None),
        (None, None),
    ],
)
def test_our_reference_is_read_from_the_query(url: str | None, reference: str | None) -> None:
    assert reference_in(url) == reference
