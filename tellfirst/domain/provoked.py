"""Texts that anybody can make us send: codes, and answers to texts. Who sells calls and texts to a range of numbers
makes money of each (SMS pumping, artificially inflated traffic), so they are counted before they leave.

Notices are not among them: they go to numbers of the customer file alone, and their number is approved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PREFIX = 8
"""Signs of a number, the plus included: what is sold in one piece is a range of some ten thousand numbers."""


class Purpose(StrEnum):
    """Why a text would leave."""

    CODE = "code"
    """Somebody typed a number into a page of ours."""
    ANSWER = "answer"
    """A text came from the number."""


class Scope(StrEnum):
    """What is counted together in an hour."""

    NUMBER = "number"
    PREFIX = "prefix"
    COUNTRY = "country"
    TOTAL = "total"


class Trip(StrEnum):
    """Why a text is withheld; stored, shown and paged."""

    NUMBER = "number_too_often"
    PREFIX = "prefix_too_often"
    COUNTRY = "country_too_often"
    TOTAL = "too_many_in_all"
    NOT_SERVED = "country_not_served"


ATTACKS = frozenset({Trip.PREFIX, Trip.COUNTRY, Trip.TOTAL, Trip.NOT_SERVED})
"""What the control room is paged for. One number that asks too often is one phone, or two that answer each other."""
ONE_DIGIT = frozenset("17")
TWO_DIGITS = frozenset(
    (
        *(
            "20",
            "27",
            "30",
            "31",
            "32",
            "33",
            "34",
            "36",
            "39",
            "40",
            "41",
            "43",
            "44",
            "45",
            "46",
            "47",
            "48",
        ),
        *("49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66"),
        *("81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98"),
    )
)
ORDER = (
    (Scope.NUMBER, Trip.NUMBER),
    (Scope.PREFIX, Trip.PREFIX),
    (Scope.COUNTRY, Trip.COUNTRY),
    (Scope.TOTAL, Trip.TOTAL),
)


@dataclass(frozen=True, slots=True)
class Ceilings:
    """How many an hour. Of customers known by their number only `number` holds: in an outage a whole town texts."""

    number: int
    prefix: int
    country: int
    total: int

    def of(self, scope: Scope) -> int:
        return {
            Scope.NUMBER: self.number,
            Scope.PREFIX: self.prefix,
            Scope.COUNTRY: self.country,
            Scope.TOTAL: self.total,
        }[scope]


CEILINGS: Mapping[Purpose, Ceilings] = {
    Purpose.CODE: Ceilings(number=3, prefix=30, country=600, total=1_000),
    Purpose.ANSWER: Ceilings(number=20, prefix=30, country=300, total=500),
}
"""A code that did not come is asked for again once or twice. Answers to numbers that nobody of ours has: strangers
text us seldom. Two machines that answer each other stop after twenty."""


def calling_code(number: str) -> str:
    """The country's, of a number in E.164 (ITU-T E.164, annex D): one digit, two of those listed, else three."""
    digits = number.lstrip("+")
    if digits[:1] in ONE_DIGIT:
        return digits[:1]
    return digits[:2] if digits[:2] in TWO_DIGITS else digits[:3]


def subjects(number: str, country: str, hashed: str) -> Mapping[Scope, str]:
    """What a text to `number` counts for. `country` is its calling code, `hashed` stands for the number itself."""
    return {
        Scope.NUMBER: hashed,
        Scope.PREFIX: number[:PREFIX],
        Scope.COUNTRY: country,
        Scope.TOTAL: "",
    }


def hour_of(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
