"""Customers' texts and WhatsApp messages come in here and are answered in the same breath."""

from datetime import datetime
from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from tellfirst.bootstrap import World
from tellfirst.carriers import twilio
from tellfirst.carriers.port import RawRequest
from tellfirst.carriers.twilio import InboundSms
from tellfirst.contacts.answering import BY_THE_CARRIER, left_to_the_carrier, said_at_once, take_in
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.provoked import withheld
from tellfirst.contacts.receiving import Reply
from tellfirst.domain.contact import Door, Intent
from tellfirst.domain.provoked import Purpose
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
    text = await run_in_threadpool(_read, here, carrier, raw)
    try:
        answer = await request.app.state.together.do(partial(_answer, here, text))
    except IntegrityError:
        # Another process keeps the same text at the same moment; by now it has, and its answer is found.
        answer = await request.app.state.together.do(partial(_answer, here, text))
    return Response(twilio.answer(answer), media_type="application/xml")


def _read(here: World, carrier: str, request: RawRequest) -> InboundSms:
    return listening(here, carrier).parse_inbound(request)


def _answer(here: World, text: InboundSms, connection: Connection) -> str:
    """In a transaction that others share (web/together.py)."""
    silent: list[str] = []

    def give(connection: Connection, reply: Reply, words: str, now: datetime) -> None:
        if text.opt_out in UNDERSTOOD:
            left_to_the_carrier(connection, reply, words, now)
            silent.append(BY_THE_CARRIER)
        # Kept either way; what is not sent costs nothing and feeds no loop of two machines.
        elif trip := withheld(
            *(connection, Purpose.ANSWER, text.sender, here.suppression_key, now, here.settings.served)
        ):
            silent.append(trip)
        else:
            said_at_once(connection, reply, words, now)

    said = take_in(connection, here.desk, _brought(text), here.clock.now(), give=give)
    return "" if silent else said.text


def _brought(text: InboundSms) -> Inbound:
    door = Door.WHATSAPP if text.over_whatsapp else Door.SMS
    return Inbound(text.message_sid, text.sender, text.body, door, meant=UNDERSTOOD.get(text.opt_out))
