"""How one WhatsApp message is handed to Twilio: an approved template and its values, and nothing else."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from scripted_vendor import ScriptedVendor
from twilio_house import ACCOUNT, CONTENT, PUBLIC, WHATSAPP_SENDER, TwilioWhatsAppHouse, ends_when_refused

from tellfirst.carriers.port import Outbound, ReceiptState, Verdict
from tellfirst.carriers.twilio import ContentTemplate, TwilioWhatsApp
from tellfirst.carriers.twilio.api import History, Listed
from tellfirst.carriers.twilio.content import fill, recognised
from tellfirst.carriers.twilio.reconcile import settle
from tellfirst.domain.message import PERSONAL_LINK, Message

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
VALUES = {
    "company": "Deccan Mobile",
    "place": "కూకట్‌పల్లి",
    "reference": "INC-2026-0007",
    "link": PERSONAL_LINK,
}


def message(number: int = 7, occasion: str = "first_word", locale: str = "en", **values: str) -> Outbound:
    words = Message(
        "No service.", locale=locale, occasion=occasion, values=tuple({**VALUES, **values}.items())
    )
    return Outbound(
        number, f"+9198765{number:05d}", words, link=f"https://s.example/{number}", intended_at=NOW
    )


@pytest.fixture
def house() -> TwilioWhatsAppHouse:
    return TwilioWhatsAppHouse()


@pytest.fixture
async def vendor(house: TwilioWhatsAppHouse) -> AsyncIterator[ScriptedVendor]:
    async with ScriptedVendor(house.accept) as vendor:
        yield vendor


@pytest.fixture
async def carrier(house: TwilioWhatsAppHouse, vendor: ScriptedVendor) -> AsyncIterator[TwilioWhatsApp]:
    carrier = house.carrier(vendor.url)
    yield carrier
    await carrier.close()


def form_of(vendor: ScriptedVendor) -> dict[str, str]:
    return dict(parse_qsl(vendor.seen[-1].body.decode()))


async def test_a_message_goes_out_with_exactly_these_fields(
    carrier: TwilioWhatsApp, vendor: ScriptedVendor
) -> None:
    [outcome] = await carrier.submit([replace(message(), valid_for=1800)])
    assert outcome.verdict is Verdict.ACCEPTED
    [seen] = vendor.seen
    assert (seen.method, seen.path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    form = form_of(vendor)
    assert json.loads(form.pop("ContentVariables")) == {
        "1": "Deccan Mobile",
        "2": "కూకట్‌పల్లి",
        "3": "https://s.example/7",
        "4": "INC-2026-0007",
    }
    assert form == {
        "To": "whatsapp:+919876500007",
        "From": f"whatsapp:{WHATSAPP_SENDER}",
        "ContentSid": CONTENT.sid,
        "StatusCallback": f"{PUBLIC}/receipts/twilio_whatsapp?delivery=7",
        "ValidityPeriod": "1800",
    }


async def test_what_no_approved_template_says_is_refused_without_a_call(
    carrier: TwilioWhatsApp, vendor: ScriptedVendor
) -> None:
    batch = [
        message(1, occasion="update"),
        message(2, locale="te"),
        message(3, place=""),
        message(4),
        replace(message(5), message=Message("No service.", locale="en", occasion="first_word")),
    ]
    outcomes = {one.delivery_id: one for one in await carrier.submit(batch)}
    assert outcomes[4].verdict is Verdict.ACCEPTED
    for number in (1, 2, 3, 5):
        refused = outcomes[number]
        assert (refused.verdict, refused.reason) == (Verdict.REFUSED_FINALLY, "no_template")
        assert not refused.stops_carrier
    assert len(vendor.seen) == 1


def test_the_first_template_whose_values_are_all_known_is_filled() -> None:
    full = ContentTemplate("HX" + "1" * 32, ("reference", "estimate"))
    bare = ContentTemplate("HX" + "2" * 32, ("reference",))
    for outbound, template in ((message(estimate="16:30 IST"), full), (message(), bare)):
        filled = fill((full, bare), outbound)
        assert filled is not None
        assert filled.template == template
    assert fill((full,), message()) is None


def test_no_value_holds_a_line_break_or_a_run_of_spaces() -> None:
    filled = fill((CONTENT,), message(place="Gachi\nbowli\t and     around"))
    assert filled is not None
    assert filled.values[1] == "Gachi bowli and around"


@pytest.mark.parametrize(
    ("code", "ends"),
    [
        (63003, (Verdict.REFUSED_FINALLY, "contact_point_refused", False)),
        (63024, (Verdict.REFUSED_FINALLY, "contact_point_refused", False)),
        (63032, (Verdict.REFUSED_FINALLY, "contact_point_refused", False)),
        (63016, (Verdict.REFUSED_FINALLY, "refused_by_carrier", False)),
        (63049, (Verdict.REFUSED_FINALLY, "refused_by_carrier", False)),
        (63018, (Verdict.REFUSED_AGAIN, "throttled", False)),
        (63007, (Verdict.REFUSED_AGAIN, "refused_by_carrier", True)),
        (21610, (Verdict.REFUSED_FINALLY, "opted_out", False)),
    ],
)
async def test_the_codes_of_whatsapp_mean_what_twilio_says(
    house: TwilioWhatsAppHouse, code: int, ends: tuple[Verdict, str, bool]
) -> None:
    assert await ends_when_refused(house, message(), code) == ends


async def test_an_answer_about_a_number_without_whatsapp_is_doubt(
    carrier: TwilioWhatsApp, vendor: ScriptedVendor
) -> None:
    vendor.fault = vendor.answer(201, {"sid": "SM" + "0" * 32, "to": "+919876500007"})
    [outcome] = await carrier.submit([message()])
    assert (outcome.verdict, outcome.code) == (Verdict.UNKNOWN, "answer_for_another")


async def test_a_message_whose_answer_was_lost_is_found_again_by_all_its_values(
    house: TwilioWhatsAppHouse, carrier: TwilioWhatsApp, vendor: ScriptedVendor
) -> None:
    async def take_and_fall_silent(request: web.Request) -> web.StreamResponse:
        await house.accept(request)
        return await vendor.reset(request)

    outbound = replace(message(), intended_at=datetime.now(UTC))
    vendor.fault = take_and_fall_silent
    [lost] = await carrier.submit([outbound])
    vendor.fault = None
    [found] = await carrier.reconcile([outbound])
    assert lost.verdict is Verdict.UNKNOWN
    assert (found.verdict, found.carrier_ref) == (Verdict.ACCEPTED, house.messages[0]["sid"])
    assert "To=whatsapp:%2B919876500007" in vendor.seen[-1].path


def settled(history: History, template: ContentTemplate = CONTENT) -> tuple[Verdict, str]:
    [outcome] = settle([message()], history, lambda row, young: recognised(fill((template,), row), young))
    return outcome.verdict, outcome.code


def listed(sid: str, body: str, after: float = 1.0) -> Listed:
    return Listed(sid, body, NOW + timedelta(seconds=after))


OURS = "Deccan Mobile: కూకట్‌పల్లి, INC-2026-0007 https://s.example/7"


def test_only_an_empty_list_proves_that_whatsapp_has_it_not() -> None:
    assert settled(History([], is_whole=True))[0] is Verdict.REFUSED_AGAIN
    assert settled(History([listed("SM1", OURS, after=-600)], is_whole=True))[0] is Verdict.REFUSED_AGAIN
    assert settled(History([], is_whole=False)) == (Verdict.UNKNOWN, "list_too_long")


@pytest.mark.parametrize("body", ["", "another text", "Deccan Mobile: INC-2026-0007"])
def test_a_body_that_does_not_show_all_our_values_proves_nothing(body: str) -> None:
    assert settled(History([listed("SM1", body)], is_whole=True)) == (Verdict.UNKNOWN, "which_message")


def test_two_bodies_that_show_all_our_values_leave_the_doubt() -> None:
    both = [listed("SM2", OURS), listed("SM1", OURS)]
    assert settled(History(both, is_whole=True)) == (Verdict.UNKNOWN, "which_message")


def test_a_template_without_our_reference_cannot_be_recognised() -> None:
    bare = ContentTemplate(CONTENT.sid, ("company",))
    assert settled(History([listed("SM1", OURS)], is_whole=True), bare) == (Verdict.UNKNOWN, "which_message")


def test_a_message_that_was_read_is_delivered(house: TwilioWhatsAppHouse) -> None:
    house.delivered = lambda _: {"MessageSid": "SM31", "MessageStatus": "read"}  # type: ignore[method-assign]
    [receipt] = house.carrier("http://127.0.0.1:9").parse_receipt(house.receipt(31))
    assert (receipt.state, receipt.event_id, receipt.carrier) == (
        ReceiptState.DELIVERED,
        "SM31:read",
        "twilio_whatsapp",
    )
