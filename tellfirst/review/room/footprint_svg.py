"""The footprint of an incident as SVG, drawn from our own geometry: no tiles, nothing from elsewhere, no customer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, log10, radians

from tellfirst.domain.impact import Impact
from tellfirst.domain.place import Point
from tellfirst.review.footprint_looks import LOOKS
from tellfirst.review.footprint_rows import METRES_PER_DEGREE, Seen, Spot, outline

WIDTH, HEIGHT, ROOM = 720, 440, 26
"""Units of the picture, and what is left free around everything."""
FINE, COARSE, CROWDED = 4, 12, 400
"""Marks closer than this many units are one mark with their number; from CROWDED hits on the coarse measure holds."""
LEAST = 0.03
"""Degrees that are shown at the least, about three kilometres: one site alone stands among its neighbours."""
MOST_RING, MOST_EDGES, MOST_LABELS, IN_A_ROW = 240, 600, 12, 30
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1f2a33}.m{fill:#5b6770}.down{fill:#b3261e}.degraded{fill:#b26a00}"
    ".at_risk{fill:#2f6f9f}.near{fill:#b7c1c8}.edge{stroke:#5b6770;stroke-width:.6;stroke-opacity:.5}"
    ".area{fill:#6a3d9a;fill-opacity:.08;stroke:#6a3d9a;stroke-width:1.6}.ring{fill:none;stroke:#1f2a33;stroke-width:2}"
)


@dataclass(frozen=True, slots=True)
class _Mark:
    """One spot of the picture: the worst of `count` elements there, with the names of the first few."""

    x: float
    y: float
    impact: Impact
    names: tuple[str, ...]
    count: int


def draw(it: Seen) -> str:
    """The picture; where nobody knows where anything stands, elements are drawn in rows under their area."""
    placed = _Frame.around(it)
    body = _map(it, placed) if placed else _rows(it)
    label = escape(_said(it))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f"<title>{label}</title><style>{_STYLE}</style>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>{body}{_legend()}</svg>'
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """Degrees to units, in the proportions that they have on the ground."""

    west: float
    north: float
    narrow: float
    scale: float
    torn: bool
    """Both sides of the antimeridian lie side by side."""

    @classmethod
    def around(cls, it: Seen) -> "_Frame | None":
        points = [spot.at for spot in it.hits if spot.at]
        points += [at for place in it.areas.values() for ring in outline(place) for at in ring]
        if not points:
            return None
        torn = max(at.lon for at in points) - min(at.lon for at in points) > 180
        lon = [at.lon + 360 if torn and at.lon < 0 else at.lon for at in points]
        lat = [at.lat for at in points]
        narrow = max(cos(radians((min(lat) + max(lat)) / 2)), 0.02)
        width, height = (max(lon) - min(lon)) * narrow, max(lat) - min(lat)
        inner = WIDTH - 2 * ROOM, HEIGHT - 2 * ROOM - 24
        scale = min(inner[0] / max(width, LEAST), inner[1] / max(height, LEAST))
        west = (min(lon) + max(lon)) / 2 - WIDTH / 2 / scale / narrow
        north = (min(lat) + max(lat)) / 2 + (HEIGHT - 24) / 2 / scale
        return cls(west, north, narrow, scale, torn)

    def __call__(self, at: Point) -> tuple[float, float]:
        lon = at.lon + 360 if self.torn and at.lon < 0 else at.lon
        return (lon - self.west) * self.narrow * self.scale, (self.north - at.lat) * self.scale


def _map(it: Seen, placed: _Frame) -> str:
    cell = FINE if len(it.hits) <= CROWDED else COARSE
    marks = _merged(((spot, placed(spot.at)) for spot in it.hits if spot.at), cell)
    near = {(round(x / COARSE), round(y / COARSE)) for x, y in map(placed, it.neighbours) if _inside(x, y)}
    parts = [f'<circle class="near" cx="{x * COARSE}" cy="{y * COARSE}" r="1.8"/>' for x, y in sorted(near)]
    parts += [
        f'<polygon class="area" points="{_points(map(placed, _thinned(ring)))}"/>'
        for place in it.areas.values()
        for ring in outline(place)
    ]
    parts += _edges(it, placed)
    parts += [_mark(one) for one in sorted(marks, key=lambda one: one.impact)]
    parts += _causes(it, placed)
    return "".join((*parts, _scale(placed)))


def _merged(spots: Iterable[tuple[Spot, tuple[float, float]]], cell: int) -> list[_Mark]:
    together: dict[tuple[int, int], list[tuple[Spot, tuple[float, float]]]] = {}
    for spot, (x, y) in spots:
        together.setdefault((int(x // cell), int(y // cell)), []).append((spot, (x, y)))
    found = []
    for ones in together.values():
        worst, (x, y) = max(ones, key=lambda one: one[0].impact)
        found.append(_Mark(x, y, worst.impact, tuple(one.name for one, _ in ones[:3]), len(ones)))
    return found


def _mark(one: _Mark) -> str:
    said = LOOKS[one.impact][2] if one.impact in LOOKS else "not hit"
    more = f" and {one.count - len(one.names):,} more" if one.count > len(one.names) else ""
    title = f"<title>{escape(', '.join(one.names))}{more}: {said}</title>"
    size = 5 if one.count == 1 else 6.5
    return _shape(one.impact, one.x, one.y, size, title)


def _shape(impact: Impact, x: float, y: float, size: float, inside: str = "") -> str:
    """Told apart by form and not by colour alone."""
    name = impact.word
    match impact:
        case Impact.DOWN:
            form = f'<rect class="{name}" x="{x - size:.1f}" y="{y - size:.1f}" width="{2 * size}" height="{2 * size}"'
            return f"{form}>{inside}</rect>"
        case Impact.DEGRADED:
            points = _points(((x, y - size * 1.2), (x + size * 1.2, y + size), (x - size * 1.2, y + size)))
            return f'<polygon class="{name}" points="{points}">{inside}</polygon>'
        case _:
            return f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="{size}">{inside}</circle>'


def _edges(it: Seen, placed: _Frame) -> list[str]:
    at = {spot.element_id: placed(spot.at) for spot in it.hits if spot.at}
    known = [(at[child], at[parent]) for child, parent in it.edges if child in at and parent in at]
    return [
        f'<line class="edge" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
        for (x1, y1), (x2, y2) in known[:MOST_EDGES]
    ]


def _causes(it: Seen, placed: _Frame) -> list[str]:
    parts = []
    for number, cause in enumerate(it.causes[:MOST_LABELS], start=1):
        spot = cause.spot
        rings = outline(it.areas[spot.element_id]) if spot.element_id in it.areas else []
        at = spot.at or max((one for ring in rings for one in ring), key=lambda one: one.lat, default=None)
        if at is None:
            continue
        x, y = placed(at)
        if spot.at:
            parts.append(f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="11"/>')
        anchor, shift = ("end", -14) if x > WIDTH * 0.75 else ("start", 14)
        parts.append(
            f'<text x="{x + shift:.1f}" y="{y - 8:.1f}" text-anchor="{anchor}" font-weight="700">'
            f"{number} {escape(_short(spot.name))}</text>"
        )
    return parts


def _rows(it: Seen) -> str:
    """No place is known: marks in rows, the causes named first."""
    parts = [f'<text class="m" x="{ROOM}" y="{ROOM}">No position is known of what is hit.</text>']
    for number, cause in enumerate(it.causes[:MOST_LABELS], start=1):
        y = ROOM + 24 + (number - 1) * 20
        parts.append(_shape(cause.spot.impact, ROOM + 6, y - 4, 5))
        parts.append(
            f'<text x="{ROOM + 20}" y="{y}" font-weight="700">{number} {escape(_short(cause.spot.name))}</text>'
        )
    top = ROOM + 40 + min(len(it.causes), MOST_LABELS) * 20
    step = (WIDTH - 2 * ROOM) / IN_A_ROW
    most = int((HEIGHT - 50 - top) // step) * IN_A_ROW
    for number, spot in enumerate(it.hits[:most]):
        across, down = ROOM + (number % IN_A_ROW + 0.5) * step, top + (number // IN_A_ROW + 0.5) * step
        parts.append(_mark(_Mark(across, down, spot.impact, (spot.name,), 1)))
    if (left := len(it.hits) - most) > 0:
        parts.append(
            f'<text class="m" x="{WIDTH - ROOM}" y="{ROOM}" text-anchor="end">and {left:,} more</text>'
        )
    return "".join(parts)


def _legend() -> str:
    parts: list[str] = []
    x = float(ROOM)
    for impact in sorted(LOOKS, reverse=True):
        said = LOOKS[impact][2]
        parts.append(_shape(impact, x, HEIGHT - 14, 4.5))
        parts.append(f'<text x="{x + 10}" y="{HEIGHT - 10}">{said}</text>')
        x += 28 + 7 * len(said)
    return "".join(parts)


def _scale(placed: _Frame) -> str:
    """A bar of a round number of kilometres."""
    kilometre = 1_000 / METRES_PER_DEGREE * placed.scale
    about = WIDTH / 5 / kilometre
    step = 10.0 ** int(log10(about)) if about >= 1 else 10.0 ** (int(log10(about)) - 1)
    length = max(one for one in (step, 2 * step, 5 * step) if one <= about or one == step)
    right = WIDTH - ROOM
    return (
        f'<line x1="{right - length * kilometre:.1f}" y1="{HEIGHT - 14}" x2="{right}" y2="{HEIGHT - 14}" '
        f'stroke="#1f2a33" stroke-width="2"/><text x="{right}" y="{HEIGHT - 19}" text-anchor="end">{length:g} km</text>'
    )


def _said(it: Seen) -> str:
    counts = ", ".join(
        f"{count:,} {LOOKS[impact][2]}"
        for impact, count in sorted(it.hit_counts.items(), reverse=True)
        if impact in LOOKS
    )
    return (
        f"Where {it.incident.name} {'hit' if it.over else 'hits'}: {counts or 'nothing yet'};"
        f" {it.affected_count:,} customers affected"
    )


def _thinned(ring: Sequence[Point]) -> list[Point]:
    every = -(-len(ring) // MOST_RING)
    return [*ring[::every]]


def _points(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _inside(x: float, y: float) -> bool:
    return 0 <= x <= WIDTH and 0 <= y <= HEIGHT - 24


def _short(name: str) -> str:
    return name if len(name) <= 32 else name[:31] + "…"
