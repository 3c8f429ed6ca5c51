"""Works cut into times: from when to when which elements are hit how badly, by which works together."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, footprint
from tellfirst.domain.overlap import Span, slices

Look = Callable[[Mapping[str, Impact]], Mapping[str, Impact]]
"""What is hit, and how badly, when these elements fail: the rule of `domain.network`, on whatever network."""


@dataclass(frozen=True, slots=True)
class ImpactSlice:
    """From `since` up to `until` (None: for ever) `works` are on, in order of name, and `hit` is what they do.

    `alone` is what each of them would do by itself. Impacts are above OK.
    """

    since: datetime
    until: datetime | None
    works: tuple[str, ...]
    hit: Mapping[str, Impact]
    alone: Mapping[str, Mapping[str, Impact]]

    def worse_together(self) -> dict[str, Impact]:
        """The elements that are hit worse than any one work would: each took a half of what was redundant."""
        worst: dict[str, Impact] = {}
        for one in self.alone.values():
            for element, impact in one.items():
                if impact > worst.get(element, Impact.OK):
                    worst[element] = impact
        return {one: impact for one, impact in self.hit.items() if impact > worst.get(one, Impact.OK)}

    def brought_by(self, work: str, without: Mapping[str, Impact]) -> dict[str, Impact]:
        """What is worse because of `work`; `without` is what the others would do."""
        if work not in self.works:
            return {}
        return {one: impact for one, impact in self.hit.items() if impact > without.get(one, Impact.OK)}


def remembered(look: Look) -> Look:
    """The same look, which looks at each set of failures once: a work is on in many slices."""
    known: dict[frozenset[tuple[str, Impact]], Mapping[str, Impact]] = {}

    def again(failed: Mapping[str, Impact]) -> Mapping[str, Impact]:
        key = frozenset(failed.items())
        if key not in known:
            known[key] = look(failed)
        return known[key]

    return again


def over_edges(edges: Iterable[Edge]) -> Look:
    """The look at a small network: its edges."""
    known = list(edges)
    return lambda failed: {element: hit.impact for element, hit in footprint(known, failed).items()}


def impact_slices(spans: Iterable[Span], look: Look) -> tuple[ImpactSlice, ...]:
    """Every time in which anything is hit, in order; a new one begins where works or impacts change.

    A span's `incident` is the name of the work, or of the outage, that it belongs to. Raises what `look` raises.
    """
    known = [one for one in spans if one.impact > Impact.OK]
    look = remembered(look)
    found: list[ImpactSlice] = []
    for piece in slices(known):
        on = [one for one in known if one.lasts(piece.since)]
        works = tuple(sorted({one.incident for one in on}))
        alone = {name: look(_failed(one for one in on if one.incident == name)) for name in works}
        hit = look(piece.failed) if len(works) > 1 else alone[works[0]]
        last = found[-1] if found else None
        if last and (last.until, last.works, last.hit) == (piece.since, works, hit):
            found[-1] = ImpactSlice(last.since, piece.until, works, hit, alone)
        else:
            found.append(ImpactSlice(piece.since, piece.until, works, hit, alone))
    return tuple(found)


def _failed(spans: Iterable[Span]) -> dict[str, Impact]:
    failed: dict[str, Impact] = {}
    for one in spans:
        failed[one.element] = max(one.impact, failed.get(one.element, Impact.OK))
    return failed


def worst_of(found: Sequence[ImpactSlice]) -> Impact:
    """The worst of all times; OK when nothing is hit."""
    return max((impact for one in found for impact in one.hit.values()), default=Impact.OK)
