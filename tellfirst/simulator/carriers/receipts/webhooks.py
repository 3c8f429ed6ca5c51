"""Signed posts to the company's web side."""

from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode
from uuid import uuid4

from tellfirst.simulator.carriers.http.client import Answered, Client
from tellfirst.simulator.carriers.receipts.signature import twilio_signature


class Webhook(Protocol):
    """Something to post; `receipt_count` is how many receipts it carries."""

    @property
    def url(self) -> str: ...

    @property
    def receipt_count(self) -> int: ...

    @property
    def content_type(self) -> str: ...

    def body(self) -> bytes: ...

    def headers(self, url: str, body: bytes) -> dict[str, str]:
        """The headers that sign `body` on its way to `url`."""
        ...


@dataclass(frozen=True, slots=True)
class TwilioWebhook:
    """One form post by Twilio; tries of one post share its idempotency token."""

    url: str
    form: dict[str, str]
    auth_token: str
    token: str = field(default_factory=lambda: str(uuid4()))
    receipt_count: int = 1
    content_type: str = "application/x-www-form-urlencoded"

    def body(self) -> bytes:
        return urlencode(self.form).encode()

    def headers(self, url: str, body: bytes) -> dict[str, str]:
        return {
            "X-Twilio-Signature": twilio_signature(self.auth_token, url, self.form),
            "I-Twilio-Idempotency-Token": self.token,
        }


async def posted(client: Client, webhook: Webhook) -> Answered:
    """Post `webhook` once; raises NoAnswerError."""
    body = webhook.body()
    # The fragment configures retries at the vendor; it neither travels nor is signed.
    url = webhook.url.partition("#")[0]
    headers = {"Content-Type": webhook.content_type, "User-Agent": "TwilioProxy/1.1"}
    return await client.post(url, headers | webhook.headers(url, body), body)
