"""One history per customer: told, promised, contacted, surveyed, in the order it happened."""

import json
from datetime import datetime
from typing import Any

import hyderabad
import pytest
from hyderabad import BOOK, MINUTE, T0, add_customer, all_clear, phone
from sqlalchemy import Engine, func, select, update

from tellfirst.contacts.happened import Entry, Happened
from tellfirst.contacts.history import history
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.preferences import Preferences, prefer
from tellfirst.contacts.receiving import answered, receive
from tellfirst.contacts.words import load_words
from tellfirst.domain.errors import NotFound
from tellfirst.domain.occasion import Channel, Locale
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.asking import ask

WORDS = load_words(hyderabad.CONFIG)
CERTAIN = T0 + MINUTE + BOOK.quiet_for
ASKED = CERTAIN + BOOK.survey_after


@pytest.fixture
def lived(engine: Engine) -> Engine:
    """Customer 1 was told, asked, was answered, heard that it is over and gave a score; 2 was reached by nothing."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004", language="te", priority=2)
        add_customer(connection, 2, "HYD0004", phone=None, wish="email")
        add_customer(connection, 3)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        receive(connection, Inbound("SM1", phone(1), "no signal"), WORDS, T0 + MINUTE)
        hyderabad.mend(connection, "HYD0004", now=T0 + MINUTE)
        all_clear(connection, CERTAIN)
        ask(connection, hyderabad.FIRST, hyderabad.voice(ASKED))
        hyderabad.deliver(connection, ASKED)
        receive(connection, Inbound("SM2", phone(1), "5 thank you"), WORDS, ASKED + MINUTE)
    return engine


def _told(at: datetime, what: str, channel: str, how: str) -> dict[str, Any]:
    return {"at": at, "what": what, "incident": hyderabad.FIRST, "channel": channel, "how": how}


def _line(entry: Entry) -> dict[str, Any]:
    """What a person reads of it."""
    return {name: getattr(entry, name) for name in ("at", "what", "incident", "channel", "how")}


def test_a_history_is_everything_that_happened_in_its_order(lived: Engine) -> None:
    with reading(lived) as connection:
        found = history(connection, "C1")
    assert (found.reference, found.language, found.wish, found.priority) == ("C1", "te", None, True)
    assert found.services == [
        {"service": "mobile", "status": "active", "hangs on": "HYD0004", "area": hyderabad.MIYAPUR}
    ]
    assert list(map(_line, found.entries)) == [
        _told(T0, "told: first_word", "sms", "sent (affected)"),
        _told(T0, "promised: next_update", "sms", "by 04:09 UTC: kept"),
        _told(T0 + MINUTE, "contacted us: incident_report", "sms", "answered: known"),
        _told(CERTAIN, "told: restored", "sms", "sent (affected)"),
        _told(ASKED, "told: survey", "sms", "sent (affected)"),
        _told(ASKED + MINUTE, "contacted us: answers_the_survey", "sms", "answered: thanks_for_score"),
        _told(ASKED + MINUTE, "answered the survey", "sms", "5 of 5"),
    ]


def test_someone_we_could_not_reach_has_that_in_their_history_and_was_promised_nothing(lived: Engine) -> None:
    with reading(lived) as connection:
        found = history(connection, "C2")
    assert (found.wish, found.priority) == ("email", False)
    assert [(entry.what, entry.how) for entry in found.entries] == [
        ("told: first_word", "failed (no_contact_point)"),
        ("told: restored", "failed (no_contact_point)"),
        ("told: survey", "failed (no_contact_point)"),
    ]


def test_someone_nothing_happened_to_has_an_empty_history(lived: Engine) -> None:
    with reading(lived) as connection:
        found = history(connection, "C3")
    assert (found.services, found.entries) == ([], [])


def test_a_history_shows_neither_number_nor_name_nor_what_was_written(lived: Engine) -> None:
    with reading(lived) as connection:
        shown = json.dumps(history(connection, "C1").to_json(), default=str)
    assert phone(1) not in shown
    assert "no signal" not in shown


def test_a_reference_nobody_has_is_not_found(lived: Engine) -> None:
    with reading(lived) as connection, pytest.raises(NotFound, match="there is no customer C999; "):
        history(connection, "C999")


def test_a_long_history_has_pages_and_loses_nothing_between_them(lived: Engine) -> None:
    with reading(lived) as connection:
        whole = history(connection, "C1").entries
        pages = [history(connection, "C1", page=number, per_page=3) for number in (1, 2, 3, 9, -1)]
    assert [page.page for page in pages] == [1, 2, 3, 3, 1]
    assert {(page.pages, page.count) for page in pages} == {(3, len(whole))}
    assert pages[2].entries + pages[1].entries + pages[0].entries == whole


def test_what_is_due_and_what_was_wished_stand_among_the_rest(lived: Engine) -> None:
    due = Entry(CERTAIN, "compensated: x", hyderabad.FIRST, "", "12.00 MYR", Happened.COMPENSATED, "my")
    with writing(lived) as connection:
        prefer(connection, 1, Preferences(Channel.SMS, Locale.URDU, no_surveys=False), "web", ASKED)
        found = history(connection, "C1", compensated=[due])
    assert [entry.kind for entry in found.entries].count(Happened.COMPENSATED) == 1
    assert [entry.how for entry in found.entries if entry.kind is Happened.PREFERRED] == [
        "sms, before as suits best",
        "ur, before te",
    ]
    assert (found.wish, found.language) == ("sms", "ur")


def test_what_a_person_answered_and_what_still_waits_are_told_apart(lived: Engine) -> None:
    with writing(lived) as connection:
        receive(connection, Inbound("SM3", phone(1), "no network"), WORDS, ASKED + 2 * MINUTE)
        [last] = connection.scalars(select(func.max(t.contact.c.id)))
        answered(connection, last, "we know", ASKED + 2 * MINUTE)
        waits = {"state": "waiting", "queue": "call_back", "answer_due_at": ASKED + 9 * MINUTE}
        connection.execute(update(t.contact).where(t.contact.c.id == last).values(**waits))
        entries = history(connection, "C1").entries
    assert [(one.kind, one.how, one.due_at) for one in entries[-2:]] == [
        (Happened.CONTACTED, "waiting in call_back", ASKED + 9 * MINUTE),
        (Happened.ANSWERED, "given, by tellfirst", None),
    ]
