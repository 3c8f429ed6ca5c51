"""What people do with a contact that waits: take it, answer it, pass it on, close it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, select, update

from tellfirst.contacts import reporting
from tellfirst.contacts.reception import Reception
from tellfirst.domain.contact import AnswerState, ContactKind, ContactState, contact_number
from tellfirst.domain.errors import NotFound, RuleBroken
from tellfirst.domain.escalation import Subject
from tellfirst.store import incidents
from tellfirst.store import tables as t

BY_A_PERSON = "by_a_person"
"""The kind of an answer that somebody wrote."""
ANSWERED = "answered_by_a_person"
LONGEST = 1_600
"""Signs of an answer."""


def take(connection: Connection, reference: str, actor: str, now: datetime) -> int:
    """It is `actor`'s from now on, whoever had it. Nobody else of the staff is called about it. Its number.

    Raises NotFound, and RuleBroken for one that is closed.
    """
    it = _open(connection, reference)
    c = t.contact
    values: dict[str, Any] = {"state": ContactState.TAKEN, "taken_by": actor, "taken_at": now}
    if it.queue is None:
        values["queue"] = actor
    connection.execute(update(c).where(c.c.id == it.id).values(**values))
    _answer_calls(connection, it, actor, now)
    _note(connection, it, now, "taken", actor)
    return int(it.id)


def answer(
    connection: Connection,
    reference: str,
    body: str,
    actor: str,
    now: datetime,
    *,
    given: bool = False,
    kind: ContactKind | None = None,
) -> int:
    """Answer in the words of a person; it leaves on the way the contact came, and the contact is closed.

    `given`: it was said already, as on the telephone. `kind`: what it was, where nobody had been sure. Raises
    NotFound, and RuleBroken for an empty answer, one that is too long, and a contact that is closed.
    """
    it = refuse_answer(connection, reference, body, held=True)
    connection.execute(
        insert(t.contact_answer).values(
            contact_id=it.id,
            kind=BY_A_PERSON,
            author=actor,
            channel=it.channel,
            body=body.replace("\x00", ""),
            at=now,
            state=AnswerState.GIVEN if given else AnswerState.PENDING,
            sent_at=now if given else None,
        )
    )
    _end(connection, it, ANSWERED, actor, now, kind)
    return int(it.id)


def refuse_answer(connection: Connection, reference: str, body: str, *, held: bool = False) -> Row[Any]:
    """The contact, where such an answer to it can be given; raises as `answer` does where it cannot."""
    it = _open(connection, reference, held=held)
    if not body.strip():
        raise RuleBroken("an answer says something; nothing was sent")
    if len(body) > LONGEST:
        raise RuleBroken(f"the answer has {len(body):,} signs; {LONGEST:,} can be sent, nothing was")
    return it


def pass_on(
    connection: Connection,
    reference: str,
    queue: str,
    reception: Reception,
    actor: str,
    now: datetime,
    *,
    kind: ContactKind | None = None,
) -> int:
    """It waits in another queue, and is nobody's until somebody there takes it. Its number.

    The customer was given a time, and it stands: another queue may answer sooner, never later. Whoever was called
    about it is not called again; later calls go to the new queue. Raises NotFound, and RuleBroken for a queue that
    there is not, the one it waits in, and a contact that is closed.
    """
    it = _open(connection, reference)
    line = reception.line(queue, now)
    if line is None:
        names = ", ".join(one.name for one in reception.queues.queues)
        raise RuleBroken(f"there is no queue {queue[:60]}; there are {names}; nothing was changed")
    if it.queue == queue and it.state == ContactState.WAITING:
        raise RuleBroken(f"{reference} waits in {queue} already; nothing was changed")
    values: dict[str, Any] = {
        "state": ContactState.WAITING,
        "queue": queue,
        "answer_due_at": _due(it, reception, line[1]),
        "taken_by": None,
        "taken_at": None,
    }
    if kind is not None:
        values["kind"] = kind
    connection.execute(update(t.contact).where(t.contact.c.id == it.id).values(**values))
    _answer_calls(connection, it, actor, now)
    _note(connection, it, now, "passed_on", actor)
    return int(it.id)


def _due(it: Row[Any], reception: Reception, due_at: datetime) -> datetime | None:
    """The earlier of two times; none where it stood in a line without one, until its outage is over."""
    if it.answer_due_at is not None:
        promised: datetime = it.answer_due_at
        return min(promised, due_at)
    stands = it.queue is not None and reception.queues.named(it.queue) is not None
    return None if stands and it.incident_id is not None else due_at


def close(
    connection: Connection,
    reference: str,
    reason: str,
    actor: str,
    now: datetime,
    *,
    kind: ContactKind | None = None,
) -> int:
    """It needs no answer any more, and why. Raises NotFound, and RuleBroken without a reason or when it is closed."""
    it = _open(connection, reference)
    if not reason.strip():
        raise RuleBroken("say why it needs no answer; nothing was closed")
    _end(connection, it, reason.strip(), actor, now, kind)
    return int(it.id)


def found(connection: Connection, reference: str, *, held: bool = False) -> Row[Any]:
    """The contact, by CON-000123 or its number; `held`: nobody else changes it before our transaction ends.

    Raises NotFound.
    """
    number = contact_number(reference)
    row = None
    if number is not None:
        wanted = select(t.contact).where(t.contact.c.id == number)
        row = connection.execute(wanted.with_for_update() if held else wanted).one_or_none()
    if row is None:
        raise NotFound(f"there is no contact {reference}; `tellfirst contact list` shows them")
    return row


def _open(connection: Connection, reference: str, *, held: bool = True) -> Row[Any]:
    it = found(connection, reference, held=held)
    if it.state == ContactState.CLOSED:
        raise RuleBroken(f"{reference} is closed ({it.state_reason}); a new word of theirs is a new contact")
    return it


def _end(
    connection: Connection,
    it: Row[Any],
    reason: str,
    actor: str,
    now: datetime,
    kind: ContactKind | None,
) -> None:
    c = t.contact
    values: dict[str, Any] = {
        "state": ContactState.CLOSED,
        "state_reason": reason,
        "closed_at": now,
        "answered_at": it.answered_at or now,
        "taken_by": it.taken_by or actor,
        "taken_at": it.taken_at or now,
    }
    if kind is not None:
        values["kind"] = kind
    connection.execute(update(c).where(c.c.id == it.id).values(**values))
    _note(connection, it, now, "closed", actor)
    if it.incident_id is not None:
        reporting.settle(connection, [it.incident_id], now, "every_report_is_answered")


def _answer_calls(connection: Connection, it: Row[Any], actor: str, now: datetime) -> None:
    e = t.escalation
    calls = and_(e.c.subject == Subject.CONTACT, e.c.subject_id == it.id, e.c.acknowledged_at.is_(None))
    connection.execute(update(e).where(calls).values(acknowledged_at=now, acknowledged_by=actor))


def _note(connection: Connection, it: Row[Any], now: datetime, what: str, actor: str) -> None:
    if it.incident_id is not None:
        incidents.note(connection, it.incident_id, now, "contact", what, actor=actor, contact=it.id)
