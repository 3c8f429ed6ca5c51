"""A customer's answer: once, while the survey is open, and only to a survey that went out."""

from datetime import datetime, timedelta

import hyderabad
import pytest
from databases import fixtures
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, all_clear, phone, rows
from sqlalchemy import Connection, Engine, select

from tellfirst.domain.errors import NotFound
from tellfirst.domain.occasion import Channel
from tellfirst.domain.survey import Score
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.surveys.asking import ask
from tellfirst.surveys.responding import Standing, invitation, open_invitation_for, respond

BACK = T0 + MINUTE
CERTAIN = BACK + BOOK.quiet_for
ASKED = CERTAIN + BOOK.survey_after
CLOSES = ASKED + BOOK.survey_open_for
INSTANT = timedelta(microseconds=1)


def _asked(engine: Engine) -> Engine:
    """Customer 1 is asked by text, 2 by mail, 3 shares the phone of 1 and is not asked."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004", language="te")
        add_customer(connection, 2, "HYD0004", phone=None, email="two@example.org")
        add_customer(connection, 3, "HYD0004", phone=phone(1))
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        hyderabad.mend(connection, "HYD0004", now=BACK)
        all_clear(connection, CERTAIN)
        ask(connection, FIRST, hyderabad.voice(ASKED))
        hyderabad.deliver(connection, ASKED)
    return engine


asked, asked_small = fixtures(_asked)


def _delivery(connection: Connection, key: int, occasion: str = "survey") -> int:
    d = t.delivery.c
    found = connection.scalar(select(d.id).where(d.customer_id == key, d.occasion == occasion))
    assert found is not None
    return int(found)


def test_an_answer_is_kept_with_who_gave_it_how_and_when(asked: Engine) -> None:
    with writing(asked) as connection:
        one = invitation(connection, _delivery(connection, 2), ASKED)
        assert (one.customer_id, one.reference, one.place, one.language) == (2, FIRST, "Miyapur", "en")
        assert respond(connection, one, Score(2, "nobody called"), "web", ASKED + MINUTE) is Standing.OPEN
        columns = ("delivery_id", "incident_id", "customer_id", "score", "comment", "channel", "at")
        assert rows(connection, t.response, *columns) == [
            (one.delivery_id, 1, 2, 2, "nobody called", "web", ASKED + MINUTE)
        ]


def test_a_second_answer_changes_nothing(asked: Engine) -> None:
    with writing(asked) as connection:
        one = invitation(connection, _delivery(connection, 1), ASKED)
        respond(connection, one, Score(2, ""), Channel.SMS, ASKED)
        again = invitation(connection, one.delivery_id, ASKED)
        assert again.standing is Standing.ANSWERED
        assert respond(connection, again, Score(5, ""), "web", ASKED) is Standing.ANSWERED
        assert rows(connection, t.response, "score") == [(2,)]


def test_two_answers_at_the_same_moment_are_one_answer_and_no_failure(asked: Engine) -> None:
    """A double click: both have read the invitation while it was open."""
    with writing(asked) as connection:
        one = invitation(connection, _delivery(connection, 1), ASKED)
        assert respond(connection, one, Score(2, ""), "web", ASKED) is Standing.OPEN
        assert respond(connection, one, Score(2, ""), "web", ASKED) is Standing.ANSWERED
        assert rows(connection, t.response, "score") == [(2,)]


@pytest.mark.parametrize(
    ("now", "standing"),
    [(ASKED, Standing.OPEN), (CLOSES - INSTANT, Standing.OPEN), (CLOSES, Standing.CLOSED)],
)
def test_an_answer_counts_until_the_survey_closes(
    asked_small: Engine, now: datetime, standing: Standing
) -> None:
    with writing(asked_small) as connection:
        one = invitation(connection, _delivery(connection, 1), now)
        assert one.standing is standing
        assert respond(connection, one, Score(4, ""), "web", CLOSES) is standing
        assert len(rows(connection, t.response, "score")) == (standing is Standing.OPEN)


def test_an_answer_given_in_time_is_still_answered_after_the_end(asked_small: Engine) -> None:
    with writing(asked_small) as connection:
        one = invitation(connection, _delivery(connection, 1), ASKED)
        respond(connection, one, Score(4, ""), "web", ASKED)
        assert invitation(connection, one.delivery_id, CLOSES).standing is Standing.ANSWERED


def test_only_a_survey_that_went_out_can_be_answered(asked_small: Engine) -> None:
    with writing(asked_small) as connection:
        covered, first_word = _delivery(connection, 3), _delivery(connection, 1, "first_word")
        for delivery_id in (covered, first_word, 999_999):
            with pytest.raises(NotFound, match="this survey does not exist"):
                invitation(connection, delivery_id, ASKED)


def test_a_survey_still_on_its_way_cannot_be_answered(asked_small: Engine) -> None:
    with writing(asked_small) as connection:
        delivery_id = _delivery(connection, 1)
        for state in ("pending", "sending", "unknown"):
            hyderabad.as_if(connection, t.delivery.c.id == delivery_id, state=state)
            with pytest.raises(NotFound):
                invitation(connection, delivery_id, ASKED)


def test_a_phone_finds_the_survey_that_was_sent_to_it(asked: Engine) -> None:
    with writing(asked) as connection:
        found = open_invitation_for(connection, phone(1), ASKED)
        assert found is not None
        assert (found.customer_id, found.delivery_id) == (1, _delivery(connection, 1))
        respond(connection, found, Score(5, ""), Channel.SMS, ASKED)
        assert open_invitation_for(connection, phone(1), ASKED) is None


@pytest.mark.parametrize(
    ("address", "now"),
    [("two@example.org", ASKED), ("+15005550006", ASKED), (phone(1), CLOSES)],
    ids=["asked by mail", "a stranger", "too late"],
)
def test_no_other_number_and_no_later_time_finds_one(
    asked_small: Engine, address: str, now: datetime
) -> None:
    with writing(asked_small) as connection:
        assert open_invitation_for(connection, address, now) is None


def test_a_comment_with_a_sign_no_database_can_keep_is_an_answer_all_the_same(asked: Engine) -> None:
    with writing(asked) as connection:
        one = invitation(connection, _delivery(connection, 1), ASKED)
        respond(connection, one, Score(1, "too\x00 late"), "web", ASKED)
        assert rows(connection, t.response, "comment") == [("too late",)]
