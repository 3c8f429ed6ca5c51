"""The forms of customers' pages, read by our own door: the framework's would take a body without end."""

from urllib.parse import parse_qsl

from fastapi import Request

from tellfirst.web.door import read_body

FORM_LIMIT = 4 * 1024
"""Bytes; but for a comment, a form of ours is a few short words."""


async def form_of(request: Request, limit: int = FORM_LIMIT) -> dict[str, str]:
    """The fields by name, the last of each. Raises Refused (413) above the limit."""
    return dict(parse_qsl((await read_body(request, limit)).decode(errors="replace")))


async def short_form(request: Request) -> dict[str, str]:
    """The same within the usual limit, as a dependency of a route."""
    return await form_of(request)
