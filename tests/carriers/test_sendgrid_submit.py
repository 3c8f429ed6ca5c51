"""How a batch becomes requests to SendGrid, and what each of its answers means."""

import json
import logging
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from scripted_vendor import ScriptedVendor
from sendgrid_house import KEY, SendGridHouse, bodies, mail

from tellfirst.carriers.port import Verdict
from tellfirst.carriers.sendgrid import SendGridMail
from tellfirst.domain.message import Message

pytestmark = pytest.mark.anyio


@pytest.fixture
async def carrier(sendgrid: SendGridHouse, sendgrid_vendor: ScriptedVendor) -> AsyncIterator[SendGridMail]:
    carrier = sendgrid.carrier(sendgrid_vendor.url)
    yield carrier
    await carrier.close()


async def test_a_mail_goes_out_with_exactly_these_fields(
    carrier: SendGridMail, sendgrid_vendor: ScriptedVendor
) -> None:
    message = Message("No service. %link%", "No service\r\nBcc: x@example.com", "<p>No service. %link%</p>")
    await carrier.submit([mail(7, message=message)])
    [seen] = sendgrid_vendor.seen
    assert (seen.method, seen.path) == ("POST", "/v3/mail/send")
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["content-type"] == "application/json"
    assert json.loads(seen.body) == {
        "from": {"email": "notices@example.com", "name": "Deccan Mobile"},
        "subject": "No service Bcc: x@example.com",
        "content": [
            {"type": "text/plain", "value": "No service. %link%"},
            {"type": "text/html", "value": "<p>No service. %link%</p>"},
        ],
        "personalizations": [
            {
                "to": [{"email": "customer7@example.com"}],
                "custom_args": {"delivery": "7"},
                "substitutions": {"%link%": "https://n.example/s/1"},
            }
        ],
        "headers": {"Auto-Submitted": "auto-generated"},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
        },
    }


async def test_a_mail_without_html_or_link_has_neither(
    carrier: SendGridMail, sendgrid_vendor: ScriptedVendor
) -> None:
    await carrier.submit([mail(7, message=Message("No service.", "No service"))])
    [body] = bodies(sendgrid_vendor)
    assert body["content"] == [{"type": "text/plain", "value": "No service."}]
    assert "substitutions" not in body["personalizations"][0]


async def test_a_link_cannot_break_out_of_html(
    carrier: SendGridMail, sendgrid_vendor: ScriptedVendor
) -> None:
    await carrier.submit([mail(7, link="https://n.example/s?a=1&b=2\"><script>'")])
    [body] = bodies(sendgrid_vendor)
    put_in = body["personalizations"][0]["substitutions"]["%link%"]
    assert put_in == "https://n.example/s?a=1&b=2%22%3E%3Cscript%3E%27"


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_a_success_that_is_not_202_is_doubt(
    carrier: SendGridMail, sendgrid_vendor: ScriptedVendor, status: int
) -> None:
    async def nearly(request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"X-Message-Id": "x"})

    sendgrid_vendor.fault = nearly
    [outcome] = await carrier.submit([mail(1)])
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, str(status))


async def test_an_acceptance_without_an_id_is_doubt(
    carrier: SendGridMail, sendgrid_vendor: ScriptedVendor
) -> None:
    sendgrid_vendor.fault = sendgrid_vendor.answer(202)
    [outcome] = await carrier.submit([mail(1)])
    assert (outcome.verdict, outcome.carrier_ref) == (Verdict.UNKNOWN, "")


async def test_the_moment_a_limit_is_lifted_becomes_seconds_to_wait(
    carrier: SendGridMail, sendgrid_vendor: ScriptedVendor
) -> None:
    sendgrid_vendor.fault = sendgrid_vendor.answer(429, X_RateLimit_Reset=str(int(time.time()) + 30))
    [outcome] = await carrier.submit([mail(1)])
    assert outcome.retry_after is not None
    assert 28 <= outcome.retry_after <= 30
    sendgrid_vendor.fault = sendgrid_vendor.answer(429, X_RateLimit_Reset="1000")
    [outcome] = await carrier.submit([mail(1)])
    assert outcome.retry_after == 0.0


async def test_connections_are_kept_between_calls(
    carrier: SendGridMail, sendgrid_vendor: ScriptedVendor
) -> None:
    for number in range(10):
        await carrier.submit([mail(number)])
    assert len({seen.peer for seen in sendgrid_vendor.seen}) == 1


def test_the_vendors_logger_stays_silent_when_all_others_talk() -> None:
    assert not logging.getLogger("python_http_client.client").isEnabledFor(logging.DEBUG)
