"""To erase a customer: what becomes of each thing that is known of them, who has to wait, and who may not come back.

GDPR, article 17; DPDP Act 2023 (India), section 12(3).
"""

import hmac
from datetime import timedelta
from enum import StrEnum

GONE = "[erased]"
"""Stands where a mention of them stood."""
RECYCLED_AFTER = timedelta(days=90)
"""After this an address may belong to somebody else. A number that was given up is not given out again before (FCC,
47 CFR 52.15(f): 45 to 90 days; India's licences ask for as much)."""
SHORTEST_WORD = 5
"""Signs: a reference like `42` stands everywhere and is looked for in its own columns alone."""


class Kind(StrEnum):
    """What a hash is made of."""

    REFERENCE = "reference"
    NUMBER = "number"
    MAIL = "mail"
    ADDRESS = "address"


class Fate(StrEnum):
    """What becomes of the rows of a table."""

    REMOVED = "removed"
    EMPTIED = "emptied"
    """The row stays as a count; nothing in it says whose it is or what they said."""
    SWEPT = "swept"
    """Mentions in what others wrote are replaced."""


class Waits(StrEnum):
    """Why somebody is not erased yet."""

    TO_BE_TOLD = "waits_to_be_told"
    """An incident that goes on hurts them, and they have been promised words."""
    MESSAGE_WAITS = "message_waits"
    """A word to them has not left, or nobody knows whether it has."""
    CONTACT_OPEN = "contact_open"
    """What they brought has no answer yet."""
    IN_FLIGHT = "in_flight"
    """A message to them is being sent at this moment. The one reason that cannot be overruled: wait a minute."""


def digest(key: bytes, kind: Kind, value: str) -> str:
    """The hash by which a value is recognised when it comes again, however it is written."""
    return hmac.digest(key, f"{kind}\0{_plain(kind, value)}".encode(), "sha256").hex()


def kind_of(address: str) -> Kind:
    """A mail address, a number, or else."""
    if "@" in address and "://" not in address:
        return Kind.MAIL
    return Kind.NUMBER if address.lstrip("+").isdigit() else Kind.ADDRESS


def _plain(kind: Kind, value: str) -> str:
    match kind:
        case Kind.NUMBER:
            return "".join(sign for sign in value if sign.isdigit())
        case Kind.MAIL:
            return value.strip().casefold()
    return value.strip()
