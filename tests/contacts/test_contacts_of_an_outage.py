"""Contacts of an outage wait with it; when it is over whoever wrote is asked whether theirs is fixed, once."""

from datetime import datetime
from typing import Any

import hyderabad
from databases import fixtures
from hyderabad import BOOK, BOOKS, FIRST, MINUTE, SECOND, T0, add_customer, all_clear, phone, rows
from sqlalchemy import Connection, Engine, select, update

from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.outages import Tended, tend
from tellfirst.contacts.receiving import answered, receive
from tellfirst.contacts.words import load_words
from tellfirst.domain.contact import Door
from tellfirst.domain.handling import ASKED_IF_FIXED
from tellfirst.domain.incident import Stage
from tellfirst.notices.rendering import Templates
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.surveys.asking import ask

RECEPTION = load_words(hyderabad.CONFIG, books=BOOKS)
TEMPLATES = Templates(hyderabad.CONFIG.parent / "templates", company="Asha Telecom", contact="198")
NOW = T0 + 5 * MINUTE
BACK = T0 + 10 * MINUTE
CERTAIN = BACK + BOOK.quiet_for
NOTHING = Tended()


def _told(engine: Engine) -> Engine:
    """Customers 1 to 3 are without service and were told; 4 is elsewhere."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key, language in enumerate(("en", "te", "ur"), start=1):
            add_customer(connection, key, "HYD0004", language=language)
        add_customer(connection, 4, "HYD0000")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    return engine


told, told_small = fixtures(_told)


def _brings(connection: Connection, body: str, key: int, now: datetime = NOW, **more: Any) -> int:
    event_id = f"SM{len(rows(connection, t.contact, 'id'))}"
    reply = receive(connection, Inbound(event_id, phone(key), body, **more), RECEPTION, now)
    answered(connection, reply.contact_id, "an answer", now)
    return reply.contact_id


def _over(connection: Connection) -> None:
    hyderabad.mend(connection, "HYD0004", now=BACK)
    all_clear(connection, CERTAIN)


def _questions(connection: Connection) -> list[tuple[Any, ...]]:
    a = t.contact_answer.c
    found = select(a.contact_id, a.channel, a.state, a.author).where(a.kind == "is_it_fixed")
    return [tuple(row) for row in connection.execute(found.order_by(a.id))]


def test_whoever_wrote_is_asked_once_when_it_is_over_on_the_way_they_wrote_last(told: Engine) -> None:
    with writing(told) as connection:
        _brings(connection, "no signal", 1)
        last = _brings(connection, "still no signal", 1, NOW + MINUTE, door=Door.WHATSAPP)
        complaint = _brings(connection, "I want to complain", 2)
        assert tend(connection, TEMPLATES, NOW) == NOTHING
        _over(connection)
        assert tend(connection, TEMPLATES, CERTAIN) == Tended(asked_count=2)
        assert _questions(connection) == [
            (last, "whatsapp", "pending", "tellfirst"),
            (complaint, "sms", "pending", "tellfirst"),
        ]
        assert rows(connection, t.contact, "state", "state_reason") == [("answered", ASKED_IF_FIXED)] * 3
        assert tend(connection, TEMPLATES, CERTAIN + MINUTE) == NOTHING


def test_the_question_is_in_their_language_and_names_what_to_reply(told_small: Engine) -> None:
    with writing(told_small) as connection:
        for key in (1, 2, 3):
            _brings(connection, "no signal", key)
        _over(connection)
        tend(connection, TEMPLATES, CERTAIN)
        a = t.contact_answer.c
        said = connection.scalars(select(a.body).where(a.kind == "is_it_fixed").order_by(a.id)).all()
        assert all(FIRST in one and " 1 " in one for one in said)
        assert ["Is yours fixed" in said[0], "సరి" in said[1], "ٹھیک" in said[2]] == [True] * 3


def test_whoever_never_wrote_is_not_asked(told_small: Engine) -> None:
    with writing(told_small) as connection:
        _over(connection)
        assert tend(connection, TEMPLATES, CERTAIN) == NOTHING


def test_whoever_says_that_theirs_is_still_out_is_not_asked_whether_it_is_fixed(told_small: Engine) -> None:
    with writing(told_small) as connection:
        _brings(connection, "no signal", 1)
        _over(connection)
        _brings(connection, "1", 1, CERTAIN + MINUTE)
        assert tend(connection, TEMPLATES, CERTAIN + 2 * MINUTE) == NOTHING


def test_the_reply_to_the_question_is_believed(told: Engine) -> None:
    with writing(told) as connection:
        _brings(connection, "no signal", 1)
        _over(connection)
        tend(connection, TEMPLATES, CERTAIN)
        _brings(connection, "1", 1, CERTAIN + MINUTE)
        assert rows(connection, t.still_out, "customer_id") == [(1,)]
        assert rows(connection, t.contact, "answer_kind")[-1] == ("still_out",)


def test_what_was_opened_for_one_becomes_the_outages_when_that_is_told(told: Engine) -> None:
    """A monitor is slower than the customer: their report is gathered, and its time stands still."""
    with writing(told) as connection:
        contact_id = _brings(connection, "no signal", 4)
        assert rows(connection, t.contact, "queue", "match") == [("faults", "opened")]
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0000")), NOW)
        third = "INC-2026-0003"
        from tellfirst.audience.matching import match
        from tellfirst.detect.weighing import weigh
        from tellfirst.notices.telling import tell_first

        weigh(connection, third, NOW)
        match(connection, third, NOW)
        assert tend(connection, TEMPLATES, NOW) == NOTHING
        tell_first(connection, third, hyderabad.voice(NOW))
        assert tend(connection, TEMPLATES, NOW) == Tended(joined_count=1)
        columns = ("id", "incident_id", "match", "state", "answer_due_at")
        assert rows(connection, t.contact, *columns) == [(contact_id, 3, "known", "waiting", None)]
        assert hyderabad.incident(connection, SECOND).stage is Stage.CLOSED
        assert tend(connection, TEMPLATES, NOW) == NOTHING


def test_an_invoice_query_does_not_wait_with_an_outage(told_small: Engine) -> None:
    with writing(told_small) as connection:
        _brings(connection, "my last invoice please", 1)
        [(due_at,)] = rows(connection, t.contact, "answer_due_at")
        assert tend(connection, TEMPLATES, NOW) == NOTHING
        _over(connection)
        assert tend(connection, TEMPLATES, CERTAIN) == NOTHING
        assert rows(connection, t.contact, "answer_due_at", "state") == [(due_at, "waiting")]


def test_who_is_written_to_elsewhere_may_reply_from_where_they_were_asked(told_small: Engine) -> None:
    with writing(told_small) as connection:
        elsewhere = {"channel": "email", "address": "one@example.com"}
        connection.execute(update(t.audience).where(t.audience.c.customer_id == 1).values(**elsewhere))
        _brings(connection, "no signal", 1)
        _over(connection)
        tend(connection, TEMPLATES, CERTAIN)
        _brings(connection, "1", 1, CERTAIN + MINUTE)
        assert rows(connection, t.still_out, "customer_id") == [(1,)]


def test_a_1_after_the_survey_is_no_outage(told_small: Engine) -> None:
    with writing(told_small) as connection:
        _brings(connection, "no signal", 1)
        _over(connection)
        tend(connection, TEMPLATES, CERTAIN)
        asked_at = CERTAIN + BOOK.survey_after
        ask(connection, FIRST, hyderabad.voice(asked_at))
        hyderabad.deliver(connection, asked_at)
        _brings(connection, "1", 1, asked_at + MINUTE)
        assert rows(connection, t.contact, "answer_kind")[-1] == ("thanks_for_score",)
        assert rows(connection, t.still_out, "customer_id") == []
