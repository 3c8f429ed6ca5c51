"""Causes as spans in time: what an element lives through while outages and works come, overlap and go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, footprint
from tellfirst.domain.times import utc


@dataclass(frozen=True, slots=True)
class Span:
    """A cause of an incident: `element` fails with `impact` from `since` up to `until`, which is after it.

    `until` None: nobody knows yet. One that ends as it begins fails at no time. Raises RuleBroken for a time
    without a zone, and for an end before the beginning.
    """

    element: str
    impact: Impact
    since: datetime
    until: datetime | None
    incident: str

    def __post_init__(self) -> None:
        since = utc(self.since)
        if self.until and utc(self.until) < since:
            raise RuleBroken(
                f"{self.incident}: {self.element} cannot be back at {self.until.isoformat()}, before it failed "
                f"at {self.since.isoformat()}; exchange the two times"
            )

    def lasts(self, moment: datetime) -> bool:
        """Whether it is a failure at `moment`; at `until` itself it is over."""
        return self.impact > Impact.OK and self.since <= moment and not (self.until and self.until <= moment)


@dataclass(frozen=True, slots=True)
class Slice:
    """From `since` up to `until` (None: for ever) exactly `failed` fail, each as badly as its worst span says."""

    since: datetime
    until: datetime | None
    failed: Mapping[str, Impact]


@dataclass(frozen=True, slots=True)
class Lived:
    """From `since` up to `until` (None: still) an element is hit like this, explained by `cause`."""

    since: datetime
    until: datetime | None
    impact: Impact
    cause: str


def slices(spans: Iterable[Span]) -> tuple[Slice, ...]:
    """Time cut wherever a span begins or ends, in order; without the slices in which nothing fails."""
    known = list(spans)
    ends = {one.until for one in known if one.until}
    cuts: list[datetime | None] = [*sorted({one.since for one in known} | ends), None]
    found = []
    for since, until in pairwise(cuts):
        assert since is not None, "only the last cut is open"
        failed = _failed(known, since)
        if failed:
            found.append(Slice(since, until, failed))
    return tuple(found)


def history(edges: Iterable[Edge], spans: Iterable[Span], element: str) -> tuple[Lived, ...]:
    """What `element` lives through, in order; times at which it is not hit are left out.

    In every slice the spans count together: two works on the two halves of a redundant pair put what hangs on
    it at risk, and take it down only while both last. `edges` need only hold those above `element`. Raises
    RuleBroken like `footprint`.
    """
    known = list(edges)
    lived: list[Lived] = []
    for piece in slices(spans):
        hit = footprint(known, piece.failed).get(element)
        if hit is None:
            continue
        now = Lived(piece.since, piece.until, hit.impact, hit.cause)
        last = lived[-1] if lived else None
        if last and (last.until, last.impact, last.cause) == (now.since, now.impact, now.cause):
            lived[-1] = Lived(last.since, now.until, now.impact, now.cause)
        else:
            lived.append(now)
    return tuple(lived)


def _failed(spans: Iterable[Span], moment: datetime) -> dict[str, Impact]:
    failed: dict[str, Impact] = {}
    for one in spans:
        if one.lasts(moment):
            failed[one.element] = max(one.impact, failed.get(one.element, Impact.OK))
    return failed
