"""Mails that customers write to us, as SendGrid's Inbound Parse posts them.

Sources: SendGrid, Setting up the Inbound Parse Webhook (fields); Securing your Inbound Parse Webhooks (signature).
Whatever is answered with 2xx never comes again, and what is answered with 5xx comes for three days.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_string
from email.policy import compat32
from hmac import compare_digest
from typing import Any

from python_multipart import FormParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from tellfirst.carriers.mail.incoming import (
    UNREADABLE,
    Enclosed,
    IncomingMail,
    assembled,
    decoded_text,
    read_headers,
    read_mail,
)
from tellfirst.carriers.port import RawRequest
from tellfirst.carriers.sendgrid.signature import Signature
from tellfirst.domain.errors import Refused

LARGEST = 32 * 1024 * 1024
"""Bytes: SendGrid takes mails of up to 30 MB, and says so beside them."""
MOST_FIELDS = 200
_IN_MEMORY = {"MAX_MEMORY_FILE_SIZE": LARGEST}
# It repeats what it stumbles over, and that is a customer's.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


@dataclass
class _Parts:
    fields: dict[str, bytes] = field(default_factory=dict)
    files: list[Enclosed] = field(default_factory=list)
    count: int = 0


class InboundMails:
    """The door for SendGrid's mails. A signature is asked for where its key is known, else the token in the path."""

    def __init__(self, public_key: str, valid_for: timedelta) -> None:
        """Raises SetupError for a key that is none; an empty one means that SendGrid does not sign."""
        self._signature = Signature(public_key) if public_key else None
        self._valid_for = valid_for

    @property
    def is_signed(self) -> bool:
        return self._signature is not None

    def read(self, request: RawRequest, token: str, given: str, now: datetime) -> IncomingMail:
        """The mail in a webhook; `given` is the token in the path. Raises Refused: 403, or 400 for the shape."""
        if self._signature is not None:
            self._signature.verify_bytes(request, now, self._valid_for)
        elif not (token and compare_digest(given.encode(), token.encode())):
            raise Refused(
                "bad_token",
                "the address of this door has no token or a wrong one; `tellfirst doors` shows the right one",
                403,
            )
        return _mail(_parsed(request))


def _parsed(request: RawRequest) -> _Parts:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise _malformed("is no multipart form")
    if b"--" + boundary + b"--" not in request.body[-len(boundary) - 100 :]:
        # The parser takes what there is: half a mail must come again, not be answered.
        raise _malformed("breaks off before its end")
    parts = _Parts()
    try:
        parser = FormParser(
            "multipart/form-data", _field(parts), _file(parts), boundary=boundary, config=_IN_MEMORY
        )
        parser.write(request.body)
        parser.finalize()
    except (FormParserError, AssertionError, ValueError):
        raise _malformed("is no whole multipart form") from None
    return parts


def _field(parts: _Parts) -> Any:
    def keep(one: Any) -> None:
        _count(parts)
        name = (one.field_name or b"").decode("utf-8", errors="replace")
        parts.fields.setdefault(name, one.value or b"")

    return keep


def _file(parts: _Parts) -> Any:
    def keep(one: Any) -> None:
        _count(parts)
        one.file_object.seek(0)
        name = (one.file_name or b"").decode("utf-8", errors="replace")
        kind = (one.content_type or "application/octet-stream").partition(";")[0].strip().lower()
        parts.files.append(Enclosed(name, kind, one.file_object.read()))
        one.close()

    return keep


def _count(parts: _Parts) -> None:
    parts.count += 1
    if parts.count > MOST_FIELDS:
        raise _malformed(f"has more than {MOST_FIELDS} parts")


def _mail(parts: _Parts) -> IncomingMail:
    envelope = _object(parts.fields.get("envelope", b""))
    return_path = envelope.get("from")
    return_path = return_path if isinstance(return_path, str) else None
    if raw := parts.fields.get("email"):
        mail = read_mail(raw)
        return assembled(mail.headers, mail.text, mail.html, mail.files, return_path)
    charsets = _object(parts.fields.get("charsets", b""))

    def text(name: str) -> str:
        charset = charsets.get(name)
        return decoded_text(parts.fields.get(name, b""), charset if isinstance(charset, str) else None)

    try:
        headers = read_headers(message_from_string(text("headers"), policy=compat32))
    except UNREADABLE:
        raise _malformed("has headers that cannot be read") from None
    for name in ("from", "to", "subject"):
        if name not in headers and text(name):
            headers[name] = [text(name)]
    if "from" not in headers:
        raise _malformed("names no sender")
    return assembled(headers, text("text"), text("html"), tuple(parts.files), return_path)


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _malformed(fault: str) -> Refused:
    return Refused("malformed", f"the mail from SendGrid {fault}; nothing of it was taken")
