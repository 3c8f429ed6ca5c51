"""Whom an incident hurts, worked out once more: customer by customer, in plain Python, without our SQL."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from tellfirst.domain.audience import BITS
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import RUNNING
from tellfirst.domain.network import Edge, footprint
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident

Reached = dict[int, tuple[int, int]]
"""By customer: the impact and the number of their affected services."""


def read(connection: Connection, table: Table) -> list[Row[Any]]:
    return list(connection.execute(select(table)))


@dataclass
class Books:
    """Everything a matching looks at, row by row."""

    connection: Connection
    now: datetime
    it: Incident
    failed: dict[str, Impact] = field(default_factory=dict)

    def reached(self) -> Reached:
        return self._reached(self.impacts(also_verified=False), lately=True)

    def reached_by_what_was_real(self) -> set[int]:
        """Whom the causes that were not withdrawn have hit at any time, badly enough to be told."""
        found = self._reached(self.impacts(also_verified=True), lately=False)
        enough = self._tell_from()
        return {customer for customer, (impact, _) in found.items() if impact >= enough}

    def _tell_from(self) -> int:
        assert self.it.playbook is not None
        return self.it.playbook.tell_from.value

    def impacts(self, *, also_verified: bool) -> dict[str, Impact]:
        edges = [Edge(row.child, row.grp, row.need, row.parent) for row in read(self.connection, t.edge)]
        stages = {row.id: row.stage for row in read(self.connection, t.incident)}
        own, earlier = {}, {}
        for row in read(self.connection, t.incident_element):
            if row.withdrawn_at is not None:
                continue
            if row.incident_id == self.it.id and (also_verified or row.verified_at is None):
                own[row.element_id] = Impact(row.impact)
            older = row.incident_id < self.it.id and stages[row.incident_id] in RUNNING
            if older and row.verified_at is None:
                worst = max(Impact(row.impact), earlier.get(row.element_id, Impact.OK))
                earlier[row.element_id] = worst
        together = {
            one: max(own.get(one, Impact.OK), earlier.get(one, Impact.OK)) for one in {*own, *earlier}
        }
        union = footprint(edges, together)
        return {element: union[element].impact for element in footprint(edges, own)}

    def _reached(self, impacts: dict[str, Impact], *, lately: bool) -> Reached:
        hurt: dict[int, list[tuple[Impact, ServiceKind]]] = defaultdict(list)
        mobile = set()
        for service in read(self.connection, t.service):
            if not self._runs(service, ended_too=not lately):
                continue
            kind = ServiceKind(service.kind)
            if kind is ServiceKind.MOBILE:
                mobile.add(service.customer_id)
            if service.element_id in impacts:
                hurt[service.customer_id].append((impacts[service.element_id], kind))
        assert self.it.playbook is not None
        since = self.it.started_at - self.it.playbook.seen_within
        for row in read(self.connection, t.presence):
            there = row.role == "home" or row.seen_at >= since or not lately
            if row.element_id in impacts and there and (row.customer_id in mobile or not lately):
                hurt[row.customer_id].append((impacts[row.element_id], ServiceKind.MOBILE))
        status = {row.id: row.status for row in read(self.connection, t.customer)}
        return {
            customer: self._worst(hits)
            for customer, hits in hurt.items()
            if status[customer] == "active" or not lately
        }

    def _runs(self, service: Row[Any], *, ended_too: bool) -> bool:
        begun = service.valid_from is None or service.valid_from <= self.now
        ended = service.valid_to is not None and service.valid_to <= self.it.started_at
        runs = service.status == "active" or (ended_too and service.status == "ended")
        return runs and begun and not ended

    def _worst(self, hits: list[tuple[Impact, ServiceKind]]) -> tuple[int, int]:
        enough = self._tell_from()
        worst = max(impact for impact, _ in hits)
        named = {kind for impact, kind in hits if impact >= enough or worst < enough}
        return worst.value, sum(BITS[kind] for kind in named)


def books(connection: Connection, reference: str, now: datetime) -> Books:
    return Books(connection, now, incidents.by_reference(connection, reference))
