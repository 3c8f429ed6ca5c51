"""The footprint of an incident: what its causes hit, seen together with what else is broken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, insert, not_, or_, select, update

from tellfirst.audience.topology import Network
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import FOLLOWED, RUNNING, Kind
from tellfirst.domain.network import Hit
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident


@dataclass(frozen=True, slots=True)
class Causes:
    """Failed elements with how badly: an incident's own, and those of incidents that began before it."""

    own: Mapping[str, Impact]
    earlier: Mapping[str, Impact]


def causes_now(connection: Connection, it: Incident, now: datetime) -> Causes:
    """What is broken at `now` and not verified to be back."""
    c = t.incident_element.c
    broken = and_(c.verified_at.is_(None), c.withdrawn_at.is_(None))
    return Causes(_own(connection, it, broken), _earlier(connection, it, now))


def causes_ever(connection: Connection, it: Incident, now: datetime) -> Causes:
    """The same, with the incident's own causes that are verified to be back. Withdrawn ones never were real."""
    return Causes(
        _own(connection, it, t.incident_element.c.withdrawn_at.is_(None)), _earlier(connection, it, now)
    )


def footprint(network: Network, causes: Causes) -> dict[str, Hit]:
    """What the own causes hit, each element as badly as all causes together leave it.

    Two incidents may each take one half of a redundant pair: it is the later one that finds it down. So an
    incident looks at those before it, and what they alone hit stays theirs.
    """
    own = network.footprint(causes.own)
    hits = {
        element: Hit(impact, cause)
        for element, impact, cause in zip(own.elements, own.impacts, own.causes, strict=True)
    }
    if not causes.earlier or not hits:
        return hits
    together = {**causes.earlier}
    for element, impact in causes.own.items():
        together[element] = max(impact, together.get(element, Impact.OK))
    union = network.footprint(together)
    worst = dict(zip(union.elements, union.impacts, strict=True))
    return {element: Hit(worst[element], hit.cause) for element, hit in hits.items()}


def store_footprint(
    connection: Connection, incident_id: int, revision: int, hits: Mapping[str, Hit]
) -> dict[str, int]:
    """Keep which elements are hit as this revision. Each element's number in it, from 1."""
    e = t.impact_element
    numbers = {element: number for number, element in enumerate(hits, start=1)}
    if rows := [
        {
            "incident_id": incident_id,
            "revision": revision,
            "element_id": element,
            "number": numbers[element],
            "impact": hit.impact.value,
            "cause_element": hit.cause,
        }
        for element, hit in hits.items()
    ]:
        connection.execute(insert(e), rows)
    if connection.dialect.name == "postgresql":
        # Its statistics are those from before these rows, with which it would join row by row.
        connection.exec_driver_sql("ANALYZE impact_element")
    return numbers


def disturb_later(connection: Connection, it: Incident, revision: int, now: datetime) -> None:
    """Later incidents that share elements with this one, before or after its change, look again."""
    i, mine, theirs = t.incident, t.impact_element.alias("mine"), t.impact_element.alias("theirs")
    shared = (
        select(mine.c.element_id)
        .join(theirs, theirs.c.element_id == mine.c.element_id)
        .where(
            mine.c.incident_id == it.id,
            mine.c.revision.in_((revision, revision - 1)),
            not_(_is_area(mine.c.incident_id, mine.c.element_id)),
            theirs.c.incident_id == i.c.id,
            theirs.c.revision == i.c.audience_revision,
        )
        .exists()
    )
    later = and_(i.c.id > it.id, i.c.stage.in_(FOLLOWED), shared)
    connection.execute(
        update(i).where(later).values(footprint_changed=True, next_due_at=now, version=i.c.version + 1)
    )


def _own(connection: Connection, it: Incident, which: ColumnElement[bool]) -> dict[str, Impact]:
    c = t.incident_element.c
    rows = connection.execute(select(c.element_id, c.impact).where(c.incident_id == it.id, which))
    return {row.element_id: Impact(row.impact) for row in rows}


def _earlier(connection: Connection, it: Incident, now: datetime) -> dict[str, Impact]:
    c, i = t.incident_element.c, t.incident.c
    rows = connection.execute(
        select(c.element_id, c.impact)
        .join(t.incident, i.id == c.incident_id)
        .where(
            i.id < it.id,
            i.stage.in_(RUNNING),
            c.verified_at.is_(None),
            c.withdrawn_at.is_(None),
            _at_the_same_time(it, now),
            not_(_is_area(c.incident_id, c.element_id)),
        )
        .order_by(c.impact)
    )
    return {row.element_id: Impact(row.impact) for row in rows}


def _at_the_same_time(it: Incident, now: datetime) -> ColumnElement[bool]:
    """Another incident's cause counts where it is broken together with this one.

    Announced work is looked at for its own window: with other work whose window meets it; and with what is broken
    now only once it has begun, for until then that is mended.
    """
    c, i = t.incident_element.c, t.incident.c
    broken = or_(c.since_at <= now, c.since_at <= it.started_at)
    if it.kind is not Kind.PLANNED_WORK or it.ends_at is None:
        return broken
    meets = and_(i.kind == Kind.PLANNED_WORK, i.started_at < it.ends_at, i.ends_at > it.started_at)
    return meets if now < it.started_at else or_(broken, meets)


def _is_area(incident_id: ColumnElement[int], element_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Areas are numbered within their incident: the first of one is not the first of another."""
    c = t.incident_area.c
    return select(c.name).where(c.incident_id == incident_id, c.element_id == element_id).exists()
