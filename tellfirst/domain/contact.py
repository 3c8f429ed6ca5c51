"""What a customer brings, and how a short text is understood."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_category = unicodedata.category


class ContactKind(StrEnum):
    ENQUIRY = "enquiry"
    ORDER = "order"
    SERVICE_REQUEST = "service_request"
    INCIDENT_REPORT = "incident_report"
    INVOICE_QUERY = "invoice_query"
    COMPLAINT = "complaint"


class Door(StrEnum):
    """How a contact came in."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
    VOICE = "voice"
    EMAIL = "email"
    FAX = "fax"
    WEB = "web"
    AGENT = "agent"
    """One of our people wrote down what a customer told them."""


class ContactState(StrEnum):
    """How far a contact is."""

    RECEIVED = "received"
    """Kept; nothing was said yet."""
    ANSWERED = "answered"
    """It has its answer, and nobody has to do anything about it."""
    WAITING = "waiting"
    """A person has to look at it; its queue and the time of its answer stand with it."""
    TAKEN = "taken"
    """A person has it in hand."""
    CLOSED = "closed"
    """A person has answered it, or it needs nothing any more; the reason stands with it."""


class Match(StrEnum):
    """What a contact has to do with what goes on."""

    KNOWN = "known"
    """It is about an incident that hits them."""
    ANNOUNCED = "announced"
    """It is about work that was announced and has not begun."""
    OVER = "over"
    """It is about an incident that they were told is over."""
    MISSED = "missed"
    """They are hit and nobody had counted them: they were added to the audience, and it is a gap."""
    OPENED = "opened"
    """Nothing known hits them: an incident was opened for what they report."""
    NONE = "none"


class AnswerState(StrEnum):
    """How far an answer is."""

    GIVEN = "given"
    """Said in the same breath: as the reply to a request, a call or a page."""
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    """A carrier took it."""
    FAILED = "failed"
    """No carrier takes it; the reason stands with it."""


class Intent(StrEnum):
    """What a text asks of us. STOP comes before everything else."""

    STOP = "stop"
    START = "start"
    PROBLEM = "problem"
    OTHER = "other"


def contact_reference(contact_id: int) -> str:
    """What a contact is called when one talks about it."""
    return f"CON-{contact_id:06d}"


def contact_number(reference: str) -> int | None:
    """The opposite of `contact_reference`, also for the bare number; None for what is neither."""
    digits = reference.strip().upper().removeprefix("CON-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 18 else None


@dataclass(frozen=True, slots=True)
class Wordlist:
    """Per intent the words (whole text) and phrases (anywhere) of all languages."""

    whole: Mapping[Intent, frozenset[str]]
    within: Mapping[Intent, frozenset[str]]


def normalise(text: str) -> str:
    """What rules compare: lower case, single spaces, no invisible signs, no punctuation or symbols at the ends.

    Telugu is typed with and without a joiner, and Urdu has a full stop of its own.
    """
    visible = (sign for sign in unicodedata.normalize("NFKC", text).casefold() if _category(sign) != "Cf")
    plain = " ".join("".join(visible).split())
    return plain.strip("".join({sign for sign in plain if _category(sign)[0] in "PSZ"}))


def understand(text: str, words: Wordlist) -> Intent:
    """The intent of a text: an opt-out word alone, then any phrase that speaks of a problem."""
    plain = normalise(text)
    for intent in (Intent.STOP, Intent.START):
        if plain in words.whole.get(intent, frozenset()):
            return intent
    if any(phrase in plain for phrase in words.within.get(Intent.PROBLEM, frozenset())):
        return Intent.PROBLEM
    return Intent.OTHER
