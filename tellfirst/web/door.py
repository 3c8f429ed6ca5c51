"""What every door does: limits the body, and hands over the raw request with the address that was signed."""

from fastapi import Request

from tellfirst.bootstrap import World
from tellfirst.carriers.port import RawRequest
from tellfirst.domain.errors import Refused

BODY_LIMIT = 2 * 1024 * 1024
"""Bytes. Ten thousand alerts or a thousand mail receipts fit."""


async def read_body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The body as it came. Raises Refused (413) as soon as it is over the limit, read or announced."""
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


async def raw_request(request: Request) -> RawRequest:
    """The request as the carrier signed it: under our configured public address, never the Host header."""
    here: World = request.app.state.world
    query = request.scope["query_string"].decode("latin-1")
    return RawRequest(
        url=f"{here.settings.web_url.rstrip('/')}{request.scope['path']}{'?' if query else ''}{query}",
        headers={name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]},
        body=await read_body(request),
    )


def _too_large(limit: int) -> Refused:
    return Refused("body_too_large", f"the body is over {limit} bytes; send it in parts", 413)
