"""A code that proves that somebody holds a number: how long it works, how often it may be tried and asked for.

OWASP (Multifactor Authentication and Forgot Password Cheat Sheets): random, short-lived, single-use, kept as a hash,
and limited by number and by address, so that nobody floods a number with texts or lets us pay for them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

DIGITS = 6
WORKS_FOR = timedelta(minutes=10)
TRIES = 5
WITHIN = timedelta(hours=1)
"""What the limits count in."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How often codes were asked for within WITHIN: for this number, from this address, and sent to anybody."""

    by_number: int
    by_address: int
    sent: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Codes in an hour. Thousands of a mobile company's own customers may share one address."""

    by_number: int = 3
    by_address: int = 30
    sent: int = 500


def refused(asked: Asked, limits: Limits) -> str | None:
    """Why no further code is drawn, by name; None: it may be. It never depends on whether we know the number."""
    if asked.by_number >= limits.by_number:
        return "number_asked_too_often"
    if asked.by_address >= limits.by_address:
        return "address_asked_too_often"
    return "too_many_codes_sent" if asked.sent >= limits.sent else None


def works(asked_at: datetime, try_count: int, used_at: datetime | None, now: datetime) -> bool:
    """Whether a code may be tried once more."""
    return used_at is None and try_count < TRIES and now < asked_at + WORKS_FOR
