"""Customers who text the company, and the replies they get."""

import time
import xml.etree.ElementTree as ET
from uuid import uuid4

import orjson

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.client import Client, NoAnswerError
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.receipts.webhooks import TwilioWebhook, posted
from tellfirst.simulator.carriers.schema import Schema
from tellfirst.simulator.carriers.truth.entries import Channel, Kind, Text
from tellfirst.simulator.carriers.twilio.messages import TEXTS
from tellfirst.simulator.carriers.twilio.segments import segment_count
from tellfirst.simulator.carriers.twilio.sids import new_sid
from tellfirst.simulator.carriers.twilio.steps import API_VERSION
from tellfirst.simulator.carriers.twilio.whatsapp import WHATSAPP, WINDOW_SECONDS

TWIML_BYTES_MAX = 64 * 1024

_SCHEMA = Schema(__package__, "customer_sms")


async def text_company(request: Request, account: Account, client: Client) -> Answer:
    """POST /customers/sms; answers the inbound webhook's HTTP status and the replies in its TwiML."""
    try:
        text = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return json_answer({"error": "The body is not JSON."}, 400)
    if flaw := _SCHEMA.flaw(text):
        return json_answer({"error": flaw.sentence}, 400)
    if text["from"].startswith(WHATSAPP):
        account.whatsapp_windows[text["from"]] = time.time() + WINDOW_SECONDS
    return await _deliver(account, client, f"SM{uuid4().hex}", text)


async def _deliver(account: Account, client: Client, sid: str, text: dict[str, str]) -> Answer:
    told: dict[str, object] = {"message_sid": sid, "status": None, "replies": []}
    try:
        answered = await posted(client, _webhook(account, sid, text))
    except NoAnswerError as error:
        return json_answer(told | {"error": f"The inbound webhook gave no answer: {error}."}, 502)
    told["status"] = answered.status
    if not 200 <= answered.status < 300:
        return json_answer(told)
    try:
        replies = replies_in(answered.body)
    except ValueError as error:
        return json_answer(told | {"error": str(error)})
    for reply in replies:
        TEXTS.keep(account, _reply(account, reply, text))
    return json_answer(told | {"replies": replies})


def _webhook(account: Account, sid: str, text: dict[str, str]) -> TwilioWebhook:
    form = {
        "AccountSid": account.twilio.account_sid,
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
    return TwilioWebhook(account.twilio.inbound_url, form, account.twilio.auth_token)


def _reply(account: Account, reply: str, text: dict[str, str]) -> Text:
    row = account.truth.next_row
    return Text(
        row=row,
        at=time.time(),
        to=text["from"],
        carrier_ref=new_sid("SM", row),
        body=reply,
        sender=text["to"],
        kind=Kind.REPLY,
        channel=Channel.WHATSAPP if text["from"].startswith(WHATSAPP) else Channel.SMS,
        segments=segment_count(reply),
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
