"""Phone numbers and mail addresses of the seeded city, none of which decides its own fate by accident."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from tellfirst.domain.occasion import Channel
from tellfirst.simulator.carriers.special_recipients import SPECIAL_PHONE_ENDINGS

MOBILE_SERIES = (
    *("98480", "98490", "98660", "99490", "99590", "99890", "94400", "94410", "94900", "90000"),
    *("90100", "95020", "95530", "97010", "96760", "80080", "81210", "70320", "73960", "63000"),
)
"""Openings of Indian mobile numbers; any five digits may follow."""
MAIL_HOSTS = ("example.in", "mail.example.in", "home.example.in")
MAIL_WORDS = ("padma", "imran", "lakshmi", "arif", "siti", "ravi", "fatima", "kiran", "amina", "suresh")


class PhoneBook:
    """Draws numbers that are valid, unique and, unless an ending is asked for, ordinary to the carriers."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._drawn: set[str] = set()

    def draw(self, ending: str = "") -> str:
        """A number nobody has, in E.164; `ending` are its last digits, at most five."""
        while True:
            free = 5 - len(ending)
            digits = f"{self._rng.randrange(10**free):0{free}d}{ending}"
            number = f"+91{self._rng.choice(MOBILE_SERIES)}{digits}"
            ordinary = number[-4:] not in SPECIAL_PHONE_ENDINGS
            if number not in self._drawn and (ordinary or ending):
                self._drawn.add(number)
                return number


def mail_address(rng: Random, customer_id: int, opening: str = "") -> str:
    """Unique by the customer's number; starts with `opening`, or with a word no carrier acts on."""
    return f"{opening or rng.choice(MAIL_WORDS)}{customer_id}@{rng.choice(MAIL_HOSTS)}"


EVERY = {Channel.WHATSAPP: 60, Channel.VOICE: 110, Channel.FAX: 250, Channel.WEBHOOK: 400}
"""One in so many customers has a contact point on that channel."""


def other_contact_points(seed: int, customers: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """A few on every other channel: WhatsApp on the customer's own phone, landlines for calls and faxes."""
    rng = Random(f"{seed} other channels")  # noqa: S311 - the same city for the same seed
    for one in customers:
        for channel, every in EVERY.items():
            if rng.randrange(every) or (channel is Channel.WHATSAPP and one["phone"] is None):
                continue
            landline = f"+9140{rng.randrange(23_000_000, 24_000_000)}"
            own = {
                Channel.WHATSAPP: one["phone"],
                Channel.WEBHOOK: f"https://{one['reference'].lower()}.example.in/status",
            }
            address = own.get(channel, landline)
            yield {"customer_id": one["id"], "channel": channel.value, "address": address}
