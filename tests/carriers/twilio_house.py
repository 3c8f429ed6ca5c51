"""Twilio as the contract sees it: the carrier, its vendor's answers, signed receipts."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from aiohttp import web

from tellfirst.carriers.port import RawRequest
from tellfirst.carriers.twilio import TwilioSettings, TwilioSms

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


class TwilioHouse:
    """The vendor's side keeps what it accepted in `messages`, newest first."""

    name = "twilio"
    secrets: tuple[str, ...] = (TOKEN,)

    def __init__(self) -> None:
        self.messages: list[dict[str, object]] = []

    def address(self, number: int) -> str:
        return f"+9198765{number:05d}"

    def settings(self, base_url: str, timeout: float = 5.0) -> TwilioSettings:
        return TwilioSettings(
            ACCOUNT,
            TOKEN,
            PUBLIC,
            sender=SENDER,
            base_url=base_url,
            timeout=timeout,
            connect_timeout=timeout / 2,
        )

    def carrier(self, base_url: str, timeout: float = 5.0) -> TwilioSms:
        return TwilioSms(self.settings(base_url, timeout))

    async def accept(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            found = [one for one in self.messages if one["to"] == request.query["To"]]
            return web.json_response({"messages": found, "next_page_uri": None, "page": 0})
        form = dict(parse_qsl((await request.read()).decode(), keep_blank_values=True))
        message: dict[str, object] = {
            "sid": f"SM{len(self.messages):032x}",
            "to": form["To"],
            "body": form["Body"],
            "status": "queued",
            "date_created": format_datetime(datetime.now(UTC)),
            "date_sent": None,
        }
        self.messages.insert(0, message)
        return web.json_response(message, status=201)

    def references(self, body: bytes) -> list[int]:
        callback = parse_qs(body.decode()).get("StatusCallback", [""])[0]
        return [int(one) for one in parse_qs(urlsplit(callback).query).get("delivery", [])]

    def receipt(self, delivery_id: int, key: str = TOKEN) -> RawRequest:
        form = {"MessageSid": f"SM{delivery_id}", "MessageStatus": "delivered", "To": self.address(1)}
        return signed(f"{PUBLIC}/receipts/twilio?delivery={delivery_id}", form, key)

    def strangers_receipt(self, delivery_id: int) -> RawRequest:
        return self.receipt(delivery_id, key="the-token-of-another-account")
