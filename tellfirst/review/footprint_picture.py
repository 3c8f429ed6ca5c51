"""One picture of an incident's footprint: what is hit, why, and where the customers are, at a glance.

Where nobody knows where elements stand, they are drawn as a tree under their causes instead.
"""

from collections.abc import Iterable, Sequence
from io import BytesIO
from math import cos, log10, radians
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from tellfirst.domain.impact import Impact
from tellfirst.domain.place import AreaCodes, Point
from tellfirst.review.footprint_looks import AREA, INK, LOOKS, MUTED, NEAR, PAPER, RULE
from tellfirst.review.footprint_rows import METRES_PER_DEGREE, Seen, Spot, outline, seen
from tellfirst.review.footprint_tree import draw_tree

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE_INCHES, DOTS_PER_INCH = (11.5, 7.2), 120
FEWEST = 5
"""A cell of the density with fewer customers is not drawn: nobody can be made out."""
MOST_LISTED = 12


def draw(connection: Connection, reference: str) -> bytes:
    """A PNG of the incident's footprint as its last revision left it. Raises NotFound."""
    # Imported on first use, because it takes longer than everything else here.
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    it = seen(connection, reference)
    drawn = BytesIO()
    with rc_context({"text.parse_math": False, "font.size": 9, "text.color": INK}):
        figure = Figure(figsize=SIZE_INCHES, dpi=DOTS_PER_INCH, facecolor=PAPER)
        FigureCanvasAgg(figure)
        picture = figure.add_axes((0.02, 0.03, 0.66, 0.83))
        _title(figure.add_axes((0.02, 0.88, 0.96, 0.1)), it)
        beside = figure.add_axes((0.7, 0.03, 0.29, 0.83))
        on_map = any(spot.at for spot in it.hits) or any(outline(place) for place in it.areas.values())
        density = on_map and _map(picture, it)
        if not on_map:
            draw_tree(picture, it)
        _words(beside, it, on_map=on_map, density=density)
        figure.savefig(drawn, format="png", metadata={"Software": None})
    return drawn.getvalue()


def _title(axes: "Axes", it: Seen) -> None:
    axes.axis("off")
    kinds = [
        f"{count:,} {LOOKS[impact][2]}"
        for impact, count in sorted(it.hit_counts.items(), reverse=True)
        if impact in LOOKS
    ]
    areas = len(it.areas)
    elements = sum(it.hit_counts.values()) - areas
    counted = " and ".join(
        _plural(count, word)
        for count, word in ((elements, "element"), (areas, "area"))
        if count or word == "element"
    )
    revision = f"revision {it.revision}" if it.revision else "not matched yet"
    axes.text(0, 0.95, it.incident.name, fontsize=16, weight="bold", va="top")
    axes.text(1, 0.95, f"{revision}, {it.at:%d %b %Y %H:%M} UTC", ha="right", va="top", color=MUTED)
    told = f"{it.affected_count:,} customers affected"
    if it.at_risk_count:
        told += f", {it.at_risk_count:,} only at risk"
    if it.uncertain_count:
        told += f" ({it.uncertain_count:,} of them uncertain)"
    line = f"{counted} hit: {', '.join(kinds) or 'none'}  ·  {told}"
    axes.text(0, 0.3, line, fontsize=11, va="top")


def _map(axes: "Axes", it: Seen) -> bool:
    """True when the density of customers is drawn too."""
    around = _Unroller(it)
    points = {spot.element_id: around(spot.at) for spot in it.hits if spot.at}
    rings = {key: outline(place) for key, place in it.areas.items()}
    everything = [*points.values(), *(around(at) for ring in rings.values() for one in ring for at in one)]
    _frame(axes, everything)
    density = _density(axes, [around(at) for at in it.locations])
    axes.scatter(*_columns(map(around, it.neighbours)), s=16, c=NEAR, linewidths=0, zorder=2)
    for ring in (one for rings_of in rings.values() for one in rings_of):
        axes.plot(*_columns(map(around, ring)), color=AREA, lw=1.8, zorder=3)
        axes.fill(*_columns(map(around, ring)), color=AREA, alpha=0.06, lw=0, zorder=0)
    for child, parent in it.edges:
        if child in points and parent in points:
            axes.plot(*_columns((points[child], points[parent])), color=INK, lw=0.6, alpha=0.45, zorder=3)
    _marks(axes, it.hits, points)
    for number, cause in enumerate(it.causes[:MOST_LISTED], start=1):
        at = points.get(cause.spot.element_id) or _label_at(rings.get(cause.spot.element_id), around)
        if at:
            _cause_mark(axes, number, cause.spot, at, ringed=cause.spot.at is not None)
    _scale(axes)
    return density


class _Unroller:
    """Lays an area on both sides of the antimeridian side by side."""

    def __init__(self, it: Seen) -> None:
        outlines = [at for place in it.areas.values() for ring in outline(place) for at in ring]
        longitudes = [at.lon for at in [*outlines, *(spot.at for spot in it.hits if spot.at)]]
        self._torn = bool(longitudes) and max(longitudes) - min(longitudes) > 180

    def __call__(self, at: Point | None) -> Point:
        assert at is not None
        return Point(at.lon + 360, at.lat) if self._torn and at.lon < 0 else at


def _frame(axes: "Axes", points: Sequence[Point]) -> None:
    """All of it with room around, at least two kilometres, in the proportions it has on the ground."""
    lon, lat = _columns(points)
    middle_lon, middle_lat = (min(lon) + max(lon)) / 2, (min(lat) + max(lat)) / 2
    narrow = max(cos(radians(middle_lat)), 0.02)
    box = axes.get_position()
    width, height = box.width * SIZE_INCHES[0], box.height * SIZE_INCHES[1]
    half = max((max(lon) - min(lon)) * narrow / width, (max(lat) - min(lat)) / height, 0.02 / height) * 0.62
    axes.set_xlim(middle_lon - half * width / narrow, middle_lon + half * width / narrow)
    axes.set_ylim(middle_lat - half * height, middle_lat + half * height)
    axes.set_aspect(1 / narrow)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(RULE)


def _density(axes: "Axes", points: Sequence[Point]) -> bool:
    if len(points) < FEWEST:
        return False
    lon, lat = _columns(points)
    extent = (*axes.get_xlim(), *axes.get_ylim())
    cells = axes.hexbin(
        lon, lat, gridsize=34, extent=extent, mincnt=FEWEST, cmap="Greys", linewidths=0, alpha=0.55, zorder=1
    )
    counts = cells.get_array()
    if counts is None or not counts.size:
        return False
    highest = float(counts.max())
    cells.set_clim(-0.4 * highest, 1.5 * highest)
    return True


def _marks(axes: "Axes", hits: Iterable[Spot], points: dict[str, Point]) -> None:
    """The worst on top."""
    shown = [spot for spot in hits if spot.element_id in points]
    size = 70 if len(shown) <= 200 else 22 if len(shown) <= 1_500 else 8
    for impact in sorted(LOOKS):
        colour, mark, _ = LOOKS[impact]
        at = [points[spot.element_id] for spot in shown if spot.impact is impact]
        if at:
            axes.scatter(
                *_columns(at),
                s=size,
                c=colour,
                marker=mark,
                edgecolors=PAPER,
                linewidths=0.7,
                zorder=4 + impact,
            )


def _cause_mark(axes: "Axes", number: int, spot: Spot, at: Point, *, ringed: bool) -> None:
    if ringed:
        axes.scatter([at.lon], [at.lat], s=230, facecolors="none", edgecolors=INK, linewidths=2, zorder=9)
    shown = spot.name if len(spot.name) <= 34 else spot.name[:33] + "…"
    axes.annotate(
        f"{number}  {shown}",
        at,
        xytext=(11, 9) if ringed else (0, 6),
        textcoords="offset points",
        ha="left" if ringed else "center",
        weight="bold",
        color=INK if ringed else AREA,
        bbox={"boxstyle": "round,pad=0.15", "fc": PAPER, "ec": "none", "alpha": 0.75},
        zorder=10,
        annotation_clip=True,
    )


def _label_at(rings: Sequence[Sequence[Point]] | None, around: _Unroller) -> Point | None:
    """The highest point of an outline."""
    return max((around(at) for ring in rings for at in ring), key=lambda at: at.lat) if rings else None


def _scale(axes: "Axes") -> None:
    """A bar of a round number of kilometres, about a fifth of the width."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    kilometre = 1_000 / METRES_PER_DEGREE / max(cos(radians((south + north) / 2)), 0.02)
    about = (east - west) / kilometre / 5
    step = 10.0 ** int(log10(about)) if about >= 1 else 10.0 ** (int(log10(about)) - 1)
    length = max(one for one in (step, 2 * step, 5 * step) if one <= about or one == step)
    left, low = west + (east - west) * 0.03, south + (north - south) * 0.04
    axes.plot(
        [left, left + length * kilometre], [low, low], color=INK, lw=2.5, zorder=8, solid_capstyle="butt"
    )
    axes.annotate(f"{length:g} km", (left, low), xytext=(0, 5), textcoords="offset points", zorder=8)


def _words(axes: "Axes", it: Seen, *, on_map: bool, density: bool) -> None:
    """The legend, then the causes by number, then what cannot be on the map."""
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    line = 0.98
    for impact in sorted(LOOKS, reverse=True):
        colour, mark, said = LOOKS[impact]
        axes.scatter([0.035], [line], s=70, c=colour, marker=mark)
        axes.text(0.09, line, f"{said}, still working" if impact is Impact.AT_RISK else said, va="center")
        line -= 0.042
    axes.scatter([0.035], [line], s=150, facecolors="none", edgecolors=INK, linewidths=2)
    axes.text(0.09, line, "a cause, with its number below", va="center")
    line -= 0.042
    if on_map:
        axes.scatter([0.035], [line], s=24, c=NEAR)
        axes.text(0.09, line, "an element near by that is not hit", va="center")
        line -= 0.042
    if it.areas and on_map:
        axes.plot([0.01, 0.06], [line, line], color=AREA, lw=1.8)
        axes.text(0.09, line, "the outline of a hit area", va="center")
        line -= 0.042
    if density:
        axes.scatter([0.035], [line], s=150, c="#9a9a9a", marker="h")
        axes.text(
            0.09, line, f"affected customers: the darker, the more\n(cells of {FEWEST} or more)", va="top"
        )
        line -= 0.075
    line = _listed(axes, line - 0.02, "Causes", [_cause_line(it, number) for number in range(len(it.causes))])
    if on_map:
        off_map = [
            f"{spot.name}, {LOOKS[spot.impact][2]}"
            for spot in it.hits
            if spot.at is None and spot.element_id not in it.areas and spot.impact in LOOKS
        ]
        _listed(axes, line - 0.02, "Hit, but not on the map", off_map)


def _cause_line(it: Seen, number: int) -> str:
    cause = it.causes[number]
    codes = it.areas.get(cause.spot.element_id)
    within = f" ({', '.join(codes.codes)[:24]})" if isinstance(codes, AreaCodes) else ""
    impact = LOOKS[cause.spot.impact][2] if cause.spot.impact in LOOKS else "ok"
    return f"{number + 1}  {cause.spot.name[:30]}{within}: {impact} since {cause.since_at:%d %b %H:%M}"


def _listed(axes: "Axes", line: float, heading: str, lines: Sequence[str]) -> float:
    if not lines:
        return line
    shown = [*lines[:MOST_LISTED]]
    if rest := len(lines) - len(shown):
        shown.append(f"and {rest:,} more")
    axes.text(0, line, heading, weight="bold", va="center")
    for number, one in enumerate(shown, start=1):
        axes.text(0, line - 0.036 * number, one, va="center")
    return line - 0.036 * (len(shown) + 1)


def _columns(points: Iterable[Point]) -> tuple[list[float], list[float]]:
    found = list(points)
    return [at.lon for at in found], [at.lat for at in found]


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
