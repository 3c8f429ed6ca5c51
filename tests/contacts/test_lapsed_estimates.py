"""What whoever asks is told of an estimate: until its moment that it stands, afterwards that there is none."""

from datetime import datetime, timedelta

import hyderabad
import pytest
from hyderabad import FIRST, MINUTE, T0, add_customer, phone
from sqlalchemy import Connection, Engine

from tellfirst.bootstrap import World
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.receiving import receive
from tellfirst.contacts.words import load_words
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.following import follow_up
from tellfirst.notices.words import say
from tellfirst.settings import Settings
from tellfirst.store.engine import writing

WORDS = load_words(hyderabad.CONFIG)
SPOKE = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
OVERRUN = Take(Step.FOLLOW_UP, "estimate_about_to_lapse", Occasion.OVERRUN)
ESTIMATE = T0 + 25 * MINUTE


def _answer(connection: Connection, now: datetime) -> str:
    reply = receive(connection, Inbound(f"SM{now}", phone(1), "no signal"), WORDS, now)
    texts = World(Settings(clock="stepped")).templates
    return texts.answer(
        reply.kind, reply.language, reply.facts, reply.zone, now, reply.impact, reply.services
    )


@pytest.fixture
def estimated(engine: Engine) -> Engine:
    """Customer 1 was told that it will be back in 25 minutes, 09:34 on their clock."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        say(connection, FIRST, author="ravi", now=T0 + MINUTE, estimate_at=ESTIMATE)
        hyderabad.speak_next(connection, SPOKE, T0 + MINUTE)
    return engine


def test_an_estimate_stands_in_an_answer_until_its_moment_and_no_longer(estimated: Engine) -> None:
    with writing(estimated) as connection:
        assert "We expect to fix it by 09:34 IST." in _answer(connection, ESTIMATE - timedelta(seconds=1))
        lapsed = _answer(connection, ESTIMATE)
        assert "No estimate yet." in lapsed
        assert "09:34" not in lapsed


def test_an_overrun_that_waits_for_its_carrier_is_known_to_whoever_asks(estimated: Engine) -> None:
    at = ESTIMATE - 10 * MINUTE
    with writing(estimated) as connection:
        follow_up(connection, FIRST, OVERRUN, hyderabad.voice(at))
        assert "09:34" not in _answer(connection, at)
