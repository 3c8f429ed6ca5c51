"""The footprint of an incident: what its causes hit, seen together with what else is broken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Select,
    Update,
    and_,
    insert,
    not_,
    or_,
    select,
    update,
)

from tellfirst.audience.topology import Network
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import FOLLOWED, RUNNING, Kind
from tellfirst.domain.network import Hit
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.store.prepared import Prepared, asked, moment, number, parameters, prepared


@dataclass(frozen=True, slots=True)
class Causes:
    """Failed elements with how badly: an incident's own, and those of incidents that began before it."""

    own: Mapping[str, Impact]
    earlier: Mapping[str, Impact]


def causes_now(connection: Connection, it: Incident, now: datetime) -> Causes:
    """What is broken at `now` and not verified to be back."""
    return Causes(_own(connection, it, _broken), _earlier(connection, it, now))


def causes_ever(connection: Connection, it: Incident, now: datetime) -> Causes:
    """The same, with the incident's own causes that are verified to be back. Withdrawn ones never were real."""
    return Causes(_own(connection, it, _ever_broken), _earlier(connection, it, now))


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
    numbers = {element: number for number, element in enumerate(hits, start=1)}
    rows = [
        {
            "incident_id": incident_id,
            "revision": revision,
            "element_id": element,
            "number": numbers[element],
            "impact": hit.impact.value,
            "cause_element": hit.cause,
        }
        for element, hit in hits.items()
    ]
    _hit.run_each(connection, rows)
    if connection.dialect.name == "postgresql":
        # Its statistics are those from before these rows, with which it would join row by row.
        connection.exec_driver_sql("ANALYZE impact_element")
    return numbers


def disturb_later(connection: Connection, it: Incident, revision: int, now: datetime) -> None:
    """Later incidents that share elements with this one, before or after its change, look again."""
    _disturbed.run(connection, incident_id=it.id, revision=revision, before=revision - 1, now=now)


@prepared
def _hit() -> Insert:
    e = t.impact_element
    its = ("incident_id", "revision", "element_id", "number", "impact", "cause_element")
    return insert(e).values(parameters(e, *its))


@prepared
def _disturbed() -> Update:
    i, mine, theirs = t.incident, t.impact_element.alias("mine"), t.impact_element.alias("theirs")
    its = number("incident_id")
    shared = (
        select(mine.c.element_id)
        .join(theirs, theirs.c.element_id == mine.c.element_id)
        .where(
            mine.c.incident_id == its,
            mine.c.revision.in_((number("revision"), number("before"))),
            not_(_is_area(mine.c.incident_id, mine.c.element_id)),
            theirs.c.incident_id == i.c.id,
            theirs.c.revision == i.c.audience_revision,
        )
        .exists()
    )
    later = and_(i.c.id > its, i.c.stage.in_(FOLLOWED), shared)
    values = {"footprint_changed": True, "next_due_at": moment("now"), "version": i.c.version + 1}
    return update(i).where(later).values(values)


def _own(connection: Connection, it: Incident, which: Prepared) -> dict[str, Impact]:
    return {row.element_id: Impact(row.impact) for row in which.run(connection, incident_id=it.id)}


@prepared
def _ever_broken() -> Select[tuple[str, int]]:
    c = t.incident_element.c
    return select(c.element_id, c.impact).where(asked(c.incident_id), c.withdrawn_at.is_(None))


@prepared
def _broken() -> Select[tuple[str, int]]:
    c = t.incident_element.c
    broken = (c.verified_at.is_(None), c.withdrawn_at.is_(None))
    return select(c.element_id, c.impact).where(asked(c.incident_id), *broken)


def _earlier(connection: Connection, it: Incident, now: datetime) -> dict[str, Impact]:
    """Another incident's cause counts where it is broken together with this one.

    Announced work is looked at for its own window: with other work whose window meets it; and with what is broken
    now only once it has begun, for until then that is mended.
    """
    window = {"started_at": it.started_at, "ends_at": it.ends_at}
    which = _by_now
    if it.kind is Kind.PLANNED_WORK and it.ends_at is not None:
        which = _in_its_window if now < it.started_at else _by_now_or_in_its_window
    rows = which.run(connection, incident_id=it.id, now=now, **window)
    return {row.element_id: Impact(row.impact) for row in rows}


def _broken_before(together: ColumnElement[bool]) -> Select[tuple[str, int]]:
    c, i = t.incident_element.c, t.incident.c
    return (
        select(c.element_id, c.impact)
        .join(t.incident, i.id == c.incident_id)
        .where(
            i.id < number("incident_id"),
            i.stage.in_(RUNNING),
            c.verified_at.is_(None),
            c.withdrawn_at.is_(None),
            together,
            not_(_is_area(c.incident_id, c.element_id)),
        )
        .order_by(c.impact)
    )


def _until_now() -> ColumnElement[bool]:
    c = t.incident_element.c
    return or_(c.since_at <= moment("now"), c.since_at <= moment("started_at"))


def _windows_meet() -> ColumnElement[bool]:
    i = t.incident.c
    meet = and_(i.started_at < moment("ends_at"), i.ends_at > moment("started_at"))
    return and_(i.kind == Kind.PLANNED_WORK, meet)


_by_now = prepared(lambda: _broken_before(_until_now()))
_in_its_window = prepared(lambda: _broken_before(_windows_meet()))
_by_now_or_in_its_window = prepared(lambda: _broken_before(or_(_until_now(), _windows_meet())))


def _is_area(incident_id: ColumnElement[int], element_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Areas are numbered within their incident: the first of one is not the first of another."""
    c = t.incident_area.c
    return select(c.name).where(c.incident_id == incident_id, c.element_id == element_id).exists()
