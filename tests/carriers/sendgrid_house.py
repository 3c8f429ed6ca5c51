"""SendGrid as the contract sees it: the carrier, its vendor's answers, signed receipts."""

import base64
import json
import time
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from scripted_vendor import ScriptedVendor

from tellfirst.carriers.port import Outbound, RawRequest
from tellfirst.carriers.sendgrid import SendGridMail, SendGridSettings
from tellfirst.domain.message import Message

KEY = "SG.the-api-key-of-the-tests"
SIGNER = ec.generate_private_key(ec.SECP256R1())
MESSAGE = Message("No service. %link%", "No service", "<p>No service. %link%</p>")
STRANGER = ec.generate_private_key(ec.SECP256R1())


def mail(
    number: int, address: str = "", message: Message = MESSAGE, link: str = "https://n.example/s/1"
) -> Outbound:
    """A mail for delivery `number`."""
    return Outbound(number, address or f"customer{number}@example.com", message, link=link)


def bodies(vendor: ScriptedVendor) -> list[dict[str, Any]]:
    """What was posted to SendGrid, in order."""
    return [json.loads(seen.body) for seen in vendor.seen]


def public_key(signer: ec.EllipticCurvePrivateKey = SIGNER) -> str:
    """As SendGrid shows it: base64 of the DER form."""
    der = signer.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def signed_bytes(
    body: bytes, timestamp: str | None = None, signer: ec.EllipticCurvePrivateKey = SIGNER
) -> RawRequest:
    """A webhook with any body, signed over time stamp and raw bytes without SendGrid's SDK."""
    stamp = timestamp if timestamp is not None else str(int(time.time()))
    signature = signer.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    headers = {
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "x-twilio-email-event-webhook-timestamp": stamp,
    }
    return RawRequest("https://notices.example/receipts/sendgrid", headers, body)


def signed(rows: object, timestamp: str | None = None) -> RawRequest:
    """A webhook as SendGrid posts it: JSON with a line end, which is signed too."""
    return signed_bytes(json.dumps(rows).encode() + b"\r\n", timestamp)


def row(delivery_id: int, kind: str = "delivered", **fields: object) -> dict[str, object]:
    """One row of SendGrid's webhook."""
    return {
        "email": "asha@example.com",
        "timestamp": 1_790_000_000,
        "event": kind,
        "sg_event_id": f"{kind}-{delivery_id}",
        "sg_message_id": "Gd7CkzK4QOqrSPV3iO4YJQ.recvd-5f5d4-abc.0",
        "delivery": str(delivery_id),
        **fields,
    }


class SendGridHouse:
    """The vendor's side keeps the mails it accepted."""

    name = "sendgrid"
    secrets: tuple[str, ...] = (KEY,)

    def __init__(self) -> None:
        self.mails: list[dict[str, object]] = []

    def address(self, number: int) -> str:
        return f"customer{number:05d}@example.com"

    def settings(self, base_url: str, timeout: float = 5.0) -> SendGridSettings:
        return SendGridSettings(
            KEY,
            "notices@example.com",
            public_key(),
            sender_name="Deccan Mobile",
            host=base_url,
            timeout=timeout,
            connect_timeout=timeout / 2,
        )

    def carrier(self, base_url: str, timeout: float = 5.0) -> SendGridMail:
        return SendGridMail(self.settings(base_url, timeout))

    async def accept(self, request: web.Request) -> web.Response:
        self.mails.append(json.loads(await request.read()))
        return web.Response(status=202, headers={"X-Message-Id": f"mail-{len(self.mails)}"})

    def references(self, body: bytes) -> list[int]:
        return [int(one["custom_args"]["delivery"]) for one in json.loads(body)["personalizations"]]

    def receipt(self, delivery_id: int) -> RawRequest:
        return signed([row(delivery_id)])

    def strangers_receipt(self, delivery_id: int) -> RawRequest:
        return signed_bytes(json.dumps([row(delivery_id)]).encode(), signer=STRANGER)
