"""One history per customer: told, promised, contacted, surveyed, in the order it happened."""

import json
from datetime import datetime
from typing import Any

import hyderabad
import pytest
from hyderabad import BOOK, MINUTE, T0, add_customer, all_clear, phone
from sqlalchemy import Engine

from tellfirst.contacts.history import history
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.receiving import receive
from tellfirst.contacts.words import load_words
from tellfirst.domain.errors import NotFound
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


def test_a_history_is_everything_that_happened_in_its_order(lived: Engine) -> None:
    with reading(lived) as connection:
        found = history(connection, "C1")
    assert (found.reference, found.language, found.wish, found.priority) == ("C1", "te", None, True)
    assert found.services == [
        {"service": "mobile", "status": "active", "hangs on": "HYD0004", "area": hyderabad.MIYAPUR}
    ]
    assert found.entries == [
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
    assert [(entry["what"], entry["how"]) for entry in found.entries] == [
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
