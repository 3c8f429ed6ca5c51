"""What is due next, over all incidents: promises, deadlines, approvals, contacts, calls to staff, and the next step."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, func, select

from tellfirst.domain.contact import ContactState
from tellfirst.domain.deadline import DeadlineState
from tellfirst.domain.escalation import CallState
from tellfirst.domain.incident import Stage
from tellfirst.domain.promise import PromiseState
from tellfirst.store import approvals
from tellfirst.store import tables as t

MOST = 80
"""Lines; of each kind as many are read, so that none hides another."""
SLACK = timedelta(seconds=60)
"""How long after its time a step may begin: the clock ticks twice a minute. Other things have none."""


class DueKind(StrEnum):
    PROMISE = "promise"
    DEADLINE = "deadline"
    APPROVAL = "approval"
    CONTACT = "contact"
    CALL = "call"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class Due:
    """One line. `what` is a closed word; `incident` is empty for a contact that belongs to none. `count`: how many of
    the same kind wait together, of which the first is due `at`."""

    at: datetime
    kind: DueKind
    what: str
    incident: str
    place: str
    late: bool
    count: int = 1


def due_next(connection: Connection, now: datetime) -> list[Due]:
    """The earliest first, so that what is late stands on top."""
    found = [
        *_promises(connection, now),
        *_deadlines(connection, now),
        *_approvals(connection, now),
        *_contacts(connection, now),
        *_calls(connection, now),
        *_steps(connection, now),
    ]
    return sorted(found, key=lambda one: (one.at, one.kind, one.incident))[:MOST]


def _promises(connection: Connection, now: datetime) -> list[Due]:
    p, i = t.promise.c, t.incident.c
    rows = connection.execute(
        select(p.due_at, p.kind, i.reference, i.place)
        .join(t.incident, i.id == p.incident_id)
        .where(p.state == PromiseState.OPEN)
        .order_by(p.due_at)
        .limit(MOST)
    )
    return [
        Due(row.due_at, DueKind.PROMISE, row.kind, row.reference, row.place, row.due_at < now) for row in rows
    ]


def _deadlines(connection: Connection, now: datetime) -> list[Due]:
    d, i = t.deadline.c, t.incident.c
    late = (d.state == DeadlineState.MISSED) & d.settled_at.is_(None)
    rows = connection.execute(
        select(d.due_at, d.name, d.pack, d.audience, i.reference, i.place)
        .join(t.incident, i.id == d.incident_id)
        .where((d.state == DeadlineState.OPEN) | late)
        .order_by(d.due_at)
        .limit(MOST)
    )
    return [
        Due(
            row.due_at,
            DueKind.DEADLINE,
            f"{row.name} ({row.pack}, to {row.audience})",
            row.reference,
            row.place,
            row.due_at < now,
        )
        for row in rows
    ]


def _approvals(connection: Connection, now: datetime) -> list[Due]:
    return [
        Due(
            question.due_at,
            DueKind.APPROVAL,
            f"{question.affected_count:,} customers, {question.state}",
            reference,
            name.removeprefix(reference).strip(),
            question.due_at < now,
        )
        for reference, name, question in approvals.waiting(connection)
    ]


def _contacts(connection: Connection, now: datetime) -> list[Due]:
    """Those alike are one line: a queue of two hundred would hide everything else."""
    k, i = t.contact.c, t.incident.c
    late = (k.answer_due_at < now).label("late")
    alike = (k.kind, k.queue, k.state, late, i.reference, i.place)
    first_at = func.min(k.answer_due_at).label("at")
    rows = connection.execute(
        select(first_at, func.count(k.id).label("how_many"), *alike)
        .outerjoin(t.incident, i.id == k.incident_id)
        .where(k.state.in_((ContactState.WAITING, ContactState.TAKEN)), k.answer_due_at.is_not(None))
        .group_by(*alike)
        .order_by(first_at)
        .limit(MOST)
    )
    return [
        Due(
            row.at,
            DueKind.CONTACT,
            f"{row.kind or 'not understood'} in {row.queue} ({row.state})",
            row.reference or "",
            row.place or "",
            row.at < now,
            row.how_many,
        )
        for row in rows
    ]


def _calls(connection: Connection, now: datetime) -> list[Due]:
    e, i = t.escalation.c, t.incident.c
    rows = connection.execute(
        select(e.due_at, e.raised_at, e.subject, e.duty, e.level, e.state, i.reference, i.place)
        .join(t.incident, i.id == e.incident_id)
        .where(
            e.acknowledged_at.is_(None),
            i.stage != Stage.CLOSED,
            e.state.not_in((CallState.OVERTAKEN, CallState.NEEDLESS)),
        )
        .order_by(e.raised_at)
        .limit(MOST)
    )
    return [
        Due(
            row.due_at or row.raised_at,
            DueKind.CALL,
            f"{row.subject}, level {row.level}: {row.duty} was asked",
            row.reference,
            row.place,
            (row.due_at or row.raised_at) < now,
        )
        for row in rows
    ]


def _steps(connection: Connection, now: datetime) -> list[Due]:
    i = t.incident.c
    rows = connection.execute(
        select(i.next_due_at, i.stage, i.reference, i.place)
        .where(i.next_due_at.is_not(None), i.stage != Stage.CLOSED)
        .order_by(i.next_due_at)
        .limit(MOST)
    )
    return [
        Due(
            row.next_due_at,
            DueKind.STEP,
            f"looked at again ({row.stage})",
            row.reference,
            row.place,
            row.next_due_at < now - SLACK,
        )
        for row in rows
    ]
