"""What every answer carries, and how this house says no."""

import logging
from collections.abc import Mapping

from fastapi.responses import JSONResponse

from tellfirst.domain.errors import Refused

log = logging.getLogger(__name__)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refusal(door: str, refused: Refused) -> JSONResponse:
    """RFC 9457: what was wrong, without a word of what was sent. `door` is where, for the log."""
    log.warning("refused at %s: %s", door, refused.reason)
    body = {"type": "about:blank", "title": refused.reason, "detail": str(refused), "status": refused.status}
    return JSONResponse(body, refused.status, HEADERS, media_type="application/problem+json")


def fault() -> JSONResponse:
    """Ours; the log says which. Made outside of every middleware, so it brings the headers itself."""
    body = {"type": "about:blank", "title": "our_fault", "detail": "this failed; try again", "status": 500}
    return JSONResponse(body, 500, HEADERS, media_type="application/problem+json")
