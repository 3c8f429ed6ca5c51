"""Where an incident hits: polygons, a circle or area codes, as values that can be stored.

Positions are longitude and latitude, in this order, in degrees of WGS 84.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple, NoReturn

from tellfirst.domain.audience import Shape
from tellfirst.domain.errors import Refused

LARGEST_RADIUS_METRES = 1_000_000


class Point(NamedTuple):
    """Degrees. A tuple, because up to a million of them go to numpy and into JSON as they are."""

    lon: float
    lat: float


Ring = tuple[Point, ...]
"""The first position is repeated as the last."""
Polygon = tuple[Ring, ...]
"""The outline, then its holes."""


@dataclass(frozen=True, slots=True)
class Polygons:
    """Whoever is inside one of them or on its boundary is meant; they may touch and overlap."""

    polygons: tuple[Polygon, ...]


@dataclass(frozen=True, slots=True)
class Radius:
    """Whoever is at most `metres` away from `centre` over the ground. Raises Refused for what is no circle."""

    centre: Point
    metres: float

    def __post_init__(self) -> None:
        check_position(self.centre, "centre")
        if not 0 < self.metres <= LARGEST_RADIUS_METRES:
            cure = f"give more than 0 and at most {LARGEST_RADIUS_METRES:,} metres, or draw a polygon"
            refuse("metres", f"{self.metres} is no radius", cure)


@dataclass(frozen=True, slots=True)
class AreaCodes:
    """Whoever has one of these codes or, for `5000*`, one that begins so. Text: leading zeros count.

    Raises Refused for what cannot be a code, and for `*` alone, which would be everybody.
    """

    codes: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.codes:
            refuse("codes", "no area code is given", "name at least one")
        for number, code in enumerate(self.codes):
            if not isinstance(code, str):
                cure = 'write it as text, like "0123": a number loses its leading zeros'
                refuse(f"codes[{number}]", f"{code!r} is not text", cure)
            stem = code.removesuffix("*")
            if not stem or "*" in stem or code != code.strip():
                cure = "give a whole code, or the beginning of codes and one * after it"
                refuse(f"codes[{number}]", f"{code!r} is no area code", cure)

    @property
    def exact(self) -> tuple[str, ...]:
        """The codes to be met as they are."""
        return tuple(code for code in self.codes if not code.endswith("*"))

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What codes begin with, without the star."""
        return tuple(code[:-1] for code in self.codes if code.endswith("*"))


Place = Polygons | Radius | AreaCodes
SHAPES: dict[type[Place], Shape] = {
    Polygons: Shape.POLYGON,
    Radius: Shape.RADIUS,
    AreaCodes: Shape.AREA_CODES,
}


def to_json(place: Place) -> dict[str, Any]:
    """What is stored of a place; polygons are a GeoJSON MultiPolygon. `from_json` is the way back."""
    match place:
        case Polygons(polygons):
            return {"type": "MultiPolygon", "coordinates": polygons}
        case Radius(centre, metres):
            return {"centre": centre, "metres": metres}
        case AreaCodes(codes):
            return {"codes": codes}


def from_json(shape: Shape, stored: Mapping[str, Any]) -> Place:
    """The place that `to_json` wrote; what stands in a polygon was checked before it was stored."""
    match shape:
        case Shape.POLYGON:
            return Polygons(tuple(tuple(map(_ring, rings)) for rings in stored["coordinates"]))
        case Shape.RADIUS:
            return Radius(Point(*stored["centre"]), stored["metres"])
        case Shape.AREA_CODES:
            return AreaCodes(tuple(stored["codes"]))


def check_position(position: Sequence[Any], path: str) -> None:
    """Raises Refused, with the path of the number, when one of a longitude and a latitude cannot be one."""
    lon, lat = position
    for number, value in enumerate(position):
        where = f"{path}[{number}]"
        if type(value) not in (int, float):
            refuse(where, f"{value!r:.40} is not a number", "give degrees as a number")
        if isinstance(value, float) and not isfinite(value):
            refuse(where, f"{value} is not a finite number", "give degrees as a number")
    if 90 < abs(lat) <= 180 and abs(lon) <= 90:
        cure = "longitude stands first, then latitude (RFC 7946 section 3.1.1)"
        refuse(f"{path}[1]", f"there is no latitude {lat}; it seems that latitude stands first", cure)
    for number, name, most in ((1, "latitude", 90), (0, "longitude", 180)):
        if abs(position[number]) > most:
            cure = "give degrees of WGS 84, not metres of a map (RFC 7946 section 4)"
            refuse(f"{path}[{number}]", f"there is no {name} {position[number]!s:.20}", cure)


def refuse(path: str, problem: str, cure: str) -> NoReturn:
    """Raises Refused in one sentence: where, what is wrong, what to do."""
    raise Refused("bad_area", f"{path}: {problem}; {cure}")


def _ring(positions: Sequence[Sequence[float]]) -> Ring:
    return tuple(Point(lon, lat) for lon, lat in positions)
