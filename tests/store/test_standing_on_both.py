"""Standing in SQL: what of an incident's messages waits, is in doubt, or still lacks a receipt."""

from datetime import timedelta

import pytest
import town
from sqlalchemy import Engine, insert, update

from tellfirst.delivery.standing import (
    Standing,
    close_unreceipted,
    counts,
    doubtful_notices,
    open_chunks,
    standing,
)
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

NOW = WALL = town.T0
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ledger(engine: Engine) -> Engine:
    """A chunk due in a minute, one message sent a minute ago, one in doubt since a minute."""
    ago = NOW - MINUTE
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "north-1")
        notice_id = town.add_notice(connection, 1, Occasion.FIRST_WORD)
        connection.execute(insert(t.chunk).values(notice_id=notice_id, channel="sms", due_at=WALL + MINUTE))
        first = Occasion.FIRST_WORD
        town.add_delivery(connection, notice_id, 1, first, "sent", handed_over_at=ago, intended_at=ago)
        town.add_delivery(connection, notice_id, 2, first, "unknown", intended_at=ago, look_up_at=NOW)
        town.add_delivery(connection, notice_id, 3, first, "pending", chunk_id=1)
    return engine


def test_the_first_of_what_waits_says_how_long_to_wait(ledger: Engine) -> None:
    with writing(ledger) as connection:
        assert standing(connection, town.INCIDENT, WALL) == Standing(MINUTE, timedelta(0), NOW)
        connection.execute(
            update(t.delivery).where(t.delivery.c.id == 2).values(look_up_at=WALL + 5 * MINUTE)
        )
        assert standing(connection, town.INCIDENT, WALL).sends_in == MINUTE


def test_chunks_are_open_when_they_are_due(ledger: Engine) -> None:
    with reading(ledger) as connection:
        assert open_chunks(connection, town.INCIDENT, WALL) == []
        assert open_chunks(connection, town.INCIDENT, WALL + MINUTE) == [(1, 1)]


def test_a_lost_answer_is_asked_about_after_a_while(ledger: Engine) -> None:
    with reading(ledger) as connection:
        assert doubtful_notices(connection, town.INCIDENT, NOW - timedelta(microseconds=1)) == []
        assert doubtful_notices(connection, town.INCIDENT, NOW) == [1]


def test_without_a_receipt_in_time_a_message_is_unconfirmed(ledger: Engine) -> None:
    with writing(ledger) as connection:
        assert close_unreceipted(connection, town.INCIDENT, NOW, MINUTE + timedelta(microseconds=1)) == 0
        assert close_unreceipted(connection, town.INCIDENT, NOW, MINUTE) == 1
        assert counts(connection, 1) == {"unconfirmed": 1, "unknown": 1, "pending": 1}


def test_a_message_whose_answer_was_lost_has_as_long_from_when_its_notice_was_made(ledger: Engine) -> None:
    with writing(ledger) as connection:
        assert close_unreceipted(connection, town.INCIDENT, NOW + MINUTE, MINUTE) == 2
        assert counts(connection, 1) == {"unconfirmed": 2, "pending": 1}
