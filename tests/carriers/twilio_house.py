"""Twilio as the contract sees it: the carrier, its vendor's answers, signed receipts."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from aiohttp import web
from contract_terms import House
from scripted_vendor import ScriptedVendor

from tellfirst.carriers.port import Outbound, RawRequest, Verdict
from tellfirst.carriers.twilio import (
    ContentTemplate,
    TwilioSettings,
    TwilioSms,
    TwilioVoice,
    TwilioWhatsApp,
    VoiceSettings,
    WhatsAppSettings,
)

ACCOUNT, TOKEN = "AC" + "a" * 32, "the-auth-token-of-the-tests"
SENDER = "+15005550006"
PUBLIC = "https://notices.example"


def sign(url: str, form: dict[str, str], token: str = TOKEN) -> str:
    """Twilio's signature by a second implementation: HMAC-SHA1 over address and sorted fields."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def signed(url: str, form: dict[str, str], token: str = TOKEN) -> RawRequest:
    """A webhook as Twilio posts it."""
    return RawRequest(url, {"x-twilio-signature": sign(url, form, token)}, urlencode(form).encode())


WHATSAPP_SENDER = "+14155238886"
CLIPS = "https://clips.example/notices"
CONTENT = ContentTemplate("HX" + "c" * 32, ("company", "place", "link", "reference"))


class TwilioSide:
    """What Twilio's houses have in common. It keeps what it accepted in `messages`, newest first."""

    name = ""
    listed_as = "messages"
    secrets: tuple[str, ...] = (TOKEN,)

    def __init__(self) -> None:
        self.messages: list[dict[str, object]] = []

    def address(self, number: int) -> str:
        return f"+9198765{number:05d}"

    def account(self, base_url: str, timeout: float, **channel: Any) -> TwilioSettings:
        times = {"timeout": timeout, "connect_timeout": timeout / 2}
        return TwilioSettings(ACCOUNT, TOKEN, PUBLIC, base_url=base_url, **times, **channel)

    async def accept(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            found = [one for one in self.messages if one["to"] == request.query["To"]]
            return web.json_response({self.listed_as: found, "next_page_uri": None, "page": 0})
        form = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        message: dict[str, object] = {
            "sid": f"SM{len(self.messages):032x}",
            "to": form["To"],
            "status": "queued",
            "date_created": format_datetime(datetime.now(UTC)),
            **self.kept(form),
        }
        self.messages.insert(0, message)
        return web.json_response(message, status=201)

    def kept(self, form: dict[str, str]) -> dict[str, object]:
        """What only this resource remembers."""
        raise NotImplementedError

    def references(self, body: bytes) -> list[int]:
        callback = parse_qs(body.decode()).get("StatusCallback", [""])[0]
        return [int(one) for one in parse_qs(urlsplit(callback).query).get("delivery", [])]

    def delivered(self, delivery_id: int) -> dict[str, str]:
        """The fields of a receipt that says so."""
        return {"MessageSid": f"SM{delivery_id}", "MessageStatus": "delivered", "To": self.address(1)}

    def receipt(self, delivery_id: int, key: str = TOKEN) -> RawRequest:
        url = f"{PUBLIC}/receipts/{self.name}?delivery={delivery_id}"
        return signed(url, self.delivered(delivery_id), key)

    def strangers_receipt(self, delivery_id: int) -> RawRequest:
        return self.receipt(delivery_id, key="the-token-of-another-account")


class TwilioHouse(TwilioSide):
    """Texts."""

    name = "twilio"

    def settings(self, base_url: str, timeout: float = 5.0) -> TwilioSettings:
        return self.account(base_url, timeout, sender=SENDER)

    def carrier(self, base_url: str, timeout: float = 5.0) -> TwilioSms:
        return TwilioSms(self.settings(base_url, timeout))

    def kept(self, form: dict[str, str]) -> dict[str, object]:
        return {"body": form["Body"], "date_sent": None}


class TwilioVoiceHouse(TwilioSide):
    """Twilio's calls: the list knows to whom and when, and not what was said."""

    name = "twilio_voice"
    listed_as = "calls"

    def settings(self, base_url: str, timeout: float = 5.0, **voice: Any) -> TwilioSettings:
        return self.account(base_url, timeout, voice=VoiceSettings(SENDER, **voice))

    def carrier(self, base_url: str, timeout: float = 5.0, **voice: Any) -> TwilioVoice:
        return TwilioVoice(self.settings(base_url, timeout, **voice))

    def kept(self, form: dict[str, str]) -> dict[str, object]:
        return {"sid": f"CA{len(self.messages):032x}", "start_time": None}

    def delivered(self, delivery_id: int) -> dict[str, str]:
        return {"CallSid": f"CA{delivery_id}", "CallStatus": "completed", "To": self.address(1)}


class TwilioWhatsAppHouse(TwilioSide):
    """WhatsApp over Twilio: the list shows the filled template."""

    name = "twilio_whatsapp"

    def settings(self, base_url: str, timeout: float = 5.0) -> TwilioSettings:
        templates = {("first_word", "en"): (CONTENT,)}
        return self.account(base_url, timeout, whatsapp=WhatsAppSettings(WHATSAPP_SENDER, templates))

    def carrier(self, base_url: str, timeout: float = 5.0) -> TwilioWhatsApp:
        return TwilioWhatsApp(self.settings(base_url, timeout))

    def kept(self, form: dict[str, str]) -> dict[str, object]:
        values = json.loads(form["ContentVariables"])
        return {
            "body": f"A word from {values['1']}: no service in {values['2']}. {values['3']} {values['4']}"
        }


async def ends_when_refused(house: House, outbound: Outbound, code: int) -> tuple[Verdict, str, bool]:
    """How a message ends that Twilio refuses with `code`: the verdict, the reason, whether the carrier is closed."""
    async with ScriptedVendor(house.accept) as vendor:
        vendor.fault = vendor.answer(400, {"code": code, "status": 400})
        carrier = house.carrier(vendor.url)
        [outcome] = await carrier.submit([outbound])
        await carrier.close()
    assert outcome.code == str(code)
    return outcome.verdict, outcome.reason, outcome.stops_carrier
