"""Customers' texts come in here and are answered in the same breath."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from tellfirst.bootstrap import World
from tellfirst.carriers import twilio
from tellfirst.carriers.port import RawRequest
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.receiving import answered, receive
from tellfirst.domain.errors import Refused
from tellfirst.store.engine import writing
from tellfirst.web.door import raw_request

router = APIRouter()


@router.post("/contacts/{carrier}/sms")
async def sms_from_twilio(request: Request, carrier: str) -> Response:
    """An inbound SMS; the answer goes back as TwiML. A repeated one gets the same answer and no second effect."""
    here: World = request.app.state.world
    raw = await raw_request(request.scope, request.receive, here.settings.web_url)
    answer = await run_in_threadpool(_answer, here, carrier, raw)
    return Response(twilio.answer(answer), media_type="application/xml")


def _answer(here: World, carrier: str, request: RawRequest) -> str:
    listener = here.fleet.listener(carrier)
    if not isinstance(listener, twilio.TwilioSms):
        raise Refused("no_such_carrier", "no carrier of this name brings texts from customers", 404)
    sms = listener.parse_inbound(request)
    now = here.clock.now()
    with writing(here.engine) as connection:
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
        answered(connection, reply.contact_id, answer, now)
    return answer
