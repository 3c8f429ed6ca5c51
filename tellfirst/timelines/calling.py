"""Calling staff: what stands in the books to be told is told, outside of any transaction, and written down."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, and_, or_, select, update

from tellfirst.carriers.staff import Pager
from tellfirst.domain.contact import ContactState, contact_reference
from tellfirst.domain.duty import Duty, Rota
from tellfirst.domain.escalation import CallState, Subject
from tellfirst.domain.promise import PromiseState
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

log = logging.getLogger(__name__)
AT_ONCE = 20
"""Calls of one tick: with a dead channel each may take its time-out."""
TRIES = 3
AGAIN_AFTER = timedelta(seconds=30)
HELD_FOR = timedelta(minutes=2)
"""How long a call that is being made is nobody else's; after it its process is taken for dead, and it is made again:
told twice is better than not at all."""
SENTENCES = {
    Subject.OPENED: "has opened",
    Subject.NEXT_UPDATE: "owes its customers a word by {due}; say it with `tellfirst incident update {reference}`",
    Subject.RESTORATION: "was promised to be back by {due}; give a new estimate with "
    "`tellfirst incident update {reference} --estimate`",
    Subject.DEADLINE: "owes something by {due}; look with `tellfirst deadlines --incident {reference}`",
    Subject.APPROVAL: "waits for your leave to tell its customers until {due}; look with "
    "`tellfirst preview {reference}`",
    Subject.CONTACT: "waits for an answer until {due}; look with `tellfirst contact show {reference}`",
    Subject.SILENCE: "has opened and nobody was told of it yet; look with `tellfirst incident show {reference}`",
}


@dataclass(frozen=True, slots=True)
class Call:
    """What is to be told to one place."""

    id: int
    role: str
    duty: str
    title: str
    body: str


def call_staff(
    engine: Engine,
    pager: Pager,
    rotas: Mapping[str, Rota],
    variable: Callable[[str], str],
    wall: datetime,
    page: str,
) -> int:
    """Make the calls that wait; how many were taken. `page` is where an incident can be looked at."""
    with writing(engine) as connection:
        calls = _claim(connection, wall, page)
    taken = 0
    for one in calls:
        addresses = [found for name in _channels(rotas, one) if (found := variable(name))]
        told = bool(addresses) and pager.tell(addresses, one.title, one.body)
        with writing(engine) as connection:
            _record(connection, one, told=told, reachable=bool(addresses), wall=wall)
        if not addresses:
            log.error(
                "%s is to be told and cannot be: no channel of %s is set; %s", one.role, one.duty, one.title
            )
        taken += told
    return taken


def _channels(rotas: Mapping[str, Rota], call: Call) -> tuple[str, ...]:
    chain: tuple[Duty, ...] = rotas[call.role].chain if call.role in rotas else ()
    return next((one.channels for one in chain if one.name == call.duty), ())


def _claim(connection: Connection, wall: datetime, page: str) -> list[Call]:
    """Ours for a while. What was settled meanwhile is not told any more."""
    e, i = t.escalation, t.incident.c
    waiting = and_(
        e.c.state.in_((CallState.PENDING, CallState.SENDING)), or_(e.c.try_at.is_(None), e.c.try_at <= wall)
    )
    _drop_needless(connection, waiting)
    rows = connection.execute(
        select(
            e.c.subject_id,
            e.c.id,
            e.c.role,
            e.c.duty,
            e.c.subject,
            e.c.due_at,
            e.c.reason,
            i.reference,
            i.name,
            i.severity,
        )
        .outerjoin(t.incident, i.id == e.c.incident_id)
        .where(waiting)
        .order_by(e.c.id)
        .limit(AT_ONCE)
        .with_for_update(of=e, skip_locked=True)
    ).all()
    ids = [row.id for row in rows]
    if ids:
        values = {"state": CallState.SENDING, "try_at": wall + HELD_FOR, "try_count": e.c.try_count + 1}
        connection.execute(update(e).where(e.c.id.in_(ids)).values(**values))
    return [
        Call(
            row.id,
            row.role,
            row.duty,
            _title(row),
            _body(Subject(row.subject), _reference(row), row.due_at, row.reason, page),
        )
        for row in rows
    ]


def _drop_needless(connection: Connection, waiting: ColumnElement[bool]) -> None:
    """A promise that was settled, a contact that has its answer: nobody needs to hear of them."""
    e, p = t.escalation, t.promise.c
    of_a_promise = e.c.subject.in_((Subject.NEXT_UPDATE, Subject.RESTORATION))
    settled = select(p.id).where(
        p.id == e.c.subject_id,
        or_(p.settled_by.is_not(None), p.state.in_((PromiseState.KEPT, PromiseState.REPLACED))),
    )
    for needless, reason in (
        (and_(of_a_promise, settled.exists()), "settled_before_it_left"),
        (and_(e.c.subject == Subject.CONTACT, ~_still_waits().exists()), "answered_before_it_left"),
    ):
        dropped = {"state": CallState.NEEDLESS, "reason": reason}
        connection.execute(update(e).where(waiting, needless).values(**dropped))


def _still_waits() -> Select[tuple[int]]:
    c = t.contact.c
    owed = (c.state.in_((ContactState.WAITING, ContactState.TAKEN)), c.answer_due_at.is_not(None))
    return select(c.id).where(c.id == t.escalation.c.subject_id, *owed).correlate(t.escalation)


def _reference(row: Row[Any]) -> str:
    return contact_reference(row.subject_id) if row.subject == Subject.CONTACT else str(row.reference)


def _title(row: Row[Any]) -> str:
    return f"{_reference(row)} waits" if row.subject == Subject.CONTACT else f"{row.severity} {row.name}"


def _body(subject: Subject, reference: str, due_at: datetime | None, reason: str, page: str) -> str:
    due = f"{due_at:%H:%M} UTC" if due_at else "soon"
    return f"{reference} {SENTENCES[subject].format(due=due, reference=reference)} ({reason}). {page}"


def _record(connection: Connection, call: Call, *, told: bool, reachable: bool, wall: datetime) -> None:
    e = t.escalation
    this = and_(e.c.id == call.id, e.c.state == CallState.SENDING)
    if told:
        connection.execute(update(e).where(this).values(state=CallState.SENT, sent_at=wall, try_at=None))
        return
    if not reachable:
        values = {"state": CallState.NOBODY, "reason": "no_channel_is_set", "try_at": None}
        connection.execute(update(e).where(this).values(**values))
        return
    connection.execute(
        update(e)
        .where(this, e.c.try_count < TRIES)
        .values(state=CallState.PENDING, try_at=wall + AGAIN_AFTER)
    )
    failed = {"state": CallState.FAILED, "reason": "no_channel_took_it", "try_at": None}
    connection.execute(update(e).where(this).values(**failed))
