"""Customers' texts come in here and are answered in the same breath."""

from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Connection

from tellfirst.bootstrap import World
from tellfirst.carriers import twilio
from tellfirst.carriers.port import RawRequest
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.provoked import withheld
from tellfirst.contacts.receiving import answered, receive
from tellfirst.domain.errors import Refused
from tellfirst.domain.provoked import Purpose
from tellfirst.web.door import raw_request

router = APIRouter()


@router.post("/contacts/{carrier}/sms")
async def sms_from_twilio(request: Request, carrier: str) -> Response:
    """An inbound SMS; the answer goes back as TwiML. A repeated one gets the same answer and no second effect."""
    here: World = request.app.state.world
    raw = await raw_request(request.scope, request.receive, here.settings.web_url)
    sms = await run_in_threadpool(_sms, here, carrier, raw)
    answer = await request.app.state.together.do(partial(_answer, here, sms))
    return Response(twilio.answer(answer), media_type="application/xml")


def _sms(here: World, carrier: str, request: RawRequest) -> twilio.InboundSms:
    listener = here.fleet.listener(carrier)
    if not isinstance(listener, twilio.TwilioSms):
        raise Refused("no_such_carrier", "no carrier of this name brings texts from customers", 404)
    return listener.parse_inbound(request)


def _answer(here: World, sms: twilio.InboundSms, connection: Connection) -> str:
    """In a transaction that others share (web/together.py)."""
    now = here.clock.now()
    text = Inbound(sms.message_sid, sms.sender, sms.body)
    reply = receive(connection, text, here.contact_words, now)
    if reply.already is not None:
        return reply.already
    answer = here.templates.answer(
        reply.kind,
        reply.language,
        reply.facts,
        reply.zone,
        now,
        reply.impact or "down",
        reply.services,
    )
    # Kept either way; what is not sent costs nothing and feeds no loop of two machines.
    served = here.settings.served
    if withheld(connection, Purpose.ANSWER, sms.sender, here.suppression_key, now, served):
        return ""
    answered(connection, reply.contact_id, answer, now)
    return answer
