"""An SMS from a customer: kept first, answered once, from the facts everyone else has."""

from datetime import datetime, timedelta
from typing import Any

import hyderabad
import pytest
from databases import fixtures
from hyderabad import BOOK, MINUTE, T0, add_customer, all_clear, phone, rows
from sqlalchemy import Connection, Engine, insert

from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.receiving import BODY_LENGTH, Reply, answered, receive
from tellfirst.contacts.standing import RECENTLY
from tellfirst.contacts.words import load_words
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.asking import ask

WORDS = load_words(hyderabad.CONFIG)
NOW = T0 + 5 * MINUTE
BACK = T0 + MINUTE
CERTAIN = BACK + BOOK.quiet_for
STRANGER = "+15005550006"


def _told(engine: Engine) -> Engine:
    """Customer 1 is without service and was told; customer 2 is not affected."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004", language="te")
        add_customer(connection, 2, "HYD0000", language="ur", zone="Asia/Karachi")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    return engine


told, told_small = fixtures(_told)


def _text(
    connection: Connection, body: str, who: str = phone(1), event: str = "SM1", now: datetime = NOW
) -> Reply:
    return receive(connection, Inbound(event, who, body), WORDS, now)


def _contacts(connection: Connection, *columns: str) -> list[tuple[Any, ...]]:
    return rows(connection, t.contact, *columns)


def _survey(connection: Connection) -> datetime:
    """Service is back, everyone was told so and is asked how it went. When that was."""
    hyderabad.mend(connection, "HYD0004", now=BACK)
    all_clear(connection, CERTAIN)
    asked_at = CERTAIN + BOOK.survey_after
    ask(connection, hyderabad.FIRST, hyderabad.voice(asked_at))
    hyderabad.deliver(connection, asked_at)
    return asked_at


def test_an_answer_is_kept_with_who_gave_it_and_where(told: Engine) -> None:
    with writing(told) as connection:
        reply = _text(connection, "no signal")
        answered(connection, reply.contact_id, "We know.", NOW)
        answers = rows(connection, t.contact_answer, "kind", "author", "channel", "body", "state", "sent_at")
        assert answers == [("known", "tellfirst", "sms", "We know.", "given", NOW)]
        assert _contacts(connection, "channel", "state", "answer") == [("sms", "answered", "We know.")]


def test_a_text_is_kept_with_who_wrote_about_what_and_answered_from_the_last_facts(told: Engine) -> None:
    with writing(told) as connection:
        reply = _text(connection, "సిగ్నల్ లేదు")
        assert (reply.kind, reply.language, reply.zone, reply.impact) == (
            "known",
            "te",
            "Asia/Kolkata",
            "down",
        )
        assert reply.facts is not None
        assert (reply.facts.reference, reply.facts.sequence) == (hyderabad.FIRST, 1)
        assert reply.facts.next_update_at == T0 + BOOK.next_update_every
        answered(connection, reply.contact_id, "we know", NOW)
        columns = ("carrier_event", "customer_id", "incident_id", "kind", "intent", "body", "answer_kind")
        assert _contacts(connection, *columns) == [
            ("SM1", 1, 1, "incident_report", "problem", "సిగ్నల్ లేదు", "known")
        ]
        assert _contacts(connection, "received_at", "answered_at", "answer") == [(NOW, NOW, "we know")]
        entry = rows(connection, t.incident_entry, "topic", "reason", "details")[-1]
        assert entry == ("contact", "problem", {"contact": reply.contact_id})


def test_the_answer_has_the_newest_facts(told_small: Engine) -> None:
    update = Take(Step.FOLLOW_UP, "", Occasion.UPDATE)
    with writing(told_small) as connection:
        hyderabad.speak_next(connection, update, T0 + 2 * MINUTE)
        reply = _text(connection, "no signal")
        assert reply.facts is not None
        assert (reply.facts.sequence, reply.facts.stated_at) == (2, T0 + 2 * MINUTE)


def test_the_same_delivery_of_a_text_gets_the_same_answer_and_one_row(told: Engine) -> None:
    with writing(told) as connection:
        first = _text(connection, "no signal")
        answered(connection, first.contact_id, "we know", NOW)
        again = _text(connection, "no signal", now=NOW + MINUTE)
        assert (again.contact_id, again.kind, again.already) == (first.contact_id, "known", "we know")
        assert len(_contacts(connection, "id")) == 1
        assert first.already is None


def test_two_texts_with_the_same_words_are_two_contacts(told_small: Engine) -> None:
    with writing(told_small) as connection:
        _text(connection, "no signal")
        assert _text(connection, "no signal", event="SM2").already is None
        assert len(_contacts(connection, "id")) == 2


@pytest.mark.parametrize("word", ["STOP", "berhenti", "ఆపండి", "بند کریں", "\u200fبند۔"])
def test_stop_in_each_language_opts_the_number_out_once(told_small: Engine, word: str) -> None:
    with writing(told_small) as connection:
        assert _text(connection, word).kind == "stopped"
        assert _text(connection, word, event="SM2", now=NOW + MINUTE).kind == "stopped"
        assert rows(connection, t.opt_out, "channel", "address", "at", "source") == [
            ("sms", phone(1), NOW, "customer")
        ]


def test_stop_is_taken_from_a_number_nobody_knows_on_both_databases(engine: Engine) -> None:
    with writing(engine) as connection:
        assert _text(connection, "stop", STRANGER).kind == "stopped"
        assert _text(connection, "stop", STRANGER, event="SM2").kind == "stopped"
        assert rows(connection, t.opt_out, "address") == [(STRANGER,)]


def test_start_lifts_the_opt_out_of_this_number_alone(told_small: Engine) -> None:
    with writing(told_small) as connection:
        _text(connection, "stop")
        _text(connection, "stop", phone(2), event="SM2")
        connection.execute(
            insert(t.opt_out).values(channel="email", address=phone(1), at=NOW, source="customer")
        )
        _text(connection, "START", event="SM3")
        assert rows(connection, t.opt_out, "channel", "address") == [("email", phone(1)), ("sms", phone(2))]


@pytest.mark.parametrize(
    ("body", "who", "kind", "language"),
    [
        ("Is there a problem? No signal here.", phone(1), "known", "te"),
        ("hello", phone(1), "known", "te"),
        ("یہاں سگنل نہیں ہے", phone(2), "opened", "ur"),
        ("کیا کوئی مسئلہ ہے", phone(2), "none_known", "ur"),
        ("hello", phone(2), "not_understood", "ur"),
        ("no signal", STRANGER, "queued", "en"),
        ("hello", STRANGER, "not_understood", "en"),
        ("", STRANGER, "not_understood", "en"),
        ("5", phone(1), "known", "te"),
        ("5", STRANGER, "not_understood", "en"),
    ],
)
def test_what_is_answered_depends_on_what_we_know_of_the_number(
    told_small: Engine, body: str, who: str, kind: str, language: str
) -> None:
    with writing(told_small) as connection:
        reply = _text(connection, body, who)
        assert (reply.kind, reply.language) == (kind, language)
        assert (reply.facts is not None) is (kind in ("known", "opened", "queued"))
        assert _contacts(connection, "answer_kind") == [(kind,)]
        assert rows(connection, t.opt_out, "address") == []
        assert rows(connection, t.response, "score") == []


def test_a_stranger_is_kept_without_a_customer(told_small: Engine) -> None:
    with writing(told_small) as connection:
        _text(connection, "no signal", STRANGER)
        assert _contacts(connection, "address", "customer_id", "incident_id") == [(STRANGER, None, None)]


def test_for_a_day_after_the_all_clear_the_answer_is_that_it_is_over(told_small: Engine) -> None:
    with writing(told_small) as connection:
        hyderabad.mend(connection, "HYD0004", now=BACK)
        all_clear(connection, CERTAIN)
        on_time = _text(connection, "no signal", now=CERTAIN + RECENTLY)
        assert on_time.kind == "restored_recently"
        assert on_time.facts is not None
        assert on_time.facts.ended_at == BACK
        too_late = CERTAIN + RECENTLY + timedelta(microseconds=1)
        assert _text(connection, "no signal", event="SM2", now=too_late).kind == "opened"


def test_a_body_without_end_is_understood_and_kept_to_its_limit(told_small: Engine) -> None:
    endless = "no signal " * BODY_LENGTH
    with writing(told_small) as connection:
        assert _text(connection, endless).kind == "known"
        assert _contacts(connection, "body") == [(endless[:BODY_LENGTH],)]


def test_a_sign_no_database_can_keep_does_not_cost_the_customer_an_answer(told: Engine) -> None:
    with writing(told) as connection:
        assert _text(connection, "no signal\x00 here").kind == "known"
        assert _contacts(connection, "body") == [("no signal here",)]


def test_an_answer_after_the_survey_speaks_of_the_outage_and_not_of_the_survey(told_small: Engine) -> None:
    with writing(told_small) as connection:
        asked_at = _survey(connection)
        reply = _text(connection, "hello", now=asked_at + MINUTE)
        assert reply.facts is not None
        assert reply.facts.stated_at == CERTAIN


def test_a_score_by_text_is_taken_while_the_survey_is_open_and_once(told: Engine) -> None:
    with writing(told) as connection:
        asked_at = _survey(connection)
        assert _text(connection, "4 good", now=asked_at + MINUTE).kind == "thanks_for_score"
        assert _text(connection, "1", event="SM2", now=asked_at + 2 * MINUTE).kind == "restored_recently"
        assert rows(connection, t.response, "customer_id", "score", "comment", "channel", "at") == [
            (1, 4, "good", "sms", asked_at + MINUTE)
        ]


@pytest.mark.parametrize(
    ("body", "after", "who"),
    [
        ("4G is down again", MINUTE, phone(1)),
        ("12", MINUTE, phone(1)),
        ("good", MINUTE, phone(1)),
        ("4", BOOK.survey_open_for, phone(1)),
        ("4", MINUTE, phone(2)),
        ("4", MINUTE, STRANGER),
    ],
)
def test_nothing_else_is_taken_for_a_score(told_small: Engine, body: str, after: timedelta, who: str) -> None:
    with writing(told_small) as connection:
        asked_at = _survey(connection)
        assert _text(connection, body, who, now=asked_at + after).kind != "thanks_for_score"
        assert rows(connection, t.response, "score") == []


def test_stop_is_obeyed_even_while_a_survey_is_open(told_small: Engine) -> None:
    with writing(told_small) as connection:
        asked_at = _survey(connection)
        assert _text(connection, "stop", now=asked_at + MINUTE).kind == "stopped"
        assert rows(connection, t.opt_out, "address") == [(phone(1),)]


def test_neither_the_number_nor_the_words_are_shown_where_a_contact_is_printed() -> None:
    assert "no signal" not in repr(Inbound("SM1", phone(1), "no signal"))
    assert phone(1) not in repr(Inbound("SM1", phone(1), "no signal"))


def test_an_answer_is_kept_where_it_was_given(told_small: Engine) -> None:
    with writing(told_small) as connection:
        reply = _text(connection, "no signal")
        _text(connection, "no signal", phone(2), event="SM2")
        answered(connection, reply.contact_id, "we know", NOW)
    with reading(told_small) as connection:
        assert _contacts(connection, "carrier_event", "answer") == [("SM1", "we know"), ("SM2", None)]
