"""What every answer carries, and how this house says no to programs. To people it is said by web/errors.py."""

import json
import logging
import math
from collections.abc import Mapping

from fastapi.responses import Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tellfirst.domain.errors import Refused, TooOften

log = logging.getLogger(__name__)
PROBLEM = "application/problem+json"
POLICY = (
    "default-src 'none'; style-src {style}; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STRICT = POLICY.format(style="'self'")
STYLED = POLICY.format(style="'self' 'unsafe-inline'")
"""For pages that are kept as one file with their styles inside: reviews. They take no words of customers."""
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": STRICT,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""On every answer; a route that may be kept by caches says so itself in its own `Cache-Control`."""
TWO_YEARS = 63_072_000
"""Seconds for which browsers insist on TLS (RFC 6797), once they were here over TLS."""


def headers(public_url: str) -> Mapping[str, str]:
    """HEADERS, and under an https address that browsers are to come back by nothing else."""
    if not public_url.startswith("https://"):
        return HEADERS
    return {**HEADERS, "Strict-Transport-Security": f"max-age={TWO_YEARS}"}


class Hardened:
    """Sees to the headers of every answer of the app it stands before, whoever in there made it."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._headers = headers(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As any ASGI app."""

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                carried = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    carried.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, hardened)


def refusal(door: str, refused: Refused) -> Response:
    """RFC 9457: what was wrong, without a word of what was sent. `door` is where, for the log."""
    log.warning("refused at %s: %s", door, refused.reason)
    answer = problem(refused.reason, str(refused), refused.status)
    if isinstance(refused, TooOften):
        answer.headers["Retry-After"] = seconds(refused.retry_after)
    return answer


def seconds(span: float) -> str:
    """As `Retry-After` says it (RFC 9110, 10.2.3): whole ones, and never too soon."""
    return str(max(1, math.ceil(span)))


def problem(title: str, detail: str, status: int) -> Response:
    """RFC 9457. In ASCII: whatever a detail repeats of a field's name, it can be written."""
    body = {"type": "about:blank", "title": title, "detail": detail, "status": status}
    return Response(json.dumps(body), status, HEADERS, media_type=PROBLEM)


def fault() -> Response:
    """Ours; the log says which. Made outside of every middleware, so it brings the headers itself."""
    return problem("our_fault", "this failed; try again", 500)
