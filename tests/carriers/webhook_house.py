"""A customer's system as the contract sees it: it takes what it is sent and answers for itself."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from aiohttp import web

from tellfirst.carriers.port import Outbound, RawRequest, Verdict
from tellfirst.carriers.webhook import WebhookCarrier, WebhookSettings
from tellfirst.domain.facts import Action, Cause, FactRecord, ServiceKind
from tellfirst.domain.message import Message

SECRET = "the-secret-of-the-house-of-the-tests"
SENDER = "notices@deccan.example"
FINALLY, ACCEPTED = Verdict.REFUSED_FINALLY, Verdict.ACCEPTED


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 25, hour, minute, tzinfo=UTC)


FACTS = FactRecord(
    reference="INC-2026-0007",
    sequence=2,
    company="Deccan Mobile",
    service=ServiceKind.MOBILE,
    place="Gachibowli",
    started_at=at(8),
    cause=Cause.POWER_FAILURE,
    action=Action.CREW_ON_SITE,
    emergency_calls=True,
    contact="198",
    page="https://notices.example/i/7",
    stated_at=at(9, 15),
    next_update_at=at(10, 15),
    estimate_at=at(12),
)


def facts_text(facts: FactRecord = FACTS, **own: object) -> str:
    """A message's facts as the texts' own renderer writes them: canonical JSON."""
    reader = {
        "occasion": "update",
        "holding": False,
        "locale": "en",
        "zone": "Asia/Kolkata",
        "impact": "down",
        "services": ["mobile"],
    }
    values = facts.to_json() | reader | own
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def notice(number: int, address: str, facts: FactRecord = FACTS, **own: object) -> Outbound:
    message = Message("No service in Gachibowli.", "No service", locale="en", facts=facts_text(facts, **own))
    return Outbound(number, address, message)


class WebhookHouse:
    name = "webhook"
    secrets: tuple[str, ...] = (SECRET,)
    otherwise: ClassVar[dict[str, Verdict]] = {
        "401": FINALLY,
        "403": FINALLY,
        "404": FINALLY,
        "a success in HTML": ACCEPTED,
        "a success of another shape": ACCEPTED,
        "an empty success": ACCEPTED,
        "a success with half the fields": ACCEPTED,
    }

    def __init__(self) -> None:
        self.base = "https://customer.example"
        self.taken: list[dict[str, Any]] = []

    def address(self, number: int) -> str:
        return f"{self.base}/hooks/customer{number:05d}"

    def settings(self, base_url: str, timeout: float = 5.0, **fields: Any) -> WebhookSettings:
        settings = WebhookSettings(
            SECRET, SENDER, timeout=timeout, connect_timeout=timeout / 2, allow_loopback=True
        )
        return replace(settings, **fields)

    def carrier(self, base_url: str, timeout: float = 5.0) -> WebhookCarrier:
        self.base = base_url
        return WebhookCarrier(self.settings(base_url, timeout))

    async def accept(self, request: web.Request) -> web.Response:
        self.taken.append(json.loads(await request.read()))
        return web.Response(status=204)

    def references(self, body: bytes) -> list[int]:
        return [json.loads(body)["data"]["delivery"]]

    def receipt(self, delivery_id: int) -> RawRequest:
        raise NotImplementedError("customers' systems send no receipts")

    strangers_receipt = receipt
