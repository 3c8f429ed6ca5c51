"""How a batch is cut into requests, and how one bad row is kept from holding up a thousand."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from scripted_vendor import ScriptedVendor
from sendgrid_house import SendGridHouse, bodies, mail

from tellfirst.carriers.port import Verdict
from tellfirst.carriers.sendgrid import SendGridMail
from tellfirst.domain.message import Message

pytestmark = pytest.mark.anyio


@pytest.fixture
async def carrier(sendgrid: SendGridHouse, sendgrid_vendor: ScriptedVendor) -> AsyncIterator[SendGridMail]:
    carrier = sendgrid.carrier(sendgrid_vendor.url)
    yield carrier
    await carrier.close()


def references(body: dict[str, Any]) -> list[int]:
    return [int(one["custom_args"]["delivery"]) for one in body["personalizations"]]


async def test_equal_messages_travel_together_up_to_a_thousand(
    carrier: SendGridMail, sendgrid_vendor: ScriptedVendor
) -> None:
    other = Message("సేవ లేదు", "సేవ లేదు")
    batch = [mail(number) for number in range(2300)] + [
        mail(number, message=other) for number in range(2300, 2305)
    ]
    outcomes = await carrier.submit(batch)
    assert {one.verdict for one in outcomes} == {Verdict.ACCEPTED}
    assert sorted(len(body["personalizations"]) for body in bodies(sendgrid_vendor)) == [5, 300, 1000, 1000]
    assert sorted(one for body in bodies(sendgrid_vendor) for one in references(body)) == list(range(2305))


async def test_a_mailbox_shared_by_a_family_is_in_a_request_once(
    carrier: SendGridMail, sendgrid_vendor: ScriptedVendor
) -> None:
    family = ["home@example.com", "Home@Example.com", " home@example.com"]
    batch = [mail(number, address) for number, address in enumerate(family)] + [mail(9)]
    outcomes = await carrier.submit(batch)
    assert sorted(map(references, bodies(sendgrid_vendor))) == [[0, 9], [1], [2]]
    assert sorted(one.delivery_id for one in outcomes) == [0, 1, 2, 9]


async def test_bad_rows_are_found_and_the_rest_still_goes(
    sendgrid: SendGridHouse, carrier: SendGridMail, sendgrid_vendor: ScriptedVendor
) -> None:
    bad = {17, 18, 611}

    async def refuse_the_bad(request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        for position, one in enumerate(references(body)):
            if one in bad:
                fault = {
                    "message": "Does not contain a valid address.",
                    "field": f"personalizations.{position}.to",
                }
                return web.json_response({"errors": [fault]}, status=400)
        return await sendgrid.accept(request)

    sendgrid_vendor.fault = refuse_the_bad
    outcomes = await carrier.submit([mail(number) for number in range(1000)])
    refused = {one.delivery_id for one in outcomes if one.verdict is Verdict.REFUSED_FINALLY}
    accepted = [one for body in sendgrid.mails for one in references(body)]
    assert refused == bad
    assert sorted(accepted) == sorted(set(range(1000)) - bad)
    assert len(outcomes) == 1000
    assert len(sendgrid_vendor.seen) < 60


async def test_a_fault_in_what_all_rows_share_stops_the_carrier_after_one_call(
    carrier: SendGridMail, sendgrid_vendor: ScriptedVendor
) -> None:
    document = {"errors": [{"message": "The from email does not ...", "field": "from.email", "help": None}]}
    sendgrid_vendor.fault = sendgrid_vendor.answer(400, document)
    outcomes = await carrier.submit([mail(number) for number in range(100)])
    assert {(one.verdict, one.stops_carrier) for one in outcomes} == {(Verdict.REFUSED_AGAIN, True)}
    assert len(sendgrid_vendor.seen) == 1


@pytest.mark.parametrize(
    "body", ["<html>", "[]", '{"errors": "x"}', '{"errors": []}', '{"errors": [{"field": null}]}']
)
async def test_a_400_that_blames_nothing_is_taken_as_the_rows_fault(
    carrier: SendGridMail, sendgrid_vendor: ScriptedVendor, body: str
) -> None:
    sendgrid_vendor.fault = sendgrid_vendor.answer(400, body)
    [outcome] = await carrier.submit([mail(1)])
    assert (outcome.verdict, outcome.stops_carrier) == (Verdict.REFUSED_FINALLY, False)


async def test_a_request_that_gets_no_answer_is_doubt_for_each_of_its_rows(
    sendgrid: SendGridHouse, sendgrid_vendor: ScriptedVendor
) -> None:
    carrier = sendgrid.carrier(sendgrid_vendor.url, timeout=0.2)
    sendgrid_vendor.fault = sendgrid_vendor.hang
    outcomes = await carrier.submit([mail(number) for number in range(3)])
    await carrier.close()
    assert [(one.delivery_id, one.verdict) for one in outcomes] == [(n, Verdict.UNKNOWN) for n in range(3)]
    assert len(sendgrid_vendor.seen) == 1
