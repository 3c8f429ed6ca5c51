"""What customers report and nothing known explains: opened for them alone, until many say the same.

One incident per element, held: nobody else is told on one report. More than chance would bring within minutes are a
signal; then it is an incident like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, update

from tellfirst.contacts.hitting import Subscribed
from tellfirst.contacts.reception import Reception
from tellfirst.detect.causes import Failure, open_causes
from tellfirst.detect.opening import open_reported
from tellfirst.domain.contact import ContactKind, ContactState, Match
from tellfirst.domain.incident import RUNNING, Held, Kind, Stage
from tellfirst.store import incidents
from tellfirst.store import tables as t

WAITING = (ContactState.RECEIVED, ContactState.WAITING, ContactState.TAKEN)
MOST_COUNTED = 200_000
"""Customers behind an element or area are counted so far: beyond it the threshold hardly moves."""


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
    for which in (_of_element(service.element), _of_area(service.area)):
        reports = _reports(connection, and_(which, _alike(service)), since)
        if len({row.customer_id for row in reports}) < reception.sensing.least:
            continue
        customer_count = _behind(connection, which, service)
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
    i = t.incident.c
    row = connection.execute(
        select(i.id, i.reference)
        .where(i.cause_key == cause_key, i.stage.in_(RUNNING), i.kind == Kind.OUTAGE)
        .order_by(i.id.desc())
        .limit(1)
    ).first()
    return Opened(row.id, row.reference) if row else None


def _of_element(element: str) -> ColumnElement[bool]:
    return t.element.c.id == element


def _of_area(area: str) -> ColumnElement[bool]:
    return t.element.c.area == area


def _alike(service: Subscribed) -> ColumnElement[bool]:
    """The same service fails, and nothing known explains it."""
    c = t.contact.c
    return and_(
        c.service == service.kind,
        c.kind == ContactKind.INCIDENT_REPORT,
        c.match == Match.OPENED,
        c.customer_id.is_not(None),
    )


def _reports(connection: Connection, which: ColumnElement[bool], since: datetime) -> Sequence[Row[Any]]:
    c = t.contact.c
    return connection.execute(
        select(c.customer_id, c.element_id, c.received_at)
        .join(t.element, t.element.c.id == c.element_id)
        .where(which, c.received_at > since)
    ).all()


def _behind(connection: Connection, which: ColumnElement[bool], service: Subscribed) -> int:
    s = t.service.c
    those = (
        select(s.customer_id)
        .join(t.element, t.element.c.id == s.element_id)
        .where(which, s.status == "active", s.kind == service.kind)
        .limit(MOST_COUNTED)
    )
    return int(connection.execute(select(func.count()).select_from(those.subquery())).scalar_one())


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
