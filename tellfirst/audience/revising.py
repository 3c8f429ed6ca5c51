"""A revision: the footprint as it is now, whom it reaches, and who is no longer part of it.

Every change of footprint is a new revision. Rows are never removed: whoever was told stays in the books, and
leaves the audience as `back` or as `wrongly_told`.
"""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, Select, and_, func, insert, select

from tellfirst.audience import hurting, places, topology
from tellfirst.audience.footprints import causes_now, disturb_later, footprint, store_footprint
from tellfirst.audience.hurting import Revision
from tellfirst.audience.leaving import leave
from tellfirst.domain.audience import UNCERTAIN, Over
from tellfirst.domain.incident import Kind
from tellfirst.domain.playbook import Playbook
from tellfirst.store import tables as t
from tellfirst.store.bulk import make_room
from tellfirst.store.incidents import Incident
from tellfirst.store.prepared import asked, number, parameters, prepared


@dataclass(frozen=True, slots=True)
class Revised:
    """What a revision brought, in customers. Those only at risk are kept in the books and not told."""

    topology_version: int
    element_count: int
    affected_count: int
    at_risk_count: int
    uncertain_count: int
    newly_affected_count: int
    worse_count: int
    back_count: int
    wrongly_told_count: int


def revise(connection: Connection, it: Incident, book: Playbook, now: datetime) -> Revised:
    """Make the next revision of the incident's audience. From the same state it makes the same rows again."""
    make_room(connection)
    network = topology.current(connection)
    hits = footprint(network, causes_now(connection, it, now))
    until = it.ends_at if it.kind is Kind.PLANNED_WORK else None
    this = Revision(it.id, it.audience_revision + 1, it.started_at, now, book, until)
    numbers = store_footprint(connection, it.id, this.number, hits)
    hurting.by_service(connection, this)
    hurting.by_presence(connection, this)
    for area in places.areas_of(connection, it.id):
        if area.element_id in hits:
            places.fill_inside(connection, area, now, book.located_within)
            hurting.by_area(connection, this, numbers[area.element_id], hits[area.element_id].impact)
    if it.audience_revision:
        leave(connection, network, it, this)
    revised = _counted(connection, this, network.version, len(hits))
    _kept.run(connection, incident_id=it.id, revision=this.number, at=now, **asdict(revised))
    disturb_later(connection, it, this.number, now)
    return revised


def _counted(connection: Connection, this: Revision, version: int, element_count: int) -> Revised:
    those = {"revision": this.number, "tell_from": this.book.tell_from.value}
    row = _counts.run(connection, incident_id=this.incident_id, **those).one()
    return Revised(topology_version=version, element_count=element_count, **row._mapping)


@prepared
def _counts() -> Select[Any]:
    a, this = t.audience.c, number("revision")
    affected = and_(a.affected_revision.is_not(None), a.over_at.is_(None))
    counts = {
        "affected_count": affected,
        "at_risk_count": and_(a.revision == this, a.impact < number("tell_from")),
        "uncertain_count": and_(affected, a.basis.in_(UNCERTAIN)),
        "newly_affected_count": a.affected_revision == this,
        "worse_count": and_(a.worse_revision == this, a.affected_revision != this),
        "back_count": and_(a.over_revision == this, a.over == Over.BACK),
        "wrongly_told_count": and_(a.over_revision == this, a.over == Over.WRONGLY_TOLD),
    }
    counted = (func.count().filter(which).label(name) for name, which in counts.items())
    return select(*counted).where(asked(a.incident_id))


@prepared
def _kept() -> Insert:
    counts = (one.name for one in fields(Revised))
    given = parameters(t.audience_revision, "incident_id", "revision", "at", *counts)
    return insert(t.audience_revision).values(given)
