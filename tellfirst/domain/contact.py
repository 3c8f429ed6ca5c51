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


class Intent(StrEnum):
    """What a text asks of us. STOP comes before everything else."""

    STOP = "stop"
    START = "start"
    PROBLEM = "problem"
    OTHER = "other"


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
