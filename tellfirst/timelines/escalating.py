"""Escalation: what comes near or is late is told to staff, each level once, and handed on until somebody takes it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from tellfirst.domain.approval import ApprovalState
from tellfirst.domain.calendars import WorkingCalendar
from tellfirst.domain.contact import ContactState, contact_reference
from tellfirst.domain.deadline import DeadlineName, DeadlineState
from tellfirst.domain.duty import Rota
from tellfirst.domain.escalation import CallState, Escalation, Staff, StaffRole, Subject
from tellfirst.domain.incident import RUNNING
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.store import incidents, playbook_copy
from tellfirst.store import tables as t
from tellfirst.timelines.roles import Roles

Calendars = Mapping[str, WorkingCalendar]


@dataclass(frozen=True, slots=True)
class Matter:
    """Something staff may have to be told of: `made_at` until `due_at`, as long as it stands open."""

    incident_id: int | None
    subject: Subject
    subject_id: int
    made_at: datetime
    due_at: datetime
    queue: str = ""
    """Of a contact: where it waits."""


def escalate(
    connection: Connection,
    roles: Roles,
    calendars: Calendars,
    now: datetime,
    queues: Mapping[str, str] | None = None,
) -> int:
    """Raise every level that has come since the last look, and hand on what nobody took. How many calls were raised.

    `queues` are the roles that are told of late answers, by queue.

    Where several levels passed at once (nothing ran meanwhile) only the highest is called; those before it stand in
    the books as overtaken.
    """
    raised = 0
    books: dict[int, Playbook] = {}
    for matter in _of_incidents(connection):
        assert matter.incident_id is not None, "it is an incident's"
        book = books.get(matter.incident_id) or _book(connection, matter.incident_id)
        if book is None:
            continue
        books[matter.incident_id] = book
        raised += _raise_levels(connection, matter, book.escalation, book.staff, roles, calendars, now)
    for matter in unanswered(connection):
        if rota := roles.rotas.get((queues or {}).get(matter.queue, "")):
            staff = Staff(dict.fromkeys(StaffRole, rota.role))
            raised += _raise_levels(connection, matter, Escalation(), staff, roles, calendars, now)
    raised += _inform(connection, roles, calendars, now) + _ask_approvers(connection, roles, calendars, now)
    return raised + _hand_on(connection, roles, calendars, now)


def call_about(
    connection: Connection,
    reference: str,
    subject: Subject,
    roles: Roles,
    calendars: Calendars,
    now: datetime,
) -> bool:
    """Call whoever leads the incident about it, once, whatever the clock has seen. Raises NotFound."""
    it = incidents.by_reference(connection, reference)
    staff = it.playbook.staff if it.playbook else Staff()
    rota = roles.filling(StaffRole.COMMANDER, staff)
    return call(connection, Matter(it.id, subject, it.id, now, now), rota, calendars, now, reason=subject)


def matters(connection: Connection) -> Iterator[Matter]:
    """Every promise that no word has answered yet, every deadline that is neither met nor void, and every contact that
    waits first in its queue."""
    yield from _of_incidents(connection)
    yield from unanswered(connection)


def unanswered(connection: Connection) -> Iterator[Matter]:
    """Of each queue the contact that is due first: it speaks for all behind it, or a thousand calls would be made."""
    c = t.contact.c
    owed = (c.state.in_((ContactState.WAITING, ContactState.TAKEN)), c.answer_due_at.is_not(None))
    first = func.row_number().over(partition_by=c.queue, order_by=(c.answer_due_at, c.id)).label("place")
    lines = (
        select(c.id, c.queue, c.incident_id, c.received_at, c.answer_due_at, first).where(*owed).subquery()
    )
    for row in connection.execute(select(lines).where(lines.c.place == 1).order_by(lines.c.id)):
        its = (row.incident_id, Subject.CONTACT, row.id, row.received_at, row.answer_due_at)
        yield Matter(*its, queue=row.queue)


def _of_incidents(connection: Connection) -> Iterator[Matter]:
    yield from _promises(connection)
    yield from _deadlines(connection)
    yield from _approvals(connection)


def _approvals(connection: Connection) -> Iterator[Matter]:
    """Questions that nobody has answered."""
    a, i = t.approval.c, t.incident.c
    rows = connection.execute(
        select(a.id, a.incident_id, a.asked_at, a.due_at)
        .join(t.incident, i.id == a.incident_id)
        .where(i.stage.in_(RUNNING), a.state == ApprovalState.OPEN)
        .order_by(a.id)
    )
    for row in rows:
        yield Matter(row.incident_id, Subject.APPROVAL, row.id, row.asked_at, row.due_at)


def _deadlines(connection: Connection) -> Iterator[Matter]:
    """An update is left out: it is promised to customers, and the promise itself is looked at."""
    d, i = t.deadline.c, t.incident.c
    rows = connection.execute(
        select(d.id, d.incident_id, d.anchor_at, d.due_at)
        .join(t.incident, i.id == d.incident_id)
        .where(
            i.stage.in_(RUNNING),
            d.settled_at.is_(None),
            d.state.in_((DeadlineState.OPEN, DeadlineState.MISSED)),
            d.name != DeadlineName.UPDATE,
        )
        .order_by(d.id)
    )
    for row in rows:
        yield Matter(row.incident_id, Subject.DEADLINE, row.id, row.anchor_at, row.due_at)


def _promises(connection: Connection) -> Iterator[Matter]:
    p, i = t.promise.c, t.incident.c
    rows = connection.execute(
        select(p.id, p.incident_id, p.kind, p.made_at, p.due_at)
        .join(t.incident, i.id == p.incident_id)
        .where(
            i.stage.in_(RUNNING),
            p.settled_by.is_(None),
            p.state.in_((PromiseState.OPEN, PromiseState.BROKEN)),
        )
        .order_by(p.id)
    )
    for row in rows:
        subject = Subject.NEXT_UPDATE if row.kind == PromiseKind.NEXT_UPDATE else Subject.RESTORATION
        yield Matter(row.incident_id, subject, row.id, row.made_at, row.due_at)


def call(
    connection: Connection,
    matter: Matter,
    rota: Rota,
    calendars: Calendars,
    now: datetime,
    *,
    level: int = 0,
    after: int | None = None,
    reason: str,
) -> bool:
    """Put one call into the books, once: to the first on duty, or to the next `after` a place of the chain.

    False when it stands there or the chain has ended.
    """
    position = rota.first(calendars, now) if after is None else rota.after(after, calendars, now)
    if position is None:
        return False
    duty = rota.chain[position]
    e = t.escalation.c
    known = select(e.id).where(
        e.subject == matter.subject,
        e.subject_id == matter.subject_id,
        e.level == level,
        e.role == rota.role,
        e.position == position,
    )
    if connection.scalar(known) is not None:
        return False
    _put(connection, matter, rota.role, duty.name, level, position, now, CallState.PENDING, reason)
    if matter.incident_id is not None:
        incidents.note(
            *(connection, matter.incident_id, now, "escalation", reason),
            subject=matter.subject,
            level=level,
            role=rota.role,
            duty=duty.name,
        )
    return True


def acknowledge(connection: Connection, reference: str, actor: str, now: datetime) -> int:
    """Somebody has taken it: nothing of this incident that was called so far is handed on. How many calls."""
    it = incidents.by_reference(connection, reference)
    e = t.escalation
    taken = connection.execute(
        update(e)
        .where(e.c.incident_id == it.id, e.c.acknowledged_at.is_(None))
        .values(acknowledged_at=now, acknowledged_by=actor)
    ).rowcount
    incidents.note(connection, it.id, now, "escalation", "acknowledged", actor=actor, call_count=taken)
    return taken


def _raise_levels(
    connection: Connection,
    matter: Matter,
    rules: Escalation,
    staff: Staff,
    roles: Roles,
    calendars: Calendars,
    now: datetime,
) -> int:
    level = rules.level(matter.made_at, matter.due_at, now)
    if level is None:
        return 0
    e = t.escalation.c
    its = and_(e.subject == matter.subject, e.subject_id == matter.subject_id)
    highest = connection.scalar(select(func.max(e.level)).where(its))
    if highest is not None and highest >= level:
        return 0
    for passed in range(0 if highest is None else highest + 1, level):
        role = roles.filling(_role(rules, matter.subject, passed), staff).role
        overtaken = CallState.OVERTAKEN
        _put(connection, matter, role, "", passed, 0, now, overtaken, "a_later_mark_had_passed")
    rota = roles.filling(_role(rules, matter.subject, level), staff)
    return int(call(connection, matter, rota, calendars, now, level=level, reason=_reason(matter, level)))


def _role(rules: Escalation, subject: Subject, level: int) -> StaffRole:
    """Only an approver can answer a question about an approval."""
    return StaffRole.APPROVER if subject is Subject.APPROVAL else rules.role(level)


def _ask_approvers(connection: Connection, roles: Roles, calendars: Calendars, now: datetime) -> int:
    """Approvers hear of a question when it is asked, not when it is nearly too late."""
    raised = 0
    e = t.escalation.c
    called = set(connection.scalars(select(e.subject_id).where(e.subject == Subject.APPROVAL)))
    for matter in _approvals(connection):
        assert matter.incident_id is not None, "a question is an incident's"
        book = _book(connection, matter.incident_id) if matter.subject_id not in called else None
        if book is not None:
            rota = roles.filling(StaffRole.APPROVER, book.staff)
            raised += call(connection, matter, rota, calendars, now, reason="approval_is_asked")
    return raised


def _reason(matter: Matter, level: int) -> str:
    return f"{matter.subject}_{('comes_near', 'is_due')[level] if level < 2 else 'is_late'}"


def _inform(connection: Connection, roles: Roles, calendars: Calendars, now: datetime) -> int:
    """Who wants to hear of incidents of a type hears of each once."""
    i, e = t.incident.c, t.escalation.c
    told = select(e.id).where(e.incident_id == i.id, e.subject == Subject.OPENED)
    new = select(i.id, i.opened_at, i.playbook).where(
        i.stage.in_(RUNNING), i.playbook.is_not(None), ~told.exists()
    )
    raised = 0
    for row in connection.execute(new).all():
        matter = Matter(row.id, Subject.OPENED, row.id, row.opened_at, row.opened_at)
        for name in playbook_copy.from_json(row.playbook).staff.inform:
            if rota := roles.rotas.get(name):
                raised += call(connection, matter, rota, calendars, now, reason="incident_opened")
    return raised


def _hand_on(connection: Connection, roles: Roles, calendars: Calendars, now: datetime) -> int:
    """What was told and not taken within the time of its place, or could not be told there, goes to the next."""
    e = t.escalation.c
    rows = connection.execute(
        select(t.escalation)
        .outerjoin(t.incident, t.incident.c.id == e.incident_id)
        .where(
            or_(t.incident.c.stage.in_(RUNNING), e.subject == Subject.CONTACT),
            e.acknowledged_at.is_(None),
            e.subject != Subject.OPENED,
            e.state.in_((CallState.SENT, CallState.FAILED, CallState.NOBODY)),
        )
        .order_by(e.id)
    ).all()
    standing = {(one.subject, one.subject_id) for one in matters(connection)}
    raised = 0
    for row in rows:
        rota = roles.rotas.get(row.role)
        if rota is None or not _waits(row, rota, standing, now):
            continue
        matter = Matter(row.incident_id, Subject(row.subject), row.subject_id, row.raised_at, row.due_at)
        raised += call(
            *(connection, matter, rota, calendars, now),
            level=row.level,
            after=row.position,
            reason="nobody_took_it",
        )
    return raised


def _waits(row: Row[Any], rota: Rota, standing: set[tuple[Subject, int]], now: datetime) -> bool:
    settles_by_itself = row.subject not in (Subject.OPENED, Subject.SILENCE)
    if settles_by_itself and (Subject(row.subject), row.subject_id) not in standing:
        return False
    return row.state != CallState.SENT or bool(now >= row.raised_at + rota.hand_over)


def _put(
    connection: Connection,
    matter: Matter,
    role: str,
    duty: str,
    level: int,
    position: int,
    now: datetime,
    state: CallState,
    reason: str,
) -> None:
    connection.execute(
        insert(t.escalation).values(
            incident_id=matter.incident_id,
            subject=matter.subject,
            subject_id=matter.subject_id,
            level=level,
            role=role,
            position=position,
            duty=duty,
            due_at=matter.due_at,
            raised_at=now,
            state=state,
            reason=reason,
            try_count=0,
        )
    )


def _book(connection: Connection, incident_id: int) -> Playbook | None:
    kept = connection.scalar(select(t.incident.c.playbook).where(t.incident.c.id == incident_id))
    return playbook_copy.from_json(kept) if kept else None


def listed(connection: Connection, references: Iterable[str] = ()) -> list[dict[str, object]]:
    """Calls to staff, the newest first, of some incidents or of all."""
    e, i = t.escalation.c, t.incident.c
    wanted = select(t.escalation, i.reference).outerjoin(t.incident, i.id == e.incident_id)
    wanted = wanted.order_by(e.id.desc())
    if names := list(references):
        wanted = wanted.where(or_(*(i.reference == one for one in names)))
    return [
        {
            "incident": row.reference or contact_reference(row.subject_id),
            "about": row.subject,
            "level": row.level,
            "role": row.role,
            "asked": row.duty,
            "due": row.due_at,
            "raised": row.raised_at,
            "state": row.state,
            "why": row.reason,
            "taken by": row.acknowledged_by or "",
        }
        for row in connection.execute(wanted.limit(200))
    ]
