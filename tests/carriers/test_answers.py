"""A carrier brings one answer to one customer, beside the notices of the ledger: never with a delivery's number."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import twilio_house
from aiohttp import web
from scripted_relay import ScriptedRelay
from scripted_vendor import ScriptedVendor
from sendgrid_house import SendGridHouse
from smtp_house import MAIL, SmtpHouse, relay_settings
from twilio_house import TwilioHouse, TwilioWhatsAppHouse

from tellfirst.carriers.answering import Answers, Written
from tellfirst.carriers.outbox import Outbox, OutboxSettings
from tellfirst.carriers.port import Verdict
from tellfirst.carriers.registry import KINDS
from tellfirst.carriers.sendgrid import SendGridMail
from tellfirst.carriers.smtp import SmtpMail, SmtpSettings
from tellfirst.carriers.twilio import TwilioSms, TwilioWhatsApp
from tellfirst.domain.occasion import Channel

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")]
NUMBER, MAILBOX = "+919876500001", "asha@customers.example"
WRITTEN = Written(7, MAILBOX, "We know.\nNext word by 16:30.", "Re: No signal", "en", "<2@x>", "<1@x> <2@x>")
TEXT = Written(7, NUMBER, "We know & work on it.")


async def taken(request: web.Request) -> web.Response:
    """Twilio's way to take a message."""
    form = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
    return web.json_response({"sid": "SM" + "1" * 32, "to": form["To"], "status": "queued"}, status=201)


@pytest.mark.parametrize("over", ["sms", "whatsapp"])
async def test_a_text_answers_in_free_words_and_asks_for_no_receipt(over: str) -> None:
    async with ScriptedVendor(taken) as vendor:
        carrier: Any = (
            TwilioSms(TwilioHouse().settings(vendor.url))
            if over == "sms"
            else TwilioWhatsApp(TwilioWhatsAppHouse().settings(vendor.url))
        )
        outcome = await carrier.answer(TEXT)
        await carrier.close()
    assert (outcome.delivery_id, outcome.verdict, outcome.carrier_ref) == (
        7,
        Verdict.ACCEPTED,
        "SM" + "1" * 32,
    )
    form = dict(parse_qsl(vendor.seen[0].body.decode()))
    prefix = "whatsapp:" if over == "whatsapp" else ""
    sender = twilio_house.WHATSAPP_SENDER if prefix else twilio_house.SENDER
    assert form == {"To": prefix + NUMBER, "From": prefix + sender, "Body": TEXT.text}


async def test_a_text_that_is_refused_ends_as_twilio_says() -> None:
    async with ScriptedVendor(taken) as vendor:
        vendor.fault = vendor.answer(400, {"code": 63016, "status": 400})
        carrier = TwilioWhatsApp(TwilioWhatsAppHouse().settings(vendor.url))
        outcome = await carrier.answer(TEXT)
        await carrier.close()
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED_FINALLY, "63016")


async def test_an_answer_that_was_taken_for_another_number_is_in_doubt() -> None:
    async def crossed(_request: web.Request) -> web.Response:
        return web.json_response({"sid": "SM" + "1" * 32, "to": "+15005550009"}, status=201)

    async with ScriptedVendor(crossed) as vendor:
        carrier = TwilioSms(TwilioHouse().settings(vendor.url))
        outcome = await carrier.answer(TEXT)
        await carrier.close()
    assert outcome.verdict is Verdict.UNKNOWN


async def test_a_mail_over_sendgrid_stands_in_its_thread_and_names_no_delivery() -> None:
    house = SendGridHouse()
    async with ScriptedVendor(house.accept) as vendor:
        carrier = SendGridMail(house.settings(vendor.url))
        outcome = await carrier.answer(WRITTEN)
        vendor.fault = vendor.answer(401, {"errors": []})
        refused = await carrier.answer(WRITTEN)
        await carrier.close()
    assert (outcome.delivery_id, outcome.verdict) == (7, Verdict.ACCEPTED)
    mail = json.loads(vendor.seen[0].body)
    assert mail["headers"] == {
        "Auto-Submitted": "auto-replied",
        "In-Reply-To": "<2@x>",
        "References": "<1@x> <2@x>",
    }
    assert mail["personalizations"] == [{"to": [{"email": MAILBOX}]}]
    assert (mail["subject"], mail["content"][0]["value"]) == (WRITTEN.subject, WRITTEN.text)
    assert (refused.delivery_id, refused.verdict, refused.stops_carrier) == (7, Verdict.REFUSED_AGAIN, True)


async def test_a_mail_over_a_relay_stands_in_its_thread_and_has_the_same_id_when_it_is_sent_again() -> None:
    async with ScriptedRelay() as relay:
        carrier = SmtpMail(SmtpSettings(relay_settings(relay.port), MAIL))
        outcomes = [await carrier.answer(WRITTEN) for _ in range(2)]
        nobody = await carrier.answer(Written(8, "no address", "x", "y"))
        await carrier.close()
    assert [(one.delivery_id, one.verdict) for one in outcomes] == [(7, Verdict.ACCEPTED)] * 2
    first, second = (one.mail for one in relay.taken)
    assert (first["To"], first["Subject"], first["Auto-Submitted"]) == (
        MAILBOX,
        "Re: No signal",
        "auto-replied",
    )
    assert (first["In-Reply-To"], first["References"]) == ("<2@x>", "<1@x> <2@x>")
    assert first["Message-ID"] == second["Message-ID"]
    assert first.get_content().strip().splitlines() == WRITTEN.text.splitlines()
    assert (nobody.delivery_id, nobody.verdict) == (8, Verdict.REFUSED_FINALLY)


async def test_a_subject_with_a_line_break_begins_no_header() -> None:
    async with ScriptedRelay() as relay:
        carrier = SmtpMail(SmtpSettings(relay_settings(relay.port), MAIL))
        await carrier.answer(Written(7, MAILBOX, "x", "Re: a\r\nBcc: eve@x.example"))
        await carrier.close()
    assert relay.taken[0].mail["Bcc"] is None


async def test_a_fax_answers_with_pages_and_no_words_beside_them() -> None:
    fax_house = pytest.importorskip("fax_house")
    house: SmtpHouse = fax_house.FaxHouse()
    async with ScriptedRelay() as relay:
        carrier: Any = house.carrier(relay.port)
        outcome = await carrier.answer(Written(7, NUMBER, "We know.", "Your fax", "en"))
        nobody = await carrier.answer(Written(8, "unknown", "We know."))
        await carrier.close()
    assert (outcome.delivery_id, outcome.verdict) == (7, Verdict.ACCEPTED)
    mail = relay.taken[0].mail
    assert mail["To"] == f"{NUMBER[1:]}@fax.example"
    [pages] = list(mail.iter_attachments())
    assert pages.get_content().startswith(b"%PDF-")
    assert nobody.verdict is Verdict.REFUSED_FINALLY


@pytest.mark.parametrize(("channel", "ending"), [(Channel.EMAIL, "eml"), (Channel.SMS, "txt")])
async def test_an_outbox_keeps_answers_beside_notices(tmp_path: Path, channel: Channel, ending: str) -> None:
    carrier = Outbox(OutboxSettings(tmp_path / "out", channel))
    outcome = await carrier.answer(WRITTEN)
    assert (outcome.verdict, outcome.carrier_ref) == (Verdict.ACCEPTED, f"answer-7.{ending}")
    assert b"We know." in (tmp_path / "out" / f"answer-7.{ending}").read_bytes()


def test_every_kind_that_can_bring_free_words_brings_answers() -> None:
    """A call says notices only, and a customer's system reads facts; what can bring no answer says so when asked."""
    without = {name for name, kind in KINDS.items() if not issubclass(_class(kind.make), Answers)}
    assert without == {"twilio_voice", "webhook"}


def _class(make: Any) -> type:
    assert isinstance(make, type)
    return make
