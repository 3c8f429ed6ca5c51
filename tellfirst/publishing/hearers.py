"""Whom an incident hits, as far as it may be shown: their most common zone, their services, the worst impact."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from tellfirst.domain.audience import kinds
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.store import tables as t

KEPT = 2_000
"""Incidents; a hundred bytes each."""


@dataclass(frozen=True, slots=True)
class Hearers:
    """`waiting` is the worst impact on those who still wait, None when nobody does; `worst` that on any of them."""

    zone: str
    services: tuple[ServiceKind, ...]
    waiting: Impact | None
    worst: Impact


@dataclass(slots=True)
class Memory:
    """What was found before and holds still. To look through a million customers again takes a good part of a
    second, and their incident says by its version whether anything has changed."""

    hearers: dict[tuple[int, int, int], Hearers] = field(default_factory=dict)
    services: tuple[ServiceKind, ...] = ()


def hearers(connection: Connection, incident: Row[Any], memory: Memory) -> Hearers | None:
    """Of an incident by its `id`, `version` and `said`, the number of its last notice; None: it hit nobody."""
    key = (incident.id, incident.version, incident.said)
    if key not in memory.hearers:
        found = _look(connection, incident.id)
        if found is None:
            return None
        if len(memory.hearers) >= KEPT:
            memory.hearers.clear()
        memory.hearers[key] = found
    return memory.hearers[key]


def offered(connection: Connection, memory: Memory) -> tuple[ServiceKind, ...]:
    """The kinds of service that customers have; looked up once."""
    if not memory.services:
        found = set(connection.scalars(select(t.service.c.kind).distinct()))
        memory.services = tuple(kind for kind in ServiceKind if kind in found)
    return memory.services


def _look(connection: Connection, incident_id: int) -> Hearers | None:
    a = t.audience.c
    rows = connection.execute(
        select(
            a.zone,
            a.services,
            func.count().label("count_"),
            func.max(case((a.over_at.is_(None), a.impact))).label("waiting"),
            func.max(case((a.impact > a.impact_before, a.impact), else_=a.impact_before)).label("worst"),
        )
        .where(a.incident_id == incident_id, a.affected_revision.is_not(None))
        .group_by(a.zone, a.services)
    ).all()
    return _summed(rows) if rows else None


def _summed(rows: Sequence[Row[Any]]) -> Hearers:
    zones: Counter[str] = Counter()
    for row in rows:
        zones[row.zone] += row.count_
    services = 0
    for row in rows:
        services |= row.services
    waiting = [row.waiting for row in rows if row.waiting is not None]
    [(zone, _)] = sorted(zones.items(), key=lambda one: (-one[1], one[0]))[:1]
    return Hearers(
        zone,
        kinds(services),
        Impact(max(waiting)) if waiting else None,
        Impact(max(row.worst for row in rows)),
    )
