"""Customers who call the company: what they hear, and the keys they press."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from uuid import uuid4

import orjson

from tellfirst.simulator.carriers.account import Account
from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.client import Client, NoAnswerError
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.receipts.webhooks import TwilioWebhook, posted
from tellfirst.simulator.carriers.schema import Schema
from tellfirst.simulator.carriers.twilio.steps import API_VERSION

TWIML_BYTES_MAX = 64 * 1024
_SCHEMA = Schema(__package__, "customer_call")


@dataclass(slots=True)
class _Call:
    """A call as it goes on: what was heard after each request, and where the keys go."""

    sid: str
    caller: str
    called: str
    status: int | None = None
    heard: list[list[str]] = field(default_factory=list)
    dialled: str | None = None
    asks_at: str | None = None


async def call_company(request: Request, account: Account, client: Client) -> Answer:
    """POST /customers/call; answers what was heard at first and after each key, and whom it was connected with."""
    try:
        wanted = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return json_answer({"error": "The body is not JSON."}, 400)
    if flaw := _SCHEMA.flaw(wanted):
        return json_answer({"error": flaw.sentence}, 400)
    call = _Call(f"CA{uuid4().hex}", wanted["from"], wanted["to"], asks_at=account.twilio.voice_url)
    try:
        for key in ("", *wanted.get("keys", ())):
            if not call.asks_at:
                break
            await _ask(account, client, call, key)
    except (NoAnswerError, ValueError) as error:
        return json_answer(_told(call) | {"error": f"The call broke off: {error}."}, 502)
    return json_answer(_told(call))


def _told(call: _Call) -> dict[str, object]:
    return {"call_sid": call.sid, "status": call.status, "heard": call.heard, "dialled": call.dialled}


async def _ask(account: Account, client: Client, call: _Call, key: str) -> None:
    """Raises NoAnswerError, and ValueError for what is no TwiML."""
    form = {
        "AccountSid": account.twilio.account_sid,
        "ApiVersion": API_VERSION,
        "CallSid": call.sid,
        "CallStatus": "in-progress" if call.heard else "ringing",
        "Direction": "inbound",
        "From": call.caller,
        "To": call.called,
    }
    if key:
        form["Digits"] = key
    url, call.asks_at = call.asks_at or "", None
    answered = await posted(client, TwilioWebhook(url, form, account.twilio.auth_token))
    call.status = answered.status
    if not 200 <= answered.status < 300:
        return
    root = _read(answered.body)
    call.heard.append([(said.text or "").strip() for said in root.iter() if said.tag in ("Say", "Play")])
    gather, dial = root.find("Gather"), root.find("Dial")
    call.asks_at = gather.get("action") if gather is not None else None
    call.dialled = (dial.text or "").strip() if dial is not None else call.dialled


def _read(twiml: bytes) -> ET.Element:
    if len(twiml) > TWIML_BYTES_MAX:
        raise ValueError("the answer is too large (Twilio 11750)")
    try:
        root = ET.fromstring(twiml)  # noqa: S314 - the company's own answer, size bounded
    except ET.ParseError as error:
        raise ValueError("the answer is not well-formed TwiML (Twilio 12100)") from error
    if root.tag != "Response":
        raise ValueError("the root element is not <Response> (Twilio 12102)")
    return root
