"""Answers that cannot be given in the same breath: promised with the contact, sent one by one, each ended with a
reason."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, and_, case, or_, select, update

from tellfirst.carriers.answering import Answers, Written
from tellfirst.carriers.port import Carrier, Outcome, Verdict
from tellfirst.contacts.reaching import Addressed, addressed
from tellfirst.contacts.to_a_person import to_a_person
from tellfirst.domain.contact import AnswerState, ContactState
from tellfirst.domain.errors import TellFirstError
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

log = logging.getLogger(__name__)
US = "tellfirst"
AT_ONCE = 20
"""Answers of one turn."""
TURN = 15.0
"""Seconds of one turn: with a dead carrier each answer takes its time-out, and the clock has more to do."""
TRIES = 4
AGAIN_AFTER = timedelta(seconds=60)
"""Times the number of tries."""
HELD_FOR = timedelta(minutes=3)
"""How long an answer that is being sent is nobody else's; after it its process is taken for dead and it is sent again:
twice is better than never, and a mail sent twice bears the same Message-ID."""
NOT_SENT = "answer_not_sent"
"""The reason of a contact whose answer no carrier takes: a person has to find another way."""
NO_CARRIER = "no_carrier"
NO_WAY = "no_way_to_reach_them"
OPTED_OUT = "opted_out"


@dataclass(frozen=True, slots=True)
class Post:
    """Who brings answers: the carriers of a channel in order, and how each is made."""

    carriers: Callable[[Channel], Sequence[str]]
    make: Callable[[str], Carrier]


@dataclass(frozen=True, slots=True)
class Sent:
    """How many of this turn were taken by a carrier, and how many ended without."""

    taken: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    to: Addressed | None
    written: Written
    contact_id: int
    tries: int
    opted_out: bool


def promise(
    connection: Connection,
    contact_id: int,
    kind: str,
    body: str,
    now: datetime,
    *,
    subject: str = "",
    author: str = US,
) -> None:
    """An answer to a contact that leaves after this transaction, on the way that the contact came or the nearest."""
    c, a = t.contact, t.contact_answer
    channel = select(c.c.channel).where(c.c.id == contact_id).scalar_subquery()
    values = {
        "contact_id": contact_id,
        "kind": kind,
        "author": author,
        "channel": channel,
        "subject": subject,
        "body": body.replace("\x00", ""),
        "at": now,
        "state": AnswerState.PENDING,
    }
    connection.execute(a.insert().values(**values))
    decided = {"answer_kind": kind, "answer": body}
    connection.execute(update(c).where(c.c.id == contact_id, c.c.answer.is_(None)).values(**decided))


def send_answers(engine: Engine, post: Post, now: datetime, wall: datetime, turn: float = TURN) -> Sent:
    """Send what waits, for about `turn` seconds. No transaction is open while a carrier is spoken to."""
    with writing(engine) as connection:
        waiting = _claim(connection, now, wall)
    taken = failed = 0
    until = time.monotonic() + turn
    for number, one in enumerate(waiting):
        if time.monotonic() > until:
            with writing(engine) as connection:
                _put_back(connection, waiting[number:])
            break
        outcome, carrier = _send(post, one)
        with writing(engine) as connection:
            state = _record(connection, one, outcome, carrier, now, wall)
        taken += state is AnswerState.SENT
        failed += state is AnswerState.FAILED
    return Sent(taken, failed)


def _claim(connection: Connection, now: datetime, wall: datetime) -> list[_Waiting]:
    a = t.contact_answer
    due = and_(
        a.c.state.in_((AnswerState.PENDING, AnswerState.SENDING)),
        or_(a.c.try_at.is_(None), a.c.try_at <= wall),
    )
    ids = list(
        connection.scalars(
            select(a.c.id).where(due).order_by(a.c.id).limit(AT_ONCE).with_for_update(skip_locked=True)
        )
    )
    if not ids:
        return []
    held = {"state": AnswerState.SENDING, "try_at": wall + HELD_FOR, "try_count": a.c.try_count + 1}
    connection.execute(update(a).where(a.c.id.in_(ids)).values(**held))
    return _read(connection, ids, now)


def _put_back(connection: Connection, waiting: Sequence[_Waiting]) -> None:
    """The turn was over before theirs came: nothing was tried."""
    a = t.contact_answer
    these = and_(a.c.id.in_([one.written.answer_id for one in waiting]), a.c.state == AnswerState.SENDING)
    untried = {"state": AnswerState.PENDING, "try_at": None, "try_count": a.c.try_count - 1}
    connection.execute(update(a).where(these).values(**untried))


def _read(connection: Connection, ids: Sequence[int], now: datetime) -> list[_Waiting]:
    a, c, m, p, o = t.contact_answer.c, t.contact.c, t.contact_mail.c, t.customer.c, t.opt_out
    rows = connection.execute(
        select(
            *(a.id, a.contact_id, a.body, a.subject, a.channel, a.try_count),
            *(c.address, c.received_at, c.language, m.message_id, m.thread),
            *(p.phone, p.email, p.language.label("spoken")),
        )
        .join(t.contact, c.id == a.contact_id)
        .outerjoin(t.contact_mail, m.contact_id == c.id)
        .outerjoin(t.customer, p.id == c.customer_id)
        .where(a.id.in_(ids))
        .order_by(a.id)
    ).all()
    found = []
    for row in rows:
        to = addressed(row.channel, row.address, row.phone, row.email, row.received_at, now)
        closed = (
            to is not None
            and connection.execute(
                select(o.c.address).where(o.c.channel == to.channel, o.c.address == to.address)
            ).first()
        )
        written = Written(
            *(row.id, to.address if to else "", row.body, row.subject or ""),
            *(row.spoken or row.language or "en", row.message_id or "", row.thread or ""),
        )
        found.append(_Waiting(to, written, row.contact_id, row.try_count, bool(closed)))
    return found


def _send(post: Post, one: _Waiting) -> tuple[Outcome, str]:
    """Another carrier of the channel at each further try. Whatever goes wrong is an outcome."""
    if one.to is None:
        return _never(one, NO_WAY), ""
    if one.opted_out:
        return _never(one, OPTED_OUT), ""
    names = post.carriers(one.to.channel)
    if not names:
        return _never(one, NO_CARRIER), ""
    name = names[(one.tries - 1) % len(names)]
    try:
        # In a thread of its own, for whoever calls may have a loop running.
        with ThreadPoolExecutor(1, "answer") as thread:
            return thread.submit(asyncio.run, _hand_over(post.make(name), one.written)).result(), name
    except TellFirstError as wrong:
        log.error("the answer %s could not be handed to %s: %s", one.written.answer_id, name, wrong)
        return Outcome(one.written.answer_id, Verdict.REFUSED_AGAIN, reason=NO_CARRIER), name
    except Exception as wrong:  # noqa: BLE001  # the edge: one answer that breaks a carrier must not hold up the others
        # Without its text, which may be the customer's words.
        log.error("the answer %s broke %s: %s", one.written.answer_id, name, type(wrong).__name__)
        return Outcome(one.written.answer_id, Verdict.UNKNOWN, reason=type(wrong).__name__), name


async def _hand_over(carrier: Carrier, written: Written) -> Outcome:
    if not isinstance(carrier, Answers):
        return Outcome(written.answer_id, Verdict.REFUSED_AGAIN, reason="brings_no_answers")
    try:
        return await carrier.answer(written)
    finally:
        await carrier.close()


def _never(one: _Waiting, reason: str) -> Outcome:
    return Outcome(one.written.answer_id, Verdict.REFUSED_FINALLY, reason=reason)


def _record(
    connection: Connection, one: _Waiting, outcome: Outcome, carrier: str, now: datetime, wall: datetime
) -> AnswerState:
    a = t.contact_answer
    this = and_(a.c.id == one.written.answer_id, a.c.state == AnswerState.SENDING)
    state, values = _ended(one, outcome, now, wall)
    connection.execute(update(a).where(this).values(**values, carrier=carrier or None))
    if state is AnswerState.SENT:
        _answered(connection, one.contact_id, now)
    elif state is AnswerState.FAILED:
        to_a_person(connection, one.contact_id, NOT_SENT, now)
    return state


def _ended(
    one: _Waiting, outcome: Outcome, now: datetime, wall: datetime
) -> tuple[AnswerState, dict[str, object]]:
    reason = outcome.reason or outcome.code or outcome.verdict
    if outcome.verdict is Verdict.ACCEPTED:
        why = one.to.reason if one.to else None
        done = {"sent_at": now, "carrier_reference": outcome.carrier_ref, "try_at": None, "reason": why}
        return AnswerState.SENT, {"state": AnswerState.SENT, **done}
    if outcome.verdict is Verdict.REFUSED_FINALLY or one.tries >= TRIES:
        return AnswerState.FAILED, {"state": AnswerState.FAILED, "reason": reason, "try_at": None}
    wait = max(AGAIN_AFTER * one.tries, timedelta(seconds=min(outcome.retry_after or 0, 3_600)))
    return AnswerState.PENDING, {"state": AnswerState.PENDING, "reason": reason, "try_at": wall + wait}


def _answered(connection: Connection, contact_id: int, now: datetime) -> None:
    """What waits for a person goes on waiting; whatever else has its answer now."""
    c = t.contact
    state = case((c.c.state == ContactState.RECEIVED, ContactState.ANSWERED.value), else_=c.c.state)
    connection.execute(
        update(c).where(c.c.id == contact_id, c.c.answered_at.is_(None)).values(answered_at=now, state=state)
    )
