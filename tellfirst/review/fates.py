"""What an element goes through in an incident, and by which path: from its own part of the network alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from tellfirst.audience import topology
from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, Link, explain, footprint
from tellfirst.domain.overlap import Lived, Span, history, slices
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident


@dataclass(frozen=True, slots=True)
class Fate:
    """An element in an incident. `path` leads from it to a cause and is empty when the incident never hit it.

    `above` are all elements it hangs on, nearest first. `lived` counts every incident's causes, `path` those of
    this incident and of earlier ones, as the matching does. `lost` are the hit members of each redundant group
    on the path, by the element that needs it.
    """

    element: str
    above: tuple[str, ...]
    path: tuple[Link, ...]
    lost: Mapping[str, tuple[str, ...]]
    lived: tuple[Lived, ...]
    hit_until: datetime | None
    """When the worst of it was over; None while it lasts."""

    @property
    def impact(self) -> Impact:
        return self.path[0].impact if self.path else Impact.OK

    @property
    def ids(self) -> set[str]:
        """Every element that an explanation of it may name."""
        members = {one for group in self.lost.values() for one in group}
        return {self.element, *self.above, *members, *(link.element for link in self.path)}


@dataclass(frozen=True, slots=True)
class Failure:
    """A cause of an incident as its books have it."""

    incident: str
    incident_id: int
    element: str
    impact: Impact
    since: datetime
    until: datetime | None
    verified: datetime | None
    withdrawn: datetime | None

    def counts_at(self, moment: datetime) -> bool:
        """Whether a matching at `moment` took it as broken: until it was verified to be gone, or withdrawn."""
        return not any(over is not None and over <= moment for over in (self.verified, self.withdrawn))

    @property
    def span(self) -> Span:
        """What really was: from the failure to the report that it is gone, once that was verified."""
        until = self.until if self.verified else None
        return Span(self.element, self.impact, self.since, until and max(until, self.since), self.incident)


class Books:
    """The causes that matter for one incident, read once, and the fates made of them."""

    def __init__(self, connection: Connection, it: Incident, now: datetime) -> None:
        self._connection, self._it = connection, it
        self._fates: dict[tuple[str, int | None], Fate] = {}
        mine = t.incident.c.id == it.id
        self.own = _failures(connection, mine)
        self._others = _failures(connection, and_(~mine, _meanwhile(it, now)))

    def causes_of(self, element: str) -> list[Failure]:
        """Whose failure `element` is, this incident's first."""
        return [one for one in (*self.own, *self._others) if one.element == element]

    def fate(self, element: str, revision: int | None = None) -> Fate:
        """What became of an element or an area of this incident.

        With a `revision` the path is what that matching saw; without one it is that of the worst time.
        """
        key = (element, revision)
        if key not in self._fates:
            self._fates[key] = self._read(element, revision)
        return self._fates[key]

    def _read(self, element: str, revision: int | None) -> Fate:
        edges = topology.ancestors(self._connection, element)
        above = _nearest_first(edges, element)
        here = {element, *above}
        own = [one for one in self.own if one.element in here and not one.withdrawn]
        others = [one for one in self._others if one.element in here and not one.withdrawn]
        earlier = [one for one in others if one.incident_id < self._it.id]
        if revision is None:
            failed, until = _worst_time(edges, own, earlier, element)
        else:
            failed, until = self._seen_by(revision, here), None
        path = explain(edges, failed, element)
        spans = [one.span for one in (*own, *others)]
        return Fate(element, above, path, _lost(edges, failed, path), history(edges, spans, element), until)

    def _seen_by(self, revision: int, here: set[str]) -> dict[str, Impact]:
        """What that matching took as broken: a cause that was added later is not among its hit elements, and
        one that was withdrawn later is."""
        r, e = t.audience_revision.c, t.impact_element.c
        of_it = and_(r.incident_id == self._it.id, r.revision == revision)
        moment = self._connection.execute(select(r.at).where(of_it)).scalar()
        recorded = select(e.element_id).where(
            e.incident_id == self._it.id, e.revision == revision, e.element_id.in_(here)
        )
        hit = set(self._connection.scalars(recorded))
        if moment is None:
            return {}
        mine = [one for one in self.own if one.element in hit and one.counts_at(moment)]
        earlier = [
            one
            for one in self._others
            if one.element in here
            and one.incident_id < self._it.id
            and one.counts_at(moment)
            and one.since <= moment
        ]
        return _failed([*mine, *earlier]) if mine else {}


def _failures(connection: Connection, which: ColumnElement[bool]) -> list[Failure]:
    c, i = t.incident_element.c, t.incident.c
    rows = connection.execute(
        select(i.reference, c.incident_id, c.element_id, c.impact, c.since_at, c.until_at, c.verified_at)
        .add_columns(c.withdrawn_at)
        .join(t.incident, i.id == c.incident_id)
        .where(which)
        .order_by(c.incident_id, c.element_id)
    )
    return [_failure(row) for row in rows]


def _failure(row: Row[tuple[str, int, str, int, datetime, datetime, datetime, datetime]]) -> Failure:
    reference, incident_id, element, impact, *times = row
    return Failure(reference, incident_id, element, Impact(impact), *times)


def _meanwhile(it: Incident, now: datetime) -> ColumnElement[bool]:
    """Elements that failed while the incident lasted; an area of another incident is none of ours."""
    c, area = t.incident_element.c, t.incident_area.c
    is_area = (
        select(area.element_id)
        .where(area.incident_id == c.incident_id, area.element_id == c.element_id)
        .exists()
    )
    lasted = or_(c.verified_at.is_(None), c.until_at >= it.started_at)
    return and_(lasted, c.since_at <= (it.closed_at or now), ~is_area)


def _worst_time(
    edges: Sequence[Edge], own: Sequence[Failure], earlier: Sequence[Failure], element: str
) -> tuple[dict[str, Impact], datetime | None]:
    """What had failed when the incident hit `element` worst, and when that was over; the latest of equals."""
    worst: tuple[Impact, dict[str, Impact], datetime | None] = (Impact.OK, {}, None)
    for piece in slices(one.span for one in (*own, *earlier)):
        mine = _failed([one for one in own if one.span.lasts(piece.since)])
        if element not in footprint(edges, mine):
            continue
        impact = footprint(edges, piece.failed)[element].impact
        if impact >= worst[0]:
            worst = impact, dict(piece.failed), piece.until
    return worst[1], worst[2]


def _failed(causes: Sequence[Failure]) -> dict[str, Impact]:
    failed: dict[str, Impact] = {}
    for one in causes:
        failed[one.element] = max(one.impact, failed.get(one.element, Impact.OK))
    return failed


def _lost(
    edges: Sequence[Edge], failed: Mapping[str, Impact], path: Sequence[Link]
) -> dict[str, tuple[str, ...]]:
    hit = footprint(edges, failed) if any(link.redundancy for link in path) else {}
    return {
        link.element: tuple(
            sorted(
                edge.parent
                for edge in edges
                if (edge.child, edge.group) == (link.element, link.redundancy.group) and edge.parent in hit
            )
        )
        for link in path
        if link.redundancy
    }


def _nearest_first(edges: Sequence[Edge], element: str) -> tuple[str, ...]:
    parents: dict[str, list[str]] = {}
    for edge in edges:
        parents.setdefault(edge.child, []).append(edge.parent)
    found, row = {element: None}, [element]
    while row:
        above = {one: None for child in row for one in sorted(parents.get(child, ())) if one not in found}
        found |= above
        row = list(above)
    return tuple(one for one in found if one != element)
