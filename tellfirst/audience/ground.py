"""What lies on the ground inside a polygon or a circle: exact, for many points at once."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from tellfirst.domain.place import Point, Polygon, Polygons, Radius

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

EQUATOR_METRES = 6_378_137.0
FLATTENING = 1 / 298.257223563
"""Of the ellipsoid WGS 84."""
ROUNDS = 8
"""Each brings some 300 times as near; circles are far too small for where it would not."""


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees; never across the antimeridian. Both edges belong to it."""

    west: float
    south: float
    east: float
    north: float


class Ground:
    """A polygon or a circle: `boxes` hold all of it, `covers` says of each point whether it belongs to it."""

    def __init__(self, place: Polygons | Radius) -> None:
        self._place = place
        if isinstance(place, Radius):
            self._parts: list[shapely.Geometry] = []
            self.boxes = _boxes_around(place)
        else:
            self._parts = _parts(place)
            self.boxes = _boxes_of(self._parts)

    def covers(self, lon: Floats, lat: Floats) -> Bools:
        """True where a point is inside or on the boundary. A position at 180 degrees is also one at -180."""
        if isinstance(self._place, Radius):
            return metres_between(self._place.centre, lon, lat) <= self._place.metres
        covered = self._in_polygons(lon, lat)
        seam = np.abs(lon) == 180
        if seam.any():
            covered[seam] |= self._in_polygons(-lon[seam], lat[seam])
        return covered

    def _in_polygons(self, lon: Floats, lat: Floats) -> Bools:
        covered = np.zeros(len(lon), np.bool_)
        for part in self._parts:
            covered |= shapely.intersects_xy(part, lon, lat)
        return covered


def geometry(polygon: Polygon) -> shapely.Polygon:
    """The same for shapely."""
    return shapely.Polygon(polygon[0], polygon[1:])


def metres_between(centre: Point, lon: Floats, lat: Floats) -> Floats:
    """The way over the ellipsoid WGS 84 from `centre` to each point, to the millimetre up to 10 000 km.

    T. Vincenty, "Direct and inverse solutions of geodesics on the ellipsoid with application of nested
    equations", Survey Review XXIII (176), 1975, with the inverse formula's names.
    """
    f, polar_metres = FLATTENING, EQUATOR_METRES * (1 - FLATTENING)
    reduced_1, reduced_2 = (np.arctan((1 - f) * np.tan(np.radians(one))) for one in (centre.lat, lat))
    sin_u1, cos_u1, sin_u2, cos_u2 = (
        np.sin(reduced_1),
        np.cos(reduced_1),
        np.sin(reduced_2),
        np.cos(reduced_2),
    )
    difference = np.radians(lon - centre.lon)
    on_sphere = difference
    for _ in range(ROUNDS):
        sin_l, cos_l = np.sin(on_sphere), np.cos(on_sphere)
        sin_s = np.hypot(cos_u2 * sin_l, cos_u1 * sin_u2 - sin_u1 * cos_u2 * cos_l)
        cos_s = sin_u1 * sin_u2 + cos_u1 * cos_u2 * cos_l
        s = np.arctan2(sin_s, cos_s)
        sin_a = _ratio(cos_u1 * cos_u2 * sin_l, sin_s)
        cos2_a = 1 - sin_a**2
        cos_2m = cos_s - 2 * _ratio(sin_u1 * sin_u2, cos2_a)
        c = f / 16 * cos2_a * (4 + f * (4 - 3 * cos2_a))
        bent = s + c * sin_s * (cos_2m + c * cos_s * (2 * cos_2m**2 - 1))
        on_sphere = difference + (1 - c) * f * sin_a * bent
    u2 = cos2_a * (EQUATOR_METRES**2 / polar_metres**2 - 1)
    big_a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    big_b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    square = 2 * cos_2m**2 - 1
    last = big_b / 6 * cos_2m * (4 * sin_s**2 - 3) * (4 * cos_2m**2 - 3)
    metres: Floats = (
        polar_metres * big_a * (s - big_b * sin_s * (cos_2m + big_b / 4 * (cos_s * square - last)))
    )
    return metres


def _ratio(above: Floats, below: Floats) -> Floats:
    """0 where both are 0: at the centre itself, and along the equator."""
    return np.divide(above, below, out=np.zeros_like(above), where=below != 0)


def _parts(place: Polygons) -> list[shapely.Geometry]:
    """As one geometry where that is valid, else one by one: where polygons overlap, counting how often a line
    crosses their rings would take a point that is in two of them for outside."""
    polygons = [geometry(one) for one in place.polygons]
    whole = shapely.MultiPolygon(polygons)
    parts: list[shapely.Geometry] = [whole] if whole.is_valid else list(polygons)
    shapely.prepare(parts)
    return parts


def _boxes_of(parts: list[shapely.Geometry]) -> list[Box]:
    """One box, or one for each side of the earth; and the antimeridian under its other name."""
    bounds = shapely.bounds([one for part in parts for one in shapely.get_parts(part)])
    boxes = []
    for side in (bounds[bounds[:, 0] < 0], bounds[bounds[:, 0] >= 0]):
        if len(side):
            (west, south), (east, north) = side[:, :2].min(axis=0), side[:, 2:].max(axis=0)
            boxes.append(Box(*map(float, (west, south, east, north))))
            if east == 180 or west == -180:
                seam = -180.0 if east == 180 else 180.0
                boxes.append(Box(seam, float(south), seam, float(north)))
    return boxes


def _boxes_around(circle: Radius) -> list[Box]:
    """Never too small: no way of that many metres climbs further than along the strongest curve of a meridian,
    and none goes further east than along the parallel nearest to the pole that it can reach."""
    lon, lat = circle.centre
    climb = float(np.degrees(circle.metres / (EQUATOR_METRES * (1 - FLATTENING) ** 2)))
    south, north = lat - climb, lat + climb
    nearest = max(-south, north)
    aside = 180.0
    if nearest < 90:
        along = float(np.degrees(circle.metres / EQUATOR_METRES))
        aside = min(180.0, along / float(np.cos(np.radians(nearest))))
    south, north, west, east = max(south, -90.0), min(north, 90.0), lon - aside, lon + aside
    if aside == 180:
        return [Box(-180.0, south, 180.0, north)]
    if west < -180:
        return [Box(-180.0, south, east, north), Box(west + 360, south, 180.0, north)]
    if east > 180:
        return [Box(west, south, 180.0, north), Box(-180.0, south, east - 360, north)]
    return [Box(west, south, east, north)]
