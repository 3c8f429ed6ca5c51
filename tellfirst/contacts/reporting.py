"""What customers report and nothing known explains: opened for them alone, until many say the same.

One incident per element, held: nobody else is told on one report. More than chance would bring within minutes are a
signal; then it is an incident like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Column, Connection, Engine, Select, and_, func, select, update

from tellfirst.contacts.hitting import Subscribed
from tellfirst.contacts.reception import Reception
from tellfirst.detect.causes import Failure, open_causes
from tellfirst.detect.opening import open_reported
from tellfirst.domain.contact import ContactKind, ContactState, Match
from tellfirst.domain.incident import RUNNING, Held, Kind, Stage
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, moment, text

WAITING = (ContactState.RECEIVED, ContactState.WAITING, ContactState.TAKEN)
MOST_COUNTED = 200_000
"""Customers behind an element or area are counted so far: beyond it the threshold hardly moves."""
COUNTED_EVERY = timedelta(hours=1)
"""Customers come and go more slowly than a threshold would notice."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The incident a report went into; `is_signal`: so many said the same that others are told too."""

    incident_id: int
    reference: str
    is_signal: bool = False


def open_for(connection: Connection, service: Subscribed, reception: Reception, now: datetime) -> Opened:
    """The incident of what hangs on this element alone: the one that is open, or a new one."""
    key = f"report:{service.element}"
    if found := _running(connection, key):
        return found
    made = open_reported(connection, key, service.name, reception.book, now, now, held=Held.REPORTED)
    return Opened(*made)


def sense(connection: Connection, service: Subscribed, reception: Reception, now: datetime) -> Opened | None:
    """The incident of many, where this report makes them enough: by its element, else by its area.

    To be asked in the transaction that keeps the report, with the report in it.
    """
    since = now - reception.sensing.window
    for scale, place in ((_ELEMENT, service.element), (_AREA, service.area)):
        where = {"place": place, "service": service.kind}
        reports = scale.reports.run(connection, **where, since=since).all()
        if len({row.customer_id for row in reports}) < reception.sensing.least:
            continue
        customer_count = _behind(connection, scale, where, now)
        if len({row.customer_id for row in reports}) >= reception.sensing.threshold(customer_count):
            elements = sorted({str(row.element_id) for row in reports})
            began_at = min(row.received_at for row in reports)
            return _signal(connection, service, elements, began_at, len(reports), reception, now)
    return None


def settle(connection: Connection, incident_ids: Sequence[int], now: datetime, reason: str) -> None:
    """Those of the incidents that were opened for reports and have nobody left who waits end here."""
    i, c = t.incident, t.contact.c
    waits = select(c.id).where(c.incident_id == i.c.id, c.state.in_(WAITING)).exists()
    over = and_(i.c.id.in_(incident_ids), i.c.held == Held.REPORTED, i.c.stage == Stage.OPENED, ~waits)
    for incident_id in connection.scalars(select(i.c.id).where(over)).all():
        ends = {"stage": Stage.CLOSED, "held": None, "closed_at": now, "next_due_at": None}
        this = i.c.id == incident_id
        connection.execute(update(i).where(this).values(version=i.c.version + 1, **ends))
        incidents.note(connection, incident_id, now, "closed", reason)


def _running(connection: Connection, cause_key: str) -> Opened | None:
    row = _RUNNING.run(connection, cause_key=cause_key).first()
    return Opened(row.id, row.reference) if row else None


def _still_running(_dialect: str) -> Select[Any]:
    i = t.incident.c
    cause_key = text("cause_key")
    return (
        select(i.id, i.reference)
        .where(i.cause_key == cause_key, i.stage.in_(RUNNING), i.kind == Kind.OUTAGE)
        .order_by(i.id.desc())
        .limit(1)
    )


_RUNNING = Prepared(_still_running)


def _reported(place: Column[str], _dialect: str) -> Select[Any]:
    """Reports at an element or in an area that the same service fails, where nothing known explains it.

    From the few reports to their elements: an area may have more of these than there are texts in a day.
    """
    c, e = t.contact.c, t.element.c
    there = select(e.id).where(e.id == c.element_id, place == text("place"))
    return select(c.customer_id, c.element_id, c.received_at).where(
        there.exists(),
        c.service == text("service"),
        c.kind == ContactKind.INCIDENT_REPORT,
        c.match == Match.OPENED,
        c.customer_id.is_not(None),
        c.received_at > moment("since"),
    )


def _served(place: Column[str], _dialect: str) -> Select[tuple[int]]:
    s = t.service.c
    those = (
        select(s.customer_id)
        .join(t.element, t.element.c.id == s.element_id)
        .where(
            place == text("place"),
            s.status == "active",
            s.kind == text("service"),
        )
        .limit(MOST_COUNTED)
    )
    return select(func.count()).select_from(those.subquery())


class _Scale(NamedTuple):
    """How far one looks: at an element alone, or at everything in its area."""

    reports: Prepared
    customer_count: Prepared


def _scale(place: Column[str]) -> _Scale:
    return _Scale(Prepared(partial(_reported, place)), Prepared(partial(_served, place)))


_ELEMENT, _AREA = _scale(t.element.c.id), _scale(t.element.c.area)
_counted: WeakKeyDictionary[Engine, dict[tuple[_Scale, str, str], tuple[datetime, int]]] = WeakKeyDictionary()


def _behind(connection: Connection, scale: _Scale, where: dict[str, str], now: datetime) -> int:
    """Counted once in COUNTED_EVERY: a city that writes to us would be counted for each of its texts."""
    counts, key = _counted.setdefault(connection.engine, {}), (scale, where["place"], where["service"])
    known = counts.get(key)
    if known is None or not timedelta(0) <= now - known[0] < COUNTED_EVERY:
        known = counts[key] = (now, int(scale.customer_count.run(connection, **where).scalar_one()))
    return known[1]


def _signal(
    connection: Connection,
    service: Subscribed,
    elements: Sequence[str],
    began_at: datetime,
    report_count: int,
    reception: Reception,
    now: datetime,
) -> Opened:
    key = f"area:{service.area}"
    found = _running(connection, key)
    if found is None:
        name = connection.scalar(select(t.element.c.name).where(t.element.c.id == key))
        place = service.name if len(elements) == 1 else name or service.area
        found = Opened(*open_reported(connection, key, place, reception.book, began_at, now))
    incidents.note(
        *(connection, found.incident_id, now, "sensed", "many_report_the_same"),
        elements=list(elements),
        report_count=report_count,
    )
    failures = [Failure(one, reception.sensing.impact, began_at) for one in elements]
    open_causes(connection, found.incident_id, failures, now)
    _gather(connection, elements, found.incident_id, now)
    return Opened(found.incident_id, found.reference, is_signal=True)


def _gather(connection: Connection, elements: Sequence[str], incident_id: int, now: datetime) -> None:
    """Whose reports had incidents of their own have this one now."""
    i, c = t.incident.c, t.contact
    keys = [f"report:{one}" for one in elements]
    own = connection.scalars(select(i.id).where(i.cause_key.in_(keys), i.stage.in_(RUNNING))).all()
    moved = and_(c.c.incident_id.in_(own), c.c.state.in_(WAITING))
    connection.execute(update(c).where(moved).values(incident_id=incident_id, match=Match.KNOWN))
    settle(connection, own, now, "became_part_of_another")
