"""How one text is handed to Twilio, and what each of its answers means."""

from collections.abc import AsyncIterator, Callable
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from scripted_vendor import ScriptedVendor
from twilio_house import ACCOUNT, PUBLIC, SENDER, TOKEN, TwilioHouse

from tellfirst.carriers.port import Outbound, Verdict
from tellfirst.carriers.twilio import TwilioSettings, TwilioSms
from tellfirst.carriers.twilio.codes import AT_ONCE

pytestmark = pytest.mark.anyio

Make = Callable[..., Outbound]


@pytest.fixture
async def carrier(twilio: TwilioHouse, twilio_vendor: ScriptedVendor) -> AsyncIterator[TwilioSms]:
    carrier = twilio.carrier(twilio_vendor.url)
    yield carrier
    await carrier.close()


def form_of(vendor: ScriptedVendor) -> dict[str, str]:
    return dict(parse_qsl(vendor.seen[-1].body.decode()))


async def test_a_text_goes_out_with_exactly_these_fields(
    carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make
) -> None:
    await carrier.submit([sms(7, "మీ సేవ: see %link%", link="https://notices.example/s/x", valid_for=1800)])
    [seen] = twilio_vendor.seen
    assert (seen.method, seen.path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert seen.headers["authorization"].startswith("Basic ")
    assert form_of(twilio_vendor) == {
        "To": "+919876500007",
        "From": SENDER,
        "Body": "మీ సేవ: see https://notices.example/s/x",
        "StatusCallback": f"{PUBLIC}/receipts/twilio?delivery=7",
        "ValidityPeriod": "1800",
    }


async def test_a_messaging_service_chooses_the_sender(twilio_vendor: ScriptedVendor, sms: Make) -> None:
    service = "MG" + "b" * 32
    carrier = TwilioSms(
        TwilioSettings(ACCOUNT, TOKEN, PUBLIC, messaging_service_sid=service, base_url=twilio_vendor.url)
    )
    await carrier.submit([sms()])
    await carrier.close()
    form = form_of(twilio_vendor)
    assert form["MessagingServiceSid"] == service
    assert "From" not in form


@pytest.mark.parametrize(
    ("asked", "sent"), [(-5, "1"), (0, "1"), (60, "60"), (36_000, "36000"), (90_000, "36000")]
)
async def test_validity_stays_within_what_twilio_allows(
    carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make, asked: int, sent: str
) -> None:
    await carrier.submit([sms(valid_for=asked)])
    assert form_of(twilio_vendor)["ValidityPeriod"] == sent


@pytest.mark.parametrize("code", sorted(AT_ONCE.keys() - {"20429", "20500"}))
async def test_a_code_decides_whatever_the_text_says(
    carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make, code: str
) -> None:
    document = {"code": int(code), "message": "The 'To' number +919876500007 ...", "status": 400}
    twilio_vendor.fault = twilio_vendor.answer(400, document)
    [outcome] = await carrier.submit([sms()])
    verdict, reason, stops_carrier, _ = AT_ONCE[code]
    assert (outcome.verdict, outcome.reason, outcome.stops_carrier) == (verdict, reason, stops_carrier)
    assert outcome.code == code


@pytest.mark.parametrize(
    ("code", "verdict", "reason", "stops_carrier"),
    [
        (21211, Verdict.REFUSED_FINALLY, "contact_point_refused", False),
        (21610, Verdict.REFUSED_FINALLY, "opted_out", False),
        (21611, Verdict.REFUSED_AGAIN, "throttled", False),
        (21606, Verdict.REFUSED_AGAIN, "refused_by_carrier", True),
        (21408, Verdict.REFUSED_AGAIN, "refused_by_carrier", False),
    ],
)
async def test_the_codes_that_matter_most_mean_what_twilio_says(
    carrier: TwilioSms,
    twilio_vendor: ScriptedVendor,
    sms: Make,
    code: int,
    verdict: Verdict,
    reason: str,
    stops_carrier: bool,
) -> None:
    twilio_vendor.fault = twilio_vendor.answer(400, {"code": code, "status": 400})
    [outcome] = await carrier.submit([sms()])
    assert (outcome.verdict, outcome.reason, outcome.stops_carrier) == (verdict, reason, stops_carrier)


async def test_an_error_of_the_newer_shape_is_read_by_its_code_too(
    carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make
) -> None:
    problem = {"type": "https://twilio.com/x", "title": "Unsubscribed", "status": 400, "code": 21610}
    twilio_vendor.fault = twilio_vendor.answer(400, problem)
    [outcome] = await carrier.submit([sms()])
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED_FINALLY, "21610")


async def test_a_server_fault_with_the_code_of_a_refusal_proves_nothing(
    carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make
) -> None:
    twilio_vendor.fault = twilio_vendor.answer(500, {"code": 21211, "status": 500})
    [outcome] = await carrier.submit([sms()])
    assert outcome.verdict is Verdict.UNKNOWN


async def test_too_many_requests_keeps_code_and_wait(
    carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make
) -> None:
    twilio_vendor.fault = twilio_vendor.answer(429, {"code": 20429, "status": 429}, Retry_After="2")
    [outcome] = await carrier.submit([sms()])
    assert (outcome.verdict, outcome.code, outcome.retry_after) == (Verdict.REFUSED_AGAIN, "20429", 2.0)
    assert outcome.reason == "throttled"


async def test_an_answer_about_another_number_is_doubt(
    carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make
) -> None:
    twilio_vendor.fault = twilio_vendor.answer(201, {"sid": "SM" + "0" * 32, "to": "+15005550001"})
    [outcome] = await carrier.submit([sms()])
    assert (outcome.verdict, outcome.code, outcome.carrier_ref) == (Verdict.UNKNOWN, "answer_for_another", "")


async def test_an_acceptance_without_an_id_is_doubt(
    carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make
) -> None:
    twilio_vendor.fault = twilio_vendor.answer(201, {"to": "+919876500007", "status": "queued"})
    [outcome] = await carrier.submit([sms()])
    assert (outcome.verdict, outcome.carrier_ref) == (Verdict.UNKNOWN, "")


async def test_one_bad_number_does_not_hold_up_the_others(
    twilio: TwilioHouse, carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make
) -> None:
    async def refuse_three(request: web.Request) -> web.StreamResponse:
        if b"delivery%3D3" in await request.read():
            return web.json_response({"code": 21211, "status": 400}, status=400)
        return await twilio.accept(request)

    twilio_vendor.fault = refuse_three
    outcomes = await carrier.submit([sms(number) for number in range(1, 6)])
    refused = [one.delivery_id for one in outcomes if one.verdict is Verdict.REFUSED_FINALLY]
    assert refused == [3]
    assert len(twilio.messages) == 4


async def test_the_process_environment_changes_neither_host_nor_key(
    twilio: TwilioHouse, twilio_vendor: ScriptedVendor, sms: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_EDGE", "dublin")
    carrier = twilio.carrier(twilio_vendor.url)
    [outcome] = await carrier.submit([sms()])
    await carrier.close()
    assert outcome.verdict is Verdict.ACCEPTED


async def test_connections_are_kept_between_calls(
    carrier: TwilioSms, twilio_vendor: ScriptedVendor, sms: Make
) -> None:
    for number in range(10):
        await carrier.submit([sms(number)])
    assert len({seen.peer for seen in twilio_vendor.seen}) == 1
