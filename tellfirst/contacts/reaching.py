"""Where an answer goes that cannot be given in the same breath."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tellfirst.domain.contact import Door
from tellfirst.domain.occasion import Channel

WINDOW = timedelta(hours=24)
"""How long after a customer's message WhatsApp takes free words (Twilio, error 63016)."""
WINDOW_OVER = "whatsapp_window_over"


@dataclass(frozen=True, slots=True)
class Addressed:
    """A channel and an address on it; `reason` says why it is not the one that they came by."""

    channel: Channel
    address: str = field(repr=False)
    reason: str | None = None


def addressed(
    door: str, address: str, phone: str | None, email: str | None, received_at: datetime, now: datetime
) -> Addressed | None:
    """The way back to whoever came through `door`; None where there is none.

    Who called gets a text. Who came by the web or spoke to an agent is written to where they said; and where that is
    no address of theirs, at the customer's own mailbox or number.
    """
    match door:
        case Door.SMS | Door.VOICE if _is_number(address):
            return Addressed(Channel.SMS, address)
        case Door.WHATSAPP if now - received_at < WINDOW:
            return Addressed(Channel.WHATSAPP, address)
        case Door.WHATSAPP:
            return Addressed(Channel.SMS, address, WINDOW_OVER)
        case Door.EMAIL if "@" in address:
            return Addressed(Channel.EMAIL, address)
        case Door.FAX if _is_number(address):
            return Addressed(Channel.FAX, address)
        case Door.WEB | Door.AGENT:
            return _own(address, phone, email)
    return None


def _own(address: str, phone: str | None, email: str | None) -> Addressed | None:
    for one in (address, email or "", phone or ""):
        if "@" in one:
            return Addressed(Channel.EMAIL, one)
        if _is_number(one):
            return Addressed(Channel.SMS, one)
    return None


def _is_number(address: str) -> bool:
    return address.startswith("+") and address[1:].isdigit()
