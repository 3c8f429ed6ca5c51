"""What every door does: limits the body, and hands over the raw request with the address that was signed."""

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from tellfirst.carriers.port import RawRequest
from tellfirst.domain.errors import Refused

BODY_LIMIT = 2 * 1024 * 1024
"""Bytes. Ten thousand alerts or a thousand mail receipts fit."""
LONGEST_LENGTH = 15
"""Digits; a petabyte."""


class TooLarge(HTTPException):
    """More than `limit` bytes came. Of the framework's own kind: its readers of bodies let no other through."""

    def __init__(self, limit: int) -> None:
        self.refused = _too_large(limit)
        super().__init__(self.refused.status, str(self.refused))


async def read_body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The body as it came. Raises Refused (413) as soon as it is over the limit, read or announced."""
    announced = request.headers.get("content-length", "0")
    return await _read(announced, request.receive, limit)


async def raw_request(scope: Scope, receive: Receive, public_url: str, limit: int = BODY_LIMIT) -> RawRequest:
    """The request as the carrier signed it: under our configured public address, never the Host header.

    Raises Refused (413) as `read_body` does.
    """
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    return RawRequest(
        url=f"{public_url.rstrip('/')}{scope['path']}{'?' if query else ''}{query}",
        headers=headers,
        body=await _read(headers.get("content-length", "0"), receive, limit),
    )


def is_over(announced: str, limit: int) -> bool:
    """Whether a `Content-Length` says that more will come. One of thousands of digits is no number to Python."""
    digits = announced.strip() if announced.isascii() else ""
    return digits.isdigit() and (len(digits) > LONGEST_LENGTH or int(digits) > limit)


async def _read(announced: str, receive: Receive, limit: int) -> bytes:
    if is_over(announced, limit):
        raise _too_large(limit)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > limit:
            raise _too_large(limit)
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(limit: int) -> Refused:
    return Refused("body_too_large", f"the body is over {limit} bytes; send it in parts", 413)
