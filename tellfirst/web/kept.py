"""An answer that is made once and given many times: its headers, its tag, and when a browser's copy still holds.

Sources: RFC 9110, 8.8 (validators) and 13 (conditional requests); RFC 9111, RFC 5861 (how long copies may be used).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256

CACHE = "public, max-age=15, stale-while-revalidate=60, stale-if-error=86400"
"""A cache in front of us asks again every 15 seconds, and goes on with what it has for a day when we are away."""
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Kept:
    """`tag` is strong: equal tags are equal bytes."""

    body: bytes
    tag: str
    modified: datetime
    headers: Headers
    unchanged: Headers
    """What goes with 304, which has no body."""

    def holds(self, request: Mapping[str, str]) -> bool:
        """Whether the copy that a request names is this one. The tag decides where it names one."""
        if (tags := request.get("if-none-match")) is not None:
            named = [one.strip().removeprefix("W/") for one in tags.split(",")]
            return self.tag in named or "*" in named
        if since := request.get("if-modified-since"):
            try:
                return self.modified <= parsedate_to_datetime(since)
            except (TypeError, ValueError):
                return False
        return False


def kept(text: str, media_type: str, modified: datetime, carried: Mapping[str, str]) -> Kept:
    """`text` as an answer that may be kept, under the headers that it has `carried` here; `modified` is when it last
    changed."""
    body = text.encode()
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    modified = modified.astimezone(UTC).replace(microsecond=0)
    always = {
        **carried,
        "Cache-Control": CACHE,
        "ETag": tag,
        "Last-Modified": format_datetime(modified, usegmt=True),
        "Vary": "Accept-Language",
    }
    with_body = always | {"Content-Type": media_type, "Content-Length": str(len(body))}
    return Kept(body, tag, modified, _written(with_body), _written(always))


def _written(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
