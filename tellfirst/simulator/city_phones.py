"""Phone numbers and mail addresses of the seeded city, none of which decides its own fate by accident."""

from random import Random

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
