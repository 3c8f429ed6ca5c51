"""Customers who text the company, and the replies they get."""

import time
import xml.etree.ElementTree as ET
from uuid import uuid4

import orjson
from aiohttp import ClientError, ClientSession, web

from tellfirst.simulator.carriers.answers import json_answer
from tellfirst.simulator.carriers.entries import Kind, Sms
from tellfirst.simulator.carriers.schema import Schema
from tellfirst.simulator.carriers.segments import segment_count
from tellfirst.simulator.carriers.twilio import Twilio, message_sid
from tellfirst.simulator.carriers.twilio_resource import API_VERSION
from tellfirst.simulator.carriers.webhooks import TwilioWebhook, posted

TWIML_BYTES_MAX = 64 * 1024

_SCHEMA = Schema("customer_sms")


class Customers:
    """The customers' phones."""

    def __init__(self, twilio: Twilio) -> None:
        self._twilio = twilio
        self.session: ClientSession | None = None

    async def text(self, request: web.Request) -> web.Response:
        """POST /customers/sms; answers the inbound webhook's HTTP status and the replies in its TwiML."""
        try:
            text = orjson.loads(await request.read())
        except orjson.JSONDecodeError:
            return json_answer({"error": "The body is not JSON."}, 400)
        if fault := _SCHEMA.fault(text):
            return json_answer({"error": fault.sentence}, 400)
        return await self._deliver(f"SM{uuid4().hex}", text)

    async def _deliver(self, sid: str, text: dict[str, str]) -> web.Response:
        assert self.session is not None
        told: dict[str, object] = {"message_sid": sid, "status": None, "replies": []}
        try:
            async with posted(self.session, self._webhook(sid, text)) as answer:
                twiml, status = await answer.read(), answer.status
        except (ClientError, TimeoutError) as error:
            sentence = f"The inbound webhook gave no answer: {type(error).__name__}."
            return json_answer(told | {"error": sentence}, 502)
        told["status"] = status
        if not 200 <= status < 300:
            return json_answer(told)
        try:
            replies = replies_in(twiml)
        except ValueError as error:
            return json_answer(told | {"error": str(error)})
        for reply in replies:
            self._keep(reply, text)
        return json_answer(told | {"replies": replies})

    def _webhook(self, sid: str, text: dict[str, str]) -> TwilioWebhook:
        account = self._twilio.account
        form = {
            "AccountSid": account.account_sid,
            "ApiVersion": API_VERSION,
            "Body": text["body"],
            "From": text["from"],
            "MessageSid": sid,
            "NumMedia": "0",
            "NumSegments": str(segment_count(text["body"])),
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "SmsStatus": "received",
            "To": text["to"],
        }
        return TwilioWebhook(account.inbound_url, form, account.auth_token)

    def _keep(self, reply: str, text: dict[str, str]) -> None:
        row = self._twilio.truth.next_row
        self._twilio.keep(
            Sms(
                row=row,
                at=time.time(),
                to=text["from"],
                carrier_ref=message_sid(row),
                body=reply,
                sender=text["to"],
                kind=Kind.REPLY,
            )
        )


def replies_in(twiml: bytes) -> list[str]:
    """The text of each <Message> of a TwiML answer; raises ValueError with a sentence if it is not TwiML."""
    if len(twiml) > TWIML_BYTES_MAX:
        raise ValueError(f"The answer is larger than {TWIML_BYTES_MAX} bytes (Twilio 11750).")
    if not twiml.strip():
        return []
    try:
        root = ET.fromstring(twiml)  # noqa: S314 - the company's own answer, size bounded
    except ET.ParseError as error:
        raise ValueError("The answer is not well-formed TwiML (Twilio 12100).") from error
    if root.tag != "Response":
        raise ValueError("The answer's root element is not <Response> (Twilio 12102).")
    return [text for message in root.iter("Message") if (text := _text(message))]


def _text(message: ET.Element) -> str:
    bodies = message.findall("Body")
    return "".join(body.text or "" for body in bodies) if bodies else (message.text or "").strip()
