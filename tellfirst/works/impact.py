"""What a work does to the stored network and to customers, hour by hour, together with whatever else is on."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from tellfirst.audience import topology
from tellfirst.domain.impact import Impact
from tellfirst.domain.overlap import Span
from tellfirst.domain.slices import ImpactSlice, Look, impact_slices
from tellfirst.domain.work import Window
from tellfirst.works.customers import customer_count
from tellfirst.works.plans import Plan, broken_now, others_on

EXAMPLES = 5
"""Elements that a collision names; it counts the rest."""


@dataclass(frozen=True, slots=True)
class WorkSlice:
    """From `since` up to `until` the work makes `element_count` elements worse than they are without it.

    `customer_count` customers lose something by that, as badly as `worst` at most; at risk alone counts as nothing
    lost. `beside` are the other works and outages that are on.
    """

    since: datetime
    until: datetime
    worst: Impact
    element_count: int
    customer_count: int
    beside: tuple[str, ...]


class CollisionKind(StrEnum):
    OUTAGE_BY_OVERLAP = "outage_by_overlap"
    """Together they do worse than each alone: each takes one half of what was redundant."""
    ALREADY_BROKEN = "already_broken"
    """What is to be worked on, or what hangs on it, has failed already."""


@dataclass(frozen=True, slots=True)
class Collision:
    """With whom (`work N`, or the reference of an outage), from when to when, and where."""

    kind: CollisionKind
    beside: str
    since: datetime
    until: datetime
    worst: Impact
    element_count: int
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkImpact:
    """Slices in order; the counts are the largest of all."""

    worst: Impact
    element_count: int
    customer_count: int
    slices: tuple[WorkSlice, ...]
    collisions: tuple[Collision, ...]


def impact_of(
    connection: Connection,
    plan: Plan,
    now: datetime,
    tell_from: Impact = Impact.DEGRADED,
    together: Sequence[Plan] = (),
) -> WorkImpact:
    """Look at the work as if it took place beside everything known at `now`. Writes nothing.

    `together` are works that are planned with it and stand in no books yet, or otherwise there. Customers count
    from `tell_from` on. Raises RuleBroken for a network that goes round in a circle.
    """
    network = topology.current(connection)

    def look(failed: Mapping[str, Impact]) -> Mapping[str, Impact]:
        found = network.footprint(failed)
        return dict(zip(found.elements, found.impacts, strict=True))

    new = [one for one in together if one.name != plan.name and not one.has_ended]
    replaced = {f"work {one.work_id}" for one in together}
    others = [one for one in others_on(connection, plan) if one.incident not in replaced]
    outages = broken_now(connection, now)
    beside = _within(plan.window, [*others, *(span for one in new for span in one.spans()), *outages])
    cut = [one for one in impact_slices([*plan.spans(), *beside], look) if plan.name in one.works]
    seen = [_Seen(one, look, plan, beside, {one.incident for one in outages}) for one in cut]
    slices = tuple(_sliced(connection, one, tell_from) for one in seen)
    return WorkImpact(
        worst=max((one.worst for one in slices), default=Impact.OK),
        element_count=max((one.element_count for one in slices), default=0),
        customer_count=max((one.customer_count for one in slices), default=0),
        slices=slices,
        collisions=_joined(found for one in seen for found in one.collisions()),
    )


def _within(window: Window, spans: Iterable[Span]) -> list[Span]:
    """What of them lies in the window: nobody asked about the rest."""
    cut = []
    for one in spans:
        since = max(one.since, window.starts_at)
        until = min(one.until or window.ends_at, window.ends_at)
        if since < until:
            cut.append(replace(one, since=since, until=until))
    return cut


class _Seen:
    """One slice, seen with the work and without it."""

    def __init__(
        self, piece: ImpactSlice, look: Look, plan: Plan, beside: Sequence[Span], outages: Collection[str]
    ) -> None:
        self.piece, self.look, self.plan, self.outages = piece, look, plan, outages
        self.on = [one for one in beside if one.lasts(piece.since)]
        self.without = look(_failed(self.on)) if self.on else {}
        self.brought = piece.brought_by(plan.name, self.without)
        # A work has an end, and so has every slice it is on in.
        assert piece.until is not None
        self.until = piece.until

    def collisions(self) -> Iterable[Collision]:
        together = self.piece.worse_together()
        overlap = {one: impact for one, impact in together.items() if one in self.brought}
        for name in self.piece.works:
            if name == self.plan.name:
                continue
            # Whoever has a part in what an element suffers puts it at risk at least.
            near = {one: hit for one, hit in overlap.items() if one in self.piece.alone[name]}
            rest = self._hit_without(name) if near else {}
            blamed = {one: hit for one, hit in near.items() if rest.get(one, Impact.OK) < hit}
            if blamed:
                yield self._collision(CollisionKind.OUTAGE_BY_OVERLAP, name, blamed)
            broken = {
                one: impact
                for one, impact in self.piece.alone[name].items()
                if one in self.plan.elements and impact >= Impact.DEGRADED
            }
            if broken and name in self.outages:
                yield self._collision(CollisionKind.ALREADY_BROKEN, name, broken)

    def _hit_without(self, name: str) -> Mapping[str, Impact]:
        rest = [one for one in self.on if one.incident != name]
        return self.look(_failed([*rest, *self.plan.spans()]))

    def _collision(self, kind: CollisionKind, name: str, hit: Mapping[str, Impact]) -> Collision:
        named = tuple(sorted(hit, key=lambda one: (-hit[one], one))[:EXAMPLES])
        return Collision(kind, name, self.piece.since, self.until, max(hit.values()), len(hit), named)


def _sliced(connection: Connection, seen: _Seen, tell_from: Impact) -> WorkSlice:
    told = [one for one, impact in seen.brought.items() if impact >= tell_from]
    return WorkSlice(
        since=seen.piece.since,
        until=seen.until,
        worst=max(seen.brought.values(), default=Impact.OK),
        element_count=len(seen.brought),
        customer_count=customer_count(connection, told, seen.piece.since, seen.until),
        beside=tuple(name for name in seen.piece.works if name != seen.plan.name),
    )


def _joined(found: Iterable[Collision]) -> tuple[Collision, ...]:
    """Neighbouring times of one collision are one."""
    kept: list[Collision] = []
    for one in sorted(found, key=lambda one: (one.kind, one.beside, one.since)):
        last = kept[-1] if kept else None
        if last and (last.kind, last.beside, last.until, last.elements) == (
            one.kind,
            one.beside,
            one.since,
            one.elements,
        ):
            kept[-1] = Collision(
                one.kind,
                one.beside,
                last.since,
                one.until,
                max(last.worst, one.worst),
                one.element_count,
                one.elements,
            )
        else:
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: (one.since, one.kind, one.beside)))


def _failed(spans: Iterable[Span]) -> dict[str, Impact]:
    failed: dict[str, Impact] = {}
    for one in spans:
        failed[one.element] = max(one.impact, failed.get(one.element, Impact.OK))
    return failed
