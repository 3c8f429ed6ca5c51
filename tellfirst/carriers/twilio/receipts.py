"""Twilio's status callbacks read as receipts."""

from tellfirst.carriers.port import RawRequest, Receipt, ReceiptState
from tellfirst.carriers.twilio.signature import read_fields, verified_form
from tellfirst.domain.errors import Refused

STATES = {
    "sent": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.DELIVERED,
    "undelivered": ReceiptState.UNDELIVERED,
    "failed": ReceiptState.UNDELIVERED,
    "canceled": ReceiptState.UNDELIVERED,
}
"""Any other status (queued, accepted, scheduled, sending) says only that Twilio still has the message."""
LONGEST_ID = 18
"""Digits of the largest delivery id a 64-bit column is sure to hold."""


def read_receipts(auth_token: str, request: RawRequest, carrier: str) -> list[Receipt]:
    """At most one receipt about a message.

    Raises Refused for a bad signature (403), no reference of ours or no SID (400).
    `at` is None: the only time Twilio reports (RawDlrDoneDate) has no zone.
    """
    form = verified_form(auth_token, request)
    delivery_id = delivery_reference(request.url)
    sid, status = form.required("MessageSid"), form.required("MessageStatus")
    state = STATES.get(status)
    if state is None:
        return []
    code = form.get("ErrorCode", [""])[0]
    return [Receipt(carrier, f"{sid}:{status}", delivery_id, state, sid, code, at=None)]


def delivery_reference(url: str) -> int:
    """Our number in the address of a receipt. Raises Refused (400) when there is not exactly one."""
    match read_fields(url.partition("?")[2]).get("delivery"):
        case [reference] if reference.isascii() and reference.isdigit() and len(reference) <= LONGEST_ID:
            return int(reference)
    raise Refused("no_delivery_reference", "the receipt's address does not name one delivery by its number")
