"""To ask by a number: the same for every number, known or not, in what is answered and in how long it takes.

`ask` looks at no customer at all. Whether the number is one of ours, and the text with the code, is `send`'s, which
runs after the answer has gone out.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, update

from tellfirst.contacts.affected.codes import Codes
from tellfirst.contacts.callers import By, Caller, behind
from tellfirst.contacts.provoked import withheld
from tellfirst.contacts.receiving import US
from tellfirst.domain.contact import AnswerState, ContactKind, ContactState, Door, Intent
from tellfirst.domain.errors import Refused
from tellfirst.domain.occasion import Channel
from tellfirst.domain.one_time_code import WITHIN, WORKS_FOR, Asked, Limits, refused, works
from tellfirst.domain.provoked import Purpose
from tellfirst.store import tables as t

log = logging.getLogger(__name__)
QUESTION = "Am I affected?"
CODE = "code"
"""What kind of answer the text with the code is."""
HIDDEN = "******"
"""Stands in the books where a code was, once it works no more."""
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that was taken, and its code: nowhere else in the clear, and not for long."""

    id: int
    number: str = field(repr=False)
    code: str = field(repr=False)


def ask(
    connection: Connection, codes: Codes, number: str, network: str, now: datetime, limits: Limits
) -> Question:
    """Keep the question about `number` (E.164) from `network`. Raises Refused (429) above the limits."""
    q = t.affected_question.c
    of_number_, of_network = codes.digest("number", number), codes.digest("network", network)
    connection.execute(delete(t.affected_question).where(q.asked_at < now - KEPT_FOR))
    asked = Asked(
        by_number=_count(connection, now, q.number_hash == of_number_),
        by_address=_count(connection, now, q.address_hash == of_network),
        sent=_count(connection, now, q.contact_id.is_not(None)),
    )
    if reason := refused(asked, limits):
        raise Refused(reason, "codes were asked for too often; wait for an hour", 429)
    code = codes.draw()
    key = connection.execute(
        insert(t.affected_question).values(
            number_hash=of_number_,
            address_hash=of_network,
            code_hash=codes.digest("code", number, code),
            asked_at=now,
        )
    ).inserted_primary_key
    assert key is not None
    return Question(int(key[0]), number, code)


def send(
    connection: Connection,
    asked: Question,
    text: str,
    language: str,
    key: bytes,
    now: datetime,
    served: frozenset[str] = frozenset(),
) -> int | None:
    """Put the text with the code on its way, as an answer that waits to be sent; the contact it belongs to.

    None, and nothing is sent, where nobody we know takes texts at the number: whoever asks for codes for numbers
    of strangers makes us pay for none. Nor where it must not leave (contacts/provoked.py, with `key` and `served`):
    however many questions were taken at once, a number gets no more texts than it may.
    """
    customer = _who_takes_texts(connection, asked.number)
    if customer is None:
        return None
    if trip := withheld(connection, Purpose.CODE, asked.number, key, now, served):
        log.warning("the code of question %d is withheld: %s", asked.id, trip)
        return None
    contact_id = _keep(connection, asked, customer, language, now)
    connection.execute(
        insert(t.contact_answer).values(
            contact_id=contact_id,
            kind=CODE,
            author=US,
            channel=Door.SMS,
            body=text,
            at=now,
            state=AnswerState.PENDING,
        )
    )
    q = t.affected_question
    connection.execute(update(q).where(q.c.id == asked.id).values(contact_id=contact_id))
    return contact_id


def check(
    connection: Connection, codes: Codes, form: str, code: str, now: datetime
) -> tuple[str, int | None] | None:
    """The number that a right code proves, and the contact it was sent under; None for a wrong, old or used one.

    Every try counts before it is judged. Raises Refused for a form that is not ours.
    """
    question_id, number = codes.read(form)
    q = t.affected_question.c
    row = connection.execute(
        select(t.affected_question).where(q.id == question_id).with_for_update()
    ).one_or_none()
    if row is None or not works(row.asked_at, row.try_count, row.used_at, now):
        return None
    right = row.code_hash == codes.digest("code", number, code.strip())
    tried = {"try_count": row.try_count + 1, "used_at": now if right else None}
    connection.execute(update(t.affected_question).where(q.id == question_id).values(**tried))
    return (number, row.contact_id) if right else None


def hide_old(connection: Connection, now: datetime) -> int:
    """Codes that work no more are hidden in the books, and not sent any more; how many."""
    q, a = t.affected_question.c, t.contact_answer
    over = select(q.contact_id).where(
        q.contact_id.is_not(None), or_(q.asked_at <= now - WORKS_FOR, q.used_at.is_not(None))
    )
    these = (a.c.contact_id.in_(over), a.c.kind == CODE, a.c.body != HIDDEN)
    late = (a.c.state == AnswerState.PENDING,)
    connection.execute(
        update(a)
        .where(*these, *late)
        .values(state=AnswerState.FAILED, reason="code_works_no_more", try_at=None)
    )
    return connection.execute(
        update(a).where(*these, a.c.state.in_((AnswerState.SENT, AnswerState.FAILED))).values(body=HIDDEN)
    ).rowcount


def _who_takes_texts(connection: Connection, number: str) -> Row[tuple[int]] | None:
    """The first of the customers behind a number; none where it wants no texts, or is known to take none."""
    c, o = t.customer.c, t.opt_out.c
    refuses = select(o.address).where(o.channel == Channel.SMS, o.address == number).exists()
    found = connection.execute(
        select(c.id)
        .where(behind(By.TELEPHONE), c.phone_landline.is_(False), ~refuses)
        .order_by(c.id)
        .limit(1),
        Caller(By.TELEPHONE, number).parameters,
    )
    return found.one_or_none()


def _keep(
    connection: Connection, asked: Question, customer: Row[tuple[int]], language: str, now: datetime
) -> int:
    key = connection.execute(
        insert(t.contact).values(
            channel=Door.WEB,
            # The number of a question may come again once its row is gone.
            carrier_event=f"affected:{asked.id}:{now.isoformat()}",
            address=asked.number,
            customer_id=customer.id,
            kind=ContactKind.ENQUIRY,
            intent=Intent.OTHER,
            body=QUESTION,
            language=language,
            received_at=now,
            answered_at=now,
            answer_kind=CODE,
            state=ContactState.ANSWERED,
        )
    ).inserted_primary_key
    assert key is not None
    return int(key[0])


def _count(connection: Connection, now: datetime, *which: ColumnElement[bool]) -> int:
    q = t.affected_question.c
    counted = select(func.count()).where(q.asked_at > now - WITHIN, *which)
    return int(connection.execute(counted).scalar_one())
