"""JSON answers and the check of who asks."""

import base64
import hmac
from collections.abc import Mapping

import orjson
from aiohttp import web


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=orjson.dumps(value), status=status, headers=headers, content_type="application/json"
    )


def basic_authorization(name: str, password: str) -> bytes:
    """The Authorization header of HTTP basic authentication (RFC 7617)."""
    return b"Basic " + base64.b64encode(f"{name}:{password}".encode())


def is_authorized(request: web.Request, expected: bytes) -> bool:
    """Whether the Authorization header is exactly `expected`, compared in constant time."""
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, expected)
