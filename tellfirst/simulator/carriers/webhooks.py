"""Signed posts to the company's web side."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode
from uuid import uuid4

from aiohttp import ClientHandlerType, ClientRequest, ClientResponse, ClientSession

from tellfirst.simulator.carriers.signature import twilio_signature


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


def posted(session: ClientSession, webhook: Webhook) -> AbstractAsyncContextManager[ClientResponse]:
    """Post `webhook` once, with the answer as context; raises aiohttp.ClientError or TimeoutError."""
    body = webhook.body()

    async def sign(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
        # The client rewrites percent-escapes and drops the fragment; the signature must cover what travels.
        request.headers.update(webhook.headers(str(request.url), body))
        return await send(request)

    return session.post(
        webhook.url,
        data=body,
        headers={"Content-Type": webhook.content_type},
        allow_redirects=False,
        middlewares=(sign,),
    )
