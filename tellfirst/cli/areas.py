"""Areas as people type them: a drawn file, a circle, area codes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tellfirst.domain.errors import Refused, RuleBroken
from tellfirst.domain.place import AreaCodes, Point, Radius

if TYPE_CHECKING:
    from tellfirst.audience.areas import Area


def typed_areas(
    files: Sequence[Path], circles: Sequence[str], codes: Sequence[str], *, repair: bool
) -> list["Area"]:
    """All that was typed, in this order; the codes together are one area.

    Raises Refused or RuleBroken with what is wrong and how to write it.
    """
    if not (files or circles or codes):
        return []
    # Here and not above: shapely would cost every other command a quarter of a second.
    from tellfirst.audience.areas import Area, read_area

    areas = [area for path in files for area in read_area(path, repair=repair)]
    for circle in circles:
        place = _circle(circle)
        lon, lat = place.centre
        areas.append(Area.of(f"{place.metres:g} m around {lat:g}, {lon:g}", place))
    if codes:
        areas.append(Area.of(f"codes {', '.join(codes)}", AreaCodes(tuple(codes))))
    return areas


def _circle(typed: str) -> Radius:
    """`17.49,78.39,500`: latitude first, as maps show it, then metres."""
    try:
        lat, lon, metres = (float(part) for part in typed.split(","))
    except ValueError:
        raise RuleBroken(
            f"'{typed}' is no circle; write latitude, longitude and metres like 17.4948,78.3996,500"
        ) from None
    try:
        return Radius(Point(lon, lat), metres)
    except Refused as refused:
        raise RuleBroken(
            f"'{typed}' is no circle: write latitude, longitude and metres like 17.4948,78.3996,500 ({refused})"
        ) from None
