"""Polygons out of GeoJSON (RFC 7946), refused with the place in the document, what is wrong and the cure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from unicodedata import category

from tellfirst.domain.place import Point, Polygon, Polygons, Ring, check_position, refuse

MOST_POSITIONS = 1_000_000
"""Of all polygons of one document together."""
LONGEST_NAME = 200
CRS_NAMES = frozenset(
    {
        *("EPSG:4326", "urn:ogc:def:crs:EPSG::4326", "http://www.opengis.net/def/crs/EPSG/0/4326"),
        *("CRS84", "OGC:CRS84", "urn:ogc:def:crs:OGC::CRS84", "urn:ogc:def:crs:OGC:1.3:CRS84"),
        "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    }
)
"""Files older than RFC 7946 may still name what its section 4 prescribes."""
ROOT = "the document"

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One feature of a document, or the geometry that is the document; `path` says where it stands."""

    name: str | None
    path: str
    polygons: Polygons


def features(document: object) -> tuple[Drawn, ...]:
    """What a parsed GeoJSON document draws, feature by feature.

    Understands Feature, FeatureCollection, Polygon, MultiPolygon and a GeometryCollection of these. Rings may
    turn either way (section 3.1.6), heights are ignored (3.1.1). Nothing is skipped in silence: raises Refused
    for anything else, for rings that are none, and for more than MOST_POSITIONS positions.
    """
    return _Reader().features(document)


def clean_name(name: str) -> str:
    """A name for people: one line, nothing in it that steers a terminal, at most LONGEST_NAME letters."""
    kept = "".join(" " if category(letter) in ("Cc", "Cs") else letter for letter in name)
    return " ".join(kept.split())[:LONGEST_NAME]


class _Reader:
    """Goes through one document and counts its positions."""

    def __init__(self) -> None:
        self._position_count = 0

    def features(self, document: object) -> tuple[Drawn, ...]:
        root = _object(document, ROOT)
        if root["type"] == "FeatureCollection":
            return _each(root.get("features"), "features", self._member)
        return (self._drawn(root, ROOT),)

    def _member(self, thing: object, path: str) -> Drawn:
        member = _object(thing, path)
        if member["type"] != "Feature":
            cure = "a collection holds features (RFC 7946 section 3.3)"
            refuse(path, f"a {member['type']:.40} is no Feature", cure)
        return self._drawn(member, path)

    def _drawn(self, thing: dict[str, Any], path: str) -> Drawn:
        if thing["type"] != "Feature":
            return Drawn(None, path, Polygons(self._geometry(thing, path)))
        inner = _below(path, "geometry")
        if thing.get("geometry") is None:
            refuse(inner, "this feature has no place (RFC 7946 section 3.2)", "draw it or remove it")
        return Drawn(_name(thing), path, Polygons(self._geometry(thing["geometry"], inner)))

    def _geometry(self, thing: object, path: str) -> tuple[Polygon, ...]:
        geometry = _object(thing, path)
        if geometry["type"] == "GeometryCollection":
            found = _each(geometry.get("geometries"), _below(path, "geometries"), self._simple)
            return tuple(polygon for polygons in found for polygon in polygons)
        return self._simple(geometry, path)

    def _simple(self, thing: object, path: str) -> tuple[Polygon, ...]:
        geometry, where = _object(thing, path), _below(path, "coordinates")
        if geometry["type"] == "Polygon":
            return (self._polygon(geometry.get("coordinates"), where),)
        if geometry["type"] != "MultiPolygon":
            cure = "draw Polygon or MultiPolygon, in at most one collection (RFC 7946 section 3.1)"
            refuse(path, f"a {geometry['type']:.40} is no polygon", cure)
        return _each(geometry.get("coordinates"), where, self._polygon)

    def _polygon(self, rings: object, path: str) -> Polygon:
        return _each(rings, path, self._ring)

    def _ring(self, positions: object, path: str) -> Ring:
        found = _list(positions, path)
        self._position_count += len(found)
        if self._position_count > MOST_POSITIONS:
            refuse(
                path, f"there are more than {MOST_POSITIONS:,} positions up to here", "simplify the outline"
            )
        ring = tuple(_point(one, path, number) for number, one in enumerate(found))
        different = len(set(ring))
        if len(ring) < 4 or different < 3:
            cure = "a ring has at least three corners and the first again (RFC 7946 section 3.1.6)"
            refuse(path, f"{len(ring)} positions, {different} of them different, are no ring", cure)
        if ring[0] != ring[-1]:
            ends = f"the ring begins at {list(ring[0])} and ends at {list(ring[-1])}"
            cure = "repeat the first position as the last (RFC 7946 section 3.1.6)"
            refuse(f"{path}[{len(ring) - 1}]", ends, cure)
        _check_extent(ring, path)
        return ring


def _point(position: object, ring: str, number: int) -> Point:
    """Paths are put together only for a refusal: there may be a million positions."""
    if not isinstance(position, list) or len(position) < 2:
        cure = "a position is [longitude, latitude] (RFC 7946 section 3.1.1)"
        refuse(f"{ring}[{number}]", f"{position!r:.40} is no position", cure)
    lon, lat = position[0], position[1]
    if not (type(lon) is float and type(lat) is float and -180 <= lon <= 180 and -90 <= lat <= 90):
        check_position((lon, lat), f"{ring}[{number}]")
    return Point(float(lon), float(lat))


def _check_extent(ring: Ring, path: str) -> None:
    longitudes = [point.lon for point in ring]
    if max(longitudes) - min(longitudes) > 180:
        cure = "if it crosses the antimeridian, cut it there into two polygons (RFC 7946 section 3.1.9)"
        refuse(path, "the ring spans more than 180 degrees of longitude", cure)
    for number, point in enumerate(ring):
        if abs(point.lat) == 90:
            cure = "end it before the pole, or give a centre and a radius (RFC 7946 section 5.3)"
            refuse(f"{path}[{number}]", "the ring touches a pole, where longitude means nothing", cure)


def _object(thing: object, path: str) -> dict[str, Any]:
    """A GeoJSON object: its `type` is text, its `crs`, if any, the one there may be."""
    if not isinstance(thing, dict) or not isinstance(thing.get("type"), str):
        cure = "GeoJSON is made of objects with a `type` (RFC 7946 section 3)"
        refuse(path, "this is no GeoJSON object", cure)
    if "crs" in thing and _crs_name(thing["crs"]) not in CRS_NAMES:
        cure = "convert the file to WGS 84 and leave `crs` out (RFC 7946 section 4)"
        refuse(_below(path, "crs"), "the coordinates are in a system of their own", cure)
    return thing


def _crs_name(crs: object) -> str | None:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    return str(properties.get("name")) if isinstance(properties, dict) else None


def _name(feature: dict[str, Any]) -> str | None:
    """What the feature calls itself: its name, else its id."""
    properties = feature.get("properties")
    known = properties if isinstance(properties, dict) else {}
    for word in (known.get("name"), known.get("Name"), feature.get("id"), known.get("id")):
        if isinstance(word, str | int) and not isinstance(word, bool) and (name := clean_name(str(word))):
            return name
    return None


def _each(members: object, path: str, read: Callable[[object, str], Read]) -> tuple[Read, ...]:
    """Every member of a list that must not be empty, read with its own path."""
    found = _list(members, path)
    if not found:
        refuse(path, "there is nothing in it (RFC 7946 section 3.1)", "draw it or remove it")
    return tuple(read(one, f"{path}[{number}]") for number, one in enumerate(found))


def _list(thing: object, path: str) -> list[Any]:
    if not isinstance(thing, list):
        refuse(path, "this is no list", "compare with RFC 7946 section 3.1")
    return thing


def _below(path: str, member: str) -> str:
    return member if path == ROOT else f"{path}.{member}"
