"""A footprint as a tree under its causes, for networks of which nobody knows where the elements stand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from tellfirst.review.footprint_looks import INK, LOOKS, MUTED, PAPER, RULE
from tellfirst.review.footprint_rows import Seen, Spot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_IN_A_LEVEL = 16


def draw_tree(axes: "Axes", it: Seen) -> None:
    """Causes to the left, what hangs on them to the right; a long column is cut and says so."""
    axes.axis("off")
    axes.set_xlim(-0.04, 1.0)
    axes.set_ylim(0, 1.05)
    if not it.hits:
        said = "Nothing is hit: the incident has no cause now."
        axes.text(0.5, 0.5, said, ha="center", fontsize=13, color=MUTED)
        return
    said = "Nobody knows where these stand: drawn by what hangs on what, from left to right."
    axes.text(-0.03, 1.05, said, color=MUTED, va="top")
    columns = levels(it.hits, it.edges)
    step = 1 / max(len(columns), 2)
    places: dict[str, tuple[float, float]] = {}
    for level, spots in enumerate(columns):
        shown = _most_important(spots, it)
        for line, spot in enumerate(shown):
            places[spot.element_id] = (level * step, 0.97 - (line + 0.5) / (max(len(shown), 6) + 1))
        if len(spots) > len(shown):
            axes.text(level * step, 0.02, f"and {len(spots) - len(shown):,} more", color=MUTED)
    for child, parent in it.edges:
        if child in places and parent in places:
            axes.plot(*zip(places[parent], places[child], strict=True), color=RULE, lw=0.9, zorder=1)
    _draw_spots(axes, it, places)


def levels(hits: Sequence[Spot], edges: Iterable[tuple[str, str]]) -> list[list[Spot]]:
    """Whatever has no hit parent first, then each element one level under the lowest of its parents.

    Within a level children stand in the order of their parents, so that few lines cross.
    """
    known = {spot.element_id: spot for spot in hits}
    parents: dict[str, list[str]] = defaultdict(list)
    children: dict[str, list[str]] = defaultdict(list)
    for child, parent in edges:
        if child in known and parent in known:
            parents[child].append(parent)
            children[parent].append(child)
    found = [[spot for spot in hits if not parents[spot.element_id]]]
    waiting = {key: len(above) for key, above in parents.items() if above}
    while found[-1]:
        below = []
        for spot in found[-1]:
            for child in children[spot.element_id]:
                waiting[child] -= 1
                if not waiting[child]:
                    below.append(known[child])
        found.append(below)
    return found[:-1]


def _most_important(spots: Sequence[Spot], it: Seen) -> list[Spot]:
    """As many as there is room for: causes, then the worst; in the order they came."""
    causes = {cause.spot.element_id for cause in it.causes}
    ranked = sorted(spots, key=lambda spot: (spot.element_id not in causes, -spot.impact))
    kept = {spot.element_id for spot in ranked[:MOST_IN_A_LEVEL]}
    return [spot for spot in spots if spot.element_id in kept]


def _draw_spots(axes: "Axes", it: Seen, places: Mapping[str, tuple[float, float]]) -> None:
    numbers = {cause.spot.element_id: number for number, cause in enumerate(it.causes, start=1)}
    for spot in it.hits:
        if spot.element_id not in places:
            continue
        x, y = places[spot.element_id]
        number = numbers.get(spot.element_id)
        if spot.impact in LOOKS:
            colour, mark, _ = LOOKS[spot.impact]
            axes.scatter([x], [y], s=90, c=colour, marker=mark, zorder=3)
        if number:
            axes.scatter([x], [y], s=260, facecolors="none", edgecolors=INK, linewidths=2, zorder=3)
        shown = f"{number}  {spot.name[:24]}" if number else spot.name[:26]
        box = {"boxstyle": "round,pad=0.1", "fc": PAPER, "ec": "none"}
        weight = "bold" if number else "normal"
        axes.text(x + 0.024, y, shown, va="center", weight=weight, bbox=box, zorder=2)
