"""Areas of an incident, read from GeoJSON files and checked before they are stored."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from tellfirst.audience.ground import geometry
from tellfirst.domain.audience import Shape
from tellfirst.domain.errors import Refused
from tellfirst.domain.geojson import Drawn, clean_name, features
from tellfirst.domain.place import SHAPES, Place, Point, Polygon, Polygons, from_json, refuse, to_json

LARGEST_FILE_BYTES = 128 * 1024 * 1024
"""A million positions written generously."""


@dataclass(frozen=True, slots=True)
class Area:
    """A row of `incident_area`, before it belongs to an incident."""

    name: str
    shape: Shape
    geometry: dict[str, Any]

    @classmethod
    def of(cls, name: str, place: Place) -> "Area":
        return cls(name, SHAPES[type(place)], to_json(place))

    @property
    def place(self) -> Place:
        return from_json(self.shape, self.geometry)


def read_area(path: Path, name: str | None = None, *, repair: bool = False) -> list[Area]:
    """The areas that a GeoJSON file draws: one for each feature, or with a `name` one of that name in all.

    A feature is called by its `name`, `Name` or id, else by the name of the file. Outlines that cross
    themselves are refused, or with `repair` mended so that nothing they go around is lost. Raises Refused with
    the file, the JSON path, what is wrong and the cure; a file with one mistake gives no area at all.
    """
    try:
        document = _document(path)
        if name is None:
            return drawn_areas(document, path.stem, repair=repair)
        drawn = [_sound(one, repair) for one in features(document)]
    except Refused as refused:
        raise Refused(refused.reason, f"{path.name}: {refused}") from None
    together = Polygons(tuple(polygon for place in drawn for polygon in place.polygons))
    return [Area.of(clean_name(name), together)]


def typed_document(text: str) -> object:
    """GeoJSON that somebody pasted, parsed. Raises Refused."""
    return _parsed(text.encode())


def drawn_areas(document: object, otherwise: str, *, repair: bool = False) -> list[Area]:
    """The areas that parsed GeoJSON draws; a feature without a name is called `otherwise`. Raises Refused."""
    try:
        drawn = [(one, _sound(one, repair)) for one in features(document)]
    except RecursionError:
        refuse("the document", "it nests too deep", "write it anew")
    alone = len(drawn) == 1 or not otherwise
    return [
        Area.of(one.name or (otherwise if alone else f"{otherwise} {number}"), place)
        for number, (one, place) in enumerate(drawn, start=1)
    ]


def _document(path: Path) -> object:
    try:
        with path.open("rb") as opened:
            content = opened.read(LARGEST_FILE_BYTES + 1)
    except OSError as failed:
        refuse("the file", f"it cannot be read ({failed.strerror})", "check its name and its permissions")
    if len(content) > LARGEST_FILE_BYTES:
        refuse("the file", f"it is larger than {LARGEST_FILE_BYTES >> 20} MiB", "simplify the outlines")
    return _parsed(content)


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_members)
    except UnicodeDecodeError as failed:
        refuse(f"byte {failed.start}", "this is not UTF-8", "write the file as UTF-8 (RFC 8259 section 8.1)")
    except json.JSONDecodeError as failed:
        refuse(
            f"line {failed.lineno} column {failed.colno}", f"this is no JSON: {failed.msg}", "mend the file"
        )
    except (RecursionError, ValueError):
        refuse("the file", "it nests too deep or holds a number that is far too long", "write it anew")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        refuse("the file", f"an object has the member {twice!r:.40} twice", "remove the wrong one")
    return members


def _sound(drawn: Drawn, repair: bool) -> Polygons:
    """The polygons of a feature, none of which crosses itself."""
    sound: list[Polygon] = []
    for number, polygon in enumerate(drawn.polygons.polygons, start=1):
        drawing = geometry(polygon)
        if drawing.is_valid:
            sound.append(polygon)
        elif repair:
            sound += _mended(drawing)
        else:
            fault = re.sub(
                r"\[(\S+) (\S+)\]", r" at longitude \1, latitude \2", shapely.is_valid_reason(drawing)
            )
            where = f"{drawn.path}, {drawn.name}" if drawn.name else drawn.path
            refuse(f"{where}, polygon {number}", fault, "mend the drawing, or ask for it to be repaired")
    if not sound:
        refuse(drawn.path, "repaired, it has no surface left", "draw it anew")
    return Polygons(tuple(sound))


def _mended(drawing: shapely.Polygon) -> list[Polygon]:
    mended = shapely.make_valid(drawing, method="structure", keep_collapsed=False)
    surfaces = [part for part in shapely.get_parts(mended) if isinstance(part, shapely.Polygon) and part.area]
    return [
        tuple(
            tuple(Point(*position) for position in ring.coords)
            for ring in (surface.exterior, *surface.interiors)
        )
        for surface in surfaces
    ]
