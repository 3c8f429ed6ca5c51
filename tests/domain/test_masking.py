"""Addresses as they may stand where others read."""

import pytest

from tellfirst.domain.masking import mask, mask_within

NUMBER, MAIL = "+914055500017", "padma.rao@mail.example.in"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        (NUMBER, "+91••••17"),
        ("0044 20 7946 0958", "+00••••58"),
        ("112", "••••"),
        ("", "••••"),
        (MAIL, "p••••@mail.example.in"),
        ("@example.in", "••••@example.in"),
        ("పద్మ@example.in", "ప••••@example.in"),
    ],
)
def test_enough_is_left_to_recognise_ones_own(address: str, masked: str) -> None:
    assert mask(address) == masked


@pytest.mark.parametrize(
    "text",
    [
        f"no route to {NUMBER}: timeout",
        "no route to +91 40555 00017.",
        "no route to +91-4055-500017",
        "To=%2B914055500017&Body=x",
        f"<{MAIL}>: user unknown",
        "GET /v3?to=padma.rao%40mail.example.in",
        "Authorization: Bearer SG.abcdef-ghijk.lmnop",
        "Basic QUM6dG9rZW4=",
        "GET /s/MTIz.c2lnbmF0dXJl HTTP/1.1",
    ],
)
def test_nothing_in_a_text_leads_to_a_customer_or_opens_anything(text: str) -> None:
    masked = mask_within(text)
    for secret in ("40555", "500017", "padma", "SG.abc", "QUM6", "MTIz"):
        assert secret not in masked
    assert "••••" in masked


@pytest.mark.parametrize(
    "text",
    [
        "INC-2026-0007 has moved on since it was read at version 12",
        "delivery 914055500017 of chunk 3 at 2026-11-26 05:13:20.000123+00:00",
        "refused at /receipts/twilio: bad_signature",
        "127.0.0.1:4280",
    ],
)
def test_what_names_nobody_stays_as_it_is(text: str) -> None:
    assert mask_within(text) == text
