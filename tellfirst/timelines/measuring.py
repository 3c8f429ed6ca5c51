"""How far an incident reaches, measured once per revision of its audience and kept."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from tellfirst.audience.base import customer_base
from tellfirst.domain.audience import Over, kinds
from tellfirst.domain.impact import Impact
from tellfirst.domain.pack import Pack
from tellfirst.domain.promise import PromiseKind
from tellfirst.domain.scope import Metric, Scope
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.store.inserting import insert_into
from tellfirst.timelines.packs import Areas, Policy

BY_DISTRICT = frozenset({Metric.DISTRICTS, Metric.WHOLE_DISTRICTS, Metric.WHOLE_REGIONS})


@dataclass(frozen=True, slots=True)
class Measured:
    """The scope of an incident, and the zone most of those affected are in ('' while nobody is known)."""

    scope: Scope
    site_zone: str
    revision: int


def measure(
    connection: Connection, it: Incident, kind: str, policy: Policy, declared: frozenset[str]
) -> Measured:
    """What policies ask of one incident. Its customers are counted once for each revision of the audience."""
    found = _counted(connection, it, policy)
    book = it.playbook
    scope = Scope(
        started_at=it.started_at,
        severity=it.severity,
        kind=kind,
        service=book.service if book else "",
        customers=found["customers"],
        base=found["base"],
        services=found["services"],
        services_in=found["services_in"],
        districts=found["districts"],
        whole_districts=found["whole_districts"],
        whole_regions=found["whole_regions"],
        elements=found["elements"],
        elements_of_all=found["elements_of_all"],
        reports=_reports(connection, it.id),
        emergency_calls=book.emergency_calls if book else False,
        impact=found["impact"],
        estimate_at=it.estimate_at or _last_estimate(connection, it.id),
        ended_at=_ended(connection, it) if it.verified_at else None,
        declared=declared,
    )
    return Measured(scope, found["site_zone"], it.audience_revision)


def _counted(connection: Connection, it: Incident, policy: Policy) -> dict[str, Any]:
    s = t.incident_scope
    row = connection.execute(select(s).where(s.c.incident_id == it.id)).one_or_none()
    # Which packs are on may have changed since: what they need is part of what is remembered.
    needs = _needs(policy.packs)
    if row is not None and row.revision == it.audience_revision and row.measured["needs"] == needs:
        return dict(row.measured)
    measured = _count(connection, it, policy, needs) | {"needs": needs}
    written = insert_into(connection, s).values(
        incident_id=it.id, revision=it.audience_revision, measured=measured
    )
    connection.execute(
        written.on_conflict_do_update(
            index_elements=["incident_id"], set_={"revision": it.audience_revision, "measured": measured}
        )
    )
    return measured


def _needs(packs: Mapping[str, Pack]) -> list[str]:
    """What is expensive to count is counted only for packs that ask for it."""
    conditions = [one for pack in packs.values() for trigger in pack.triggers for one in trigger.conditions]
    needs = set()
    for one in conditions:
        if one.metric in BY_DISTRICT or (one.metric is Metric.SERVICES and one.scope):
            needs.add("districts")
        if one.metric in (Metric.ELEMENTS, Metric.ELEMENT_SHARE):
            needs.add("elements")
    return sorted(needs)


def _count(connection: Connection, it: Incident, policy: Policy, needs: list[str]) -> dict[str, Any]:
    rows = _groups(connection, it.id, by_district="districts" in needs)
    services_in: Counter[str] = Counter()
    affected: Counter[str] = Counter()
    zones: Counter[str] = Counter()
    for row in rows:
        affected[row.district or ""] += row.customers
        zones[row.zone] += row.customers
        services_in[policy.areas.kinds.get(row.district or "", "")] += row.customers * len(
            kinds(row.services)
        )
    elements = _elements(connection, it) if "elements" in needs else {}
    return {
        "customers": sum(affected.values()),
        "base": customer_base(connection),
        "services": sum(services_in.values()),
        "services_in": dict(services_in),
        "districts": len([one for one in affected if one]),
        **_wholes(connection, affected, policy.areas),
        "elements": elements,
        "elements_of_all": _elements_of_all(connection) if elements else {},
        "impact": Impact(max((row.impact for row in rows), default=0)).word,
        "site_zone": min(zones, key=lambda zone: (-zones[zone], zone), default=""),
    }


def _groups(connection: Connection, incident_id: int, *, by_district: bool) -> list[Row[Any]]:
    """Everyone who is or was affected; who was told wrongly never was."""
    a, c = t.audience.c, t.customer.c
    district = c.district if by_district else func.nullif("", "").label("district")
    asked = select(
        a.services, a.zone, district, func.count().label("customers"), func.max(a.impact).label("impact")
    )
    if by_district:
        asked = asked.join(t.customer, c.id == a.customer_id)
    affected = and_(a.affected_revision.is_not(None), or_(a.over.is_(None), a.over == Over.BACK))
    groups = [a.services, a.zone, *([c.district] if by_district else [])]
    return list(
        connection.execute(
            asked.where(a.incident_id == incident_id, affected).group_by(*groups).order_by(*groups)
        )
    )


def _wholes(connection: Connection, affected: Counter[str], areas: Areas) -> dict[str, int]:
    """Districts and regions that have no active customer who is not affected."""
    c = t.customer.c
    named = {one: count for one, count in affected.items() if one}
    regions = {areas.regions[one] for one in named if one in areas.regions}
    in_regions = {one for one, region in areas.regions.items() if region in regions}
    living: dict[str, int] = {}
    if named:
        asked = select(c.district, func.count()).where(
            c.district.in_(in_regions | set(named)), c.status == "active"
        )
        living = _pairs(connection, asked.group_by(c.district))
    whole = {one for one, count in living.items() if named.get(one, 0) >= count}
    broken = {areas.regions[one] for one in set(living) - whole if one in areas.regions}
    return {"whole_districts": len(whole), "whole_regions": len(regions - broken)}


def _elements(connection: Connection, it: Incident) -> dict[str, int]:
    h, e = t.impact_element.c, t.element.c
    asked = (
        select(e.kind, func.count())
        .join(t.impact_element, h.element_id == e.id)
        .where(h.incident_id == it.id, h.revision == it.audience_revision, h.impact >= Impact.DEGRADED)
        .group_by(e.kind)
    )
    return _pairs(connection, asked)


def _elements_of_all(connection: Connection) -> dict[str, int]:
    e = t.element.c
    return _pairs(connection, select(e.kind, func.count()).group_by(e.kind))


def _pairs(connection: Connection, asked: Select[tuple[Any, int]]) -> dict[str, int]:
    return {str(row[0]): int(row[1]) for row in connection.execute(asked)}


def _reports(connection: Connection, incident_id: int) -> int:
    c = t.contact.c
    asked = select(func.count(func.distinct(c.customer_id))).where(
        c.incident_id == incident_id, c.kind.in_(REPORTING)
    )
    return int(connection.execute(asked).scalar_one())


REPORTING = ("incident_report", "complaint")
"""Kinds of contact by which a customer reports a fault."""


def _last_estimate(connection: Connection, incident_id: int) -> datetime | None:
    """One that was withdrawn because it would not be met was too short, not too long."""
    p = t.promise.c
    last: datetime | None = connection.scalar(
        select(p.due_at)
        .where(p.incident_id == incident_id, p.kind == PromiseKind.RESTORATION)
        .order_by(p.id.desc())
        .limit(1)
    )
    return last


def _ended(connection: Connection, it: Incident) -> datetime | None:
    c = t.incident_element.c
    ended: datetime | None = connection.scalar(
        select(func.max(c.until_at)).where(c.incident_id == it.id, c.withdrawn_at.is_(None))
    )
    return ended or it.verified_at
