"""RFC 8058: each customer's own address in the headers, and nothing else, whatever stands in it."""

import json
from dataclasses import replace

import pytest
from contract_terms import batch_of
from scripted_vendor import ScriptedVendor
from sendgrid_house import SendGridHouse

from tellfirst.carriers.unsubscribing import LONGEST, unsubscribe_headers

ADDRESS = "https://notices.example/u/7?t=a.b"


def test_both_headers_are_made_or_none() -> None:
    assert unsubscribe_headers(ADDRESS) == {
        "List-Unsubscribe": f"<{ADDRESS}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    for none in (
        "",
        "http://127.0.0.1:4280/u/7",
        "mailto:leave@notices.example",
        "https://n/" + "a" * LONGEST,
    ):
        assert unsubscribe_headers(none) == {}


@pytest.mark.parametrize(
    "evil",
    [
        f"{ADDRESS}\r\nBcc: everyone@example.com",
        f"{ADDRESS}>, <https://elsewhere.example/",
        f"{ADDRESS}\nX: 1",
        f'{ADDRESS}\u2028\x00\x0b\x85 "quoted" (comment) \\',
    ],
)
def test_no_address_breaks_out_of_its_brackets_or_its_line(evil: str) -> None:
    value = unsubscribe_headers(evil)["List-Unsubscribe"]
    assert value.isascii()
    assert value.isprintable()
    assert (value[0], value.count("<"), value[-1], value.count(">")) == ("<", 1, ">", 1)
    assert not set(value) & set(' "\\')


@pytest.mark.anyio
async def test_sendgrid_gets_each_customers_own_address_and_none_where_there_is_none(
    sendgrid: SendGridHouse, sendgrid_vendor: ScriptedVendor
) -> None:
    carrier = sendgrid.carrier(sendgrid_vendor.url)
    first, second, third = batch_of(sendgrid, 3)
    evil = f"{ADDRESS}\r\nBcc: everyone@example.com"
    await carrier.submit([replace(first, unsubscribe=ADDRESS), replace(second, unsubscribe=evil), third])
    await carrier.close()
    [seen] = sendgrid_vendor.seen
    request = json.loads(seen.body)
    one, two, three = (row.get("headers") for row in request["personalizations"])
    assert one == {
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{ADDRESS}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert two["List-Unsubscribe"] == f"<{ADDRESS}%0D%0ABcc:%20everyone@example.com>"
    assert three is None
    assert request["headers"] == {"Auto-Submitted": "auto-generated"}
