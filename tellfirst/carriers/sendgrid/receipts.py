"""SendGrid's signed webhook read as receipts: verified as bytes, parsed after, taken whole or not at all."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tellfirst.carriers.port import RawRequest, Receipt, ReceiptState
from tellfirst.carriers.sendgrid.codes import BOUNCE_CLASSES, DROP_REASONS
from tellfirst.carriers.sendgrid.request import REFERENCE
from tellfirst.carriers.sendgrid.settings import SendGridSettings
from tellfirst.carriers.sendgrid.signature import Signature
from tellfirst.domain.errors import Refused

STATES = {
    "processed": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "bounce": ReceiptState.UNDELIVERED,
    "dropped": ReceiptState.UNDELIVERED,
}
"""Anything else (deferred, open, click, unsubscribe, spamreport) does not settle a delivery."""
MOST = 1000
"""Rows taken in one webhook."""
LONGEST_ID = 18
"""Digits of the largest delivery id a 64-bit column is sure to hold."""


class Receipts:
    """The door for SendGrid's webhook."""

    def __init__(self, settings: SendGridSettings) -> None:
        self._signature = Signature(settings.receipt_public_key)
        self._valid_for = timedelta(seconds=settings.receipts_valid_for)

    def read(self, request: RawRequest, now: datetime) -> list[Receipt]:
        """The receipts that are ours. Raises Refused: 403 for signature or time stamp, 400 for the shape."""
        self._signature.verify(request, now, self._valid_for)
        return [receipt for row in _rows(request.body) if (receipt := _receipt(row)) is not None]


def _rows(body: bytes) -> list[dict[str, Any]]:
    try:
        rows = json.loads(body)
    except (ValueError, RecursionError):
        raise _malformed("is not JSON") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _malformed("is not a list of objects")
    if len(rows) > MOST:
        raise Refused("too_many_receipts", f"the webhook from SendGrid has more than {MOST} rows")
    return rows


def _receipt(row: dict[str, Any]) -> Receipt | None:
    """None for what does not settle a delivery and for mail of another system on the same account."""
    state = STATES.get(_text(row, "event"))
    reference = _text(row, REFERENCE) if REFERENCE in row else ""
    if state is None or not (reference.isascii() and reference.isdigit() and len(reference) <= LONGEST_ID):
        return None
    return Receipt(
        carrier="sendgrid",
        event_id=_identity(row),
        delivery_id=int(reference),
        state=state,
        carrier_ref=_carrier_ref(row),
        code=_code(row) if state is ReceiptState.UNDELIVERED else "",
        at=_moment(row),
    )


def _identity(row: dict[str, Any]) -> str:
    if identity := _text(row, "sg_event_id"):
        return identity
    raise _malformed("has an empty sg_event_id")


def _carrier_ref(row: dict[str, Any]) -> str:
    """SendGrid's id of the request: what stood in X-Message-Id, before the names of its inner servers."""
    return _text(row, "sg_message_id").partition(".")[0] if "sg_message_id" in row else ""


def _code(row: dict[str, Any]) -> str:
    """Kind and class of the failure in our letters, as in the table LATER; never the vendor's free text."""
    kind = _text(row, "event")
    words, field = (BOUNCE_CLASSES, "bounce_classification") if kind == "bounce" else (DROP_REASONS, "reason")
    known = words.get(_text(row, field)) if field in row else None
    return f"{kind}:{known}" if known else kind


def _moment(row: dict[str, Any]) -> datetime:
    timestamp = row.get("timestamp")
    if isinstance(timestamp, bool) or not isinstance(timestamp, int):
        raise _malformed("has a timestamp that is not a whole number")
    try:
        return datetime.fromtimestamp(timestamp, UTC)
    except (ValueError, OverflowError, OSError):
        raise _malformed("has a timestamp outside of time") from None


def _text(row: dict[str, Any], field: str) -> str:
    value = row.get(field)
    if isinstance(value, str):
        return value
    raise _malformed(f"has a {field} that is not text")


def _malformed(fault: str) -> Refused:
    return Refused("malformed", f"the webhook from SendGrid {fault}; none of its rows was taken")
