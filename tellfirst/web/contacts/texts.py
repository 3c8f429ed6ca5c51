"""Customers' texts and WhatsApp messages come in here and are answered in the same breath."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from tellfirst.bootstrap import World
from tellfirst.carriers import twilio
from tellfirst.carriers.port import RawRequest
from tellfirst.carriers.twilio import InboundSms
from tellfirst.contacts.answering import left_to_the_carrier, said_at_once, take
from tellfirst.contacts.inbound import Inbound
from tellfirst.domain.contact import Door, Intent
from tellfirst.web.contacts.accounts import listening
from tellfirst.web.door import raw_request

router = APIRouter()
UNDERSTOOD = {"STOP": Intent.STOP, "START": Intent.START, "HELP": Intent.OTHER}
"""Twilio's words for what it has understood and answered by itself (Advanced Opt-Out)."""


@router.post("/contacts/{carrier}/sms")
@router.post("/contacts/{carrier}/whatsapp")
async def text_from_twilio(request: Request, carrier: str) -> Response:
    """A text, over whichever of the two; the answer goes back as TwiML, which over WhatsApp is free within 24 hours
    of the question. A repeated one gets the same answer and no second effect."""
    here: World = request.app.state.world
    raw = await raw_request(request.scope, request.receive, here.settings.web_url)
    answer = await run_in_threadpool(_answer, here, carrier, raw)
    return Response(twilio.answer(answer), media_type="application/xml")


def _answer(here: World, carrier: str, request: RawRequest) -> str:
    text = listening(here, carrier).parse_inbound(request)
    is_answered = text.opt_out in UNDERSTOOD
    give = left_to_the_carrier if is_answered else said_at_once
    said = take(here.desk, _brought(text), here.clock.now(), give=give)
    return "" if is_answered else said.text


def _brought(text: InboundSms) -> Inbound:
    door = Door.WHATSAPP if text.over_whatsapp else Door.SMS
    return Inbound(text.message_sid, text.sender, text.body, door, meant=UNDERSTOOD.get(text.opt_out))
