"""Whom an incident hurts: how a customer came to be in its audience, and how they leave it."""

from collections.abc import Iterable
from enum import StrEnum

from tellfirst.domain.facts import ServiceKind


class Basis(StrEnum):
    """By what a customer is affected, the surest first."""

    SERVICE = "service"
    """One of their services hangs on a hit element."""
    HOME_CELL = "home_cell"
    """They are at home behind a hit cell."""
    RECENT_CELL = "recent_cell"
    """They were seen in a hit cell lately."""
    AREA = "area"
    """They live inside a hit area."""
    ELEMENT_IN_AREA = "element_in_area"
    """Nobody knows surely where they live, but what their service hangs on stands inside a hit area."""


UNCERTAIN = frozenset({Basis.ELEMENT_IN_AREA})
"""Reported apart: these customers may not be affected."""


class Role(StrEnum):
    """What a cell is to a mobile customer."""

    HOME = "home"
    RECENT = "recent"


class Location(StrEnum):
    """How well we know where a customer lives; `default` stands for a made-up point, like a postcode's middle."""

    EXACT = "exact"
    DEFAULT = "default"


class Shape(StrEnum):
    """How a hit area is described."""

    POLYGON = "polygon"
    RADIUS = "radius"
    AREA_CODES = "area_codes"


class Over(StrEnum):
    """Why a customer is not affected any more."""

    BACK = "back"
    WRONGLY_TOLD = "wrongly_told"


class Whom(StrEnum):
    """Which part of an audience a notice is for."""

    NEWLY_AFFECTED = "newly_affected"
    WORSE = "worse"
    WAITING = "waiting"
    BACK = "back"
    WRONGLY_TOLD = "wrongly_told"
    EVERYONE = "everyone"
    SAMPLE = "sample"
    """Some of those who wait, asked whether theirs is still out."""


BITS = {kind: 1 << place for place, kind in enumerate(ServiceKind)}
"""How the affected services of a customer are kept in one number."""


def kinds(services: int) -> tuple[ServiceKind, ...]:
    """The service kinds that a number of `BITS` names."""
    return tuple(kind for kind, bit in BITS.items() if services & bit)


def mask(affected: Iterable[ServiceKind]) -> int:
    """The number that stands for these service kinds; the opposite of `kinds`."""
    return sum({BITS[kind] for kind in affected})
