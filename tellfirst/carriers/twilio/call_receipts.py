"""Twilio's reports about calls read as receipts."""

from tellfirst.carriers.port import RawRequest, Receipt, ReceiptState
from tellfirst.carriers.twilio.receipts import delivery_reference
from tellfirst.carriers.twilio.signature import Form, verified_form

STATES = {
    "in-progress": ReceiptState.SENT,
    "completed": ReceiptState.DELIVERED,
    "busy": ReceiptState.UNDELIVERED,
    "no-answer": ReceiptState.UNDELIVERED,
    "failed": ReceiptState.UNDELIVERED,
    "canceled": ReceiptState.UNDELIVERED,
}
"""Any other status (queued, initiated, ringing) says only that Twilio still has the call."""
HUMAN, FAX = "human", "fax"


def read_call_receipts(auth_token: str, request: RawRequest, carrier: str) -> list[Receipt]:
    """At most one receipt about a call. Raises Refused as `read_receipts` does.

    A machine that has answered counts as delivered, with what it was as the code; a fax machine has heard nothing.
    """
    form = verified_form(auth_token, request)
    delivery_id = delivery_reference(request.url)
    sid, status = form.required("CallSid"), form.required("CallStatus")
    state = STATES.get(status)
    if state is None:
        return []
    answered_by = form.get("AnsweredBy", [""])[0]
    if state is ReceiptState.DELIVERED and answered_by == FAX:
        state = ReceiptState.UNDELIVERED
    code = _why_not(form, status) if status in FAILED else answered_by.removeprefix(HUMAN)
    return [Receipt(carrier, f"{sid}:{status}", delivery_id, state, sid, code, at=None)]


FAILED = frozenset(status for status, state in STATES.items() if state is ReceiptState.UNDELIVERED)


def _why_not(form: Form, status: str) -> str:
    """Twilio's own code, else the status with what the networks answered."""
    if code := form.get("ErrorCode", [""])[0]:
        return code
    sip = form.get("SipResponseCode", [""])[0]
    return f"{status}:sip_{sip}" if sip else status
