"""What is posted to a customer's system, how it is signed, and what its answer means."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from scripted_vendor import ScriptedVendor
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from webhook_house import FACTS, SECRET, SENDER, WebhookHouse, notice

from tellfirst.carriers.port import Outbound, RawRequest, Verdict
from tellfirst.carriers.webhook import WebhookCarrier, WebhookSettings
from tellfirst.domain.errors import Refused, SetupError
from tellfirst.domain.facts import Cause
from tellfirst.domain.message import Message

pytestmark = pytest.mark.anyio
AGAIN, FINALLY, UNKNOWN = Verdict.REFUSED_AGAIN, Verdict.REFUSED_FINALLY, Verdict.UNKNOWN


@pytest.fixture
def customer() -> WebhookHouse:
    return WebhookHouse()


@pytest.fixture
async def system(customer: WebhookHouse) -> AsyncIterator[ScriptedVendor]:
    async with ScriptedVendor(customer.accept) as system:
        yield system


@pytest.fixture
async def carrier(customer: WebhookHouse, system: ScriptedVendor) -> AsyncIterator[WebhookCarrier]:
    carrier = customer.carrier(system.url)
    yield carrier
    await carrier.close()


async def test_a_notice_is_posted_with_its_words_its_facts_and_its_alert(
    customer: WebhookHouse, system: ScriptedVendor, carrier: WebhookCarrier
) -> None:
    sent = notice(7, customer.address(7))
    [outcome] = await carrier.submit([sent])
    assert (outcome.verdict, outcome.carrier_ref) == (Verdict.ACCEPTED, "7")
    [seen] = system.seen
    assert (seen.method, seen.path) == ("POST", "/hooks/customer00007")
    assert seen.headers["content-type"] == "application/json"
    posted = json.loads(seen.body)
    cap = posted["data"].pop("cap")
    assert cap.startswith(
        '<?xml version="1.0" encoding="UTF-8"?>\n<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
    )
    assert posted == {
        "type": "notice.update",
        "timestamp": "2026-11-25T09:15:00+00:00",
        "data": {
            "delivery": 7,
            "locale": "en",
            "subject": "No service",
            "text": "No service in Gachibowli.",
            "occasion": "update",
            "facts": json.loads(sent.message.facts),
        },
    }


async def test_planned_work_comes_with_a_calendar(
    customer: WebhookHouse, system: ScriptedVendor, carrier: WebhookCarrier
) -> None:
    facts = replace(FACTS, cause=Cause.PLANNED_WORK)
    await carrier.submit([notice(7, customer.address(7), facts)])
    calendar = customer.taken[0]["data"]["calendar"]
    assert calendar.startswith("BEGIN:VCALENDAR\r\n")
    assert "X-MAINTNOTE-MAINTENANCE-ID:INC-2026-0007\r\n" in calendar


async def test_a_survey_alerts_nobody(customer: WebhookHouse, carrier: WebhookCarrier) -> None:
    await carrier.submit([notice(7, customer.address(7), occasion="survey")])
    assert {"cap", "calendar"} & set(customer.taken[0]["data"]) == set()


async def test_the_receivers_own_library_accepts_the_signature_with_their_own_key_only(
    customer: WebhookHouse, system: ScriptedVendor, carrier: WebhookCarrier
) -> None:
    await carrier.submit([notice(7, customer.address(7))])
    [seen] = system.seen
    text = seen.body.decode()
    Webhook(carrier.key_for(customer.address(7))).verify(text, seen.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(carrier.key_for(customer.address(8))).verify(text, seen.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(carrier.key_for(customer.address(7))).verify(text + " ", seen.headers)


async def test_a_repetition_has_the_same_id_and_the_same_body(
    customer: WebhookHouse, system: ScriptedVendor, carrier: WebhookCarrier
) -> None:
    assert carrier.capabilities.repeatable
    system.fault = system.reset
    sent = [notice(7, customer.address(7))]
    [lost] = await carrier.submit(sent)
    system.fault = None
    [taken] = await carrier.submit(sent)
    first, second = system.seen
    assert (lost.verdict, taken.verdict) == (UNKNOWN, Verdict.ACCEPTED)
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == "7"
    assert first.body == second.body


@pytest.mark.parametrize(
    ("status", "headers", "verdict", "reason", "wait"),
    [
        (400, {}, FINALLY, "refused_by_carrier", None),
        (408, {}, AGAIN, "throttled", None),
        (410, {}, FINALLY, "contact_point_refused", None),
        (413, {}, FINALLY, "refused_by_carrier", None),
        (425, {}, AGAIN, "throttled", None),
        (429, {"Retry-After": "9"}, AGAIN, "throttled", 9.0),
        (503, {"Retry-After": "9"}, AGAIN, "throttled", 9.0),
        (503, {}, UNKNOWN, "answer_lost", None),
        (504, {}, UNKNOWN, "answer_lost", None),
        (302, {"Location": "/elsewhere"}, UNKNOWN, "answer_lost", None),
    ],
)
async def test_one_customers_answer_is_never_the_carriers(
    customer: WebhookHouse,
    system: ScriptedVendor,
    carrier: WebhookCarrier,
    status: int,
    headers: dict[str, str],
    verdict: Verdict,
    reason: str,
    wait: float | None,
) -> None:
    system.fault = system.answer(status, **headers)
    [outcome] = await carrier.submit([notice(7, customer.address(7))])
    assert (outcome.verdict, outcome.code, outcome.reason) == (verdict, str(status), reason)
    assert outcome.retry_after == wait
    assert not outcome.stops_carrier
    assert len(system.seen) == 1


async def test_an_answer_that_never_ends_costs_nothing(
    customer: WebhookHouse, system: ScriptedVendor, carrier: WebhookCarrier
) -> None:
    written = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        answer = web.StreamResponse(status=200)
        await answer.prepare(request)
        try:
            while written < 500:
                await answer.write(b"x" * 65_536)
                written += 1
        except ConnectionError:
            pass
        return answer

    system.fault = endless
    [outcome] = await carrier.submit([notice(7, customer.address(7))])
    assert outcome.verdict is Verdict.ACCEPTED
    assert written < 500


async def test_a_message_without_facts_goes_out_with_its_words(
    customer: WebhookHouse, carrier: WebhookCarrier
) -> None:
    message = Message("How was it? %link%", locale="en")
    await carrier.submit([Outbound(7, customer.address(7), message, link="https://n.example/s/1")])
    assert customer.taken[0] == {
        "type": "notice",
        "data": {"delivery": 7, "locale": "en", "subject": "", "text": "How was it? https://n.example/s/1"},
    }


@pytest.mark.parametrize(
    "facts", ["{", "[]", "{}", '{"occasion":"update"}', "null", '"x"', '{"reference":"\ud800"}']
)
async def test_facts_that_are_none_are_refused_without_a_call(
    customer: WebhookHouse, system: ScriptedVendor, carrier: WebhookCarrier, facts: str
) -> None:
    [outcome] = await carrier.submit([Outbound(7, customer.address(7), Message("x", facts=facts))])
    assert (outcome.verdict, outcome.code) == (FINALLY, "no_facts")
    assert system.seen == []


def test_customers_systems_send_no_receipts(customer: WebhookHouse) -> None:
    carrier = customer.carrier("https://customer.example")
    with pytest.raises(Refused) as refused:
        carrier.parse_receipt(RawRequest("https://notices.example/receipts/webhook", {}, b"{}"))
    assert refused.value.status == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "short"},
        {"sender": "no address"},
        {"sender": "a@b@c"},
        {"sender": "a,b@example.com"},
        {"connect_timeout": 10.0},
        {"private_networks": ("10.0.0.1/8",)},
        {"private_networks": ("everywhere",)},
    ],
)
def test_settings_that_cannot_work_are_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(SetupError) as refused:
        WebhookSettings(**{"secret": SECRET, "sender": SENDER, **wrong})
    assert SECRET not in str(refused.value)
