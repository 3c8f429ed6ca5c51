"""The word that leaves when nobody has spoken: what is known, no more, and a promise; no estimate that has lapsed."""

from datetime import datetime, timedelta

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, rows
from sqlalchemy import Connection, Engine, select

from tellfirst.bootstrap import World
from tellfirst.domain.audience import Whom
from tellfirst.domain.facts import Cause
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.notices.scripts import script
from tellfirst.notices.words import say
from tellfirst.settings import Settings
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.promises import lapse_all, open_promises
from tellfirst.timelines.situation import next_step

SPOKE = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
HOLDING = Take(Step.FOLLOW_UP, "promised_word_nearly_due", Occasion.UPDATE)
OVERRUN = Take(Step.FOLLOW_UP, "estimate_about_to_lapse", Occasion.OVERRUN)
LATECOMERS = Take(Step.NOTIFY, "newly_affected", Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED)
ESTIMATE = T0 + timedelta(hours=2)
"""11:09 on the customers' clock."""
READER = Reader("en", "Asia/Kolkata", "down")


@pytest.fixture
def estimated(engine: Engine) -> Engine:
    """Told at T0; a minute later an engineer named the cause and an estimate."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        at = T0 + MINUTE
        say(connection, FIRST, author="ravi", now=at, cause=Cause.POWER_FAILURE, estimate_at=ESTIMATE)
        hyderabad.speak_next(connection, SPOKE, at)
    return engine


def _said(connection: Connection) -> str:
    """The newest text."""
    world = World(Settings(clock="stepped"))
    newest = connection.execute(select(t.notice.c.id).order_by(t.notice.c.id.desc())).scalars().first()
    assert newest is not None
    return script(connection, newest, Channel.SMS, world.templates, world.links).render(READER).text


def _next(connection: Connection, now: datetime) -> object:
    return next_step(connection, FIRST, now, now)


def test_it_says_that_there_is_no_news_what_is_known_and_when_the_next_word_comes(estimated: Engine) -> None:
    now = T0 + MINUTE + BOOK.next_update_every - BOOK.warn_before
    with writing(estimated) as connection:
        assert _next(connection, now) == HOLDING
        hyderabad.speak_next(connection, HOLDING, now)
        said = _said(connection)
        assert "There is no news yet" in said
        assert "We expect to fix it by 11:09 IST. We will text you again by 10:05 IST." in said
        assert open_promises(connection, 1)["next_update"] == now + BOOK.next_update_every


def _silent_past_the_estimate(connection: Connection) -> datetime:
    """Nothing ran, or all was stopped, until five minutes after the estimate."""
    now = ESTIMATE + 5 * MINUTE
    lapse_all(connection, now)
    return now


def test_after_a_silence_the_lapsed_estimate_is_withdrawn_before_anything_else(estimated: Engine) -> None:
    with writing(estimated) as connection:
        now = _silent_past_the_estimate(connection)
        assert _next(connection, now) == OVERRUN
        hyderabad.speak_next(connection, OVERRUN, now)
        said = _said(connection)
        assert "will not be fixed by 11:09 IST" in said
        assert "We expect" not in said
        kinds = rows(connection, t.promise, "kind", "state", "reason")
        assert ("restoration", "broken", "told_after_it_lapsed") in kinds


def test_an_engineers_word_without_a_time_does_not_say_the_lapsed_one_again(estimated: Engine) -> None:
    with writing(estimated) as connection:
        now = _silent_past_the_estimate(connection)
        say(connection, FIRST, author="ravi", now=now, cause=Cause.FIBRE_CUT)
        hyderabad.speak_next(connection, SPOKE, now)
        assert "11:09" not in _said(connection)
        assert _next(connection, now) == OVERRUN, "that it was not kept is still to be said"


def test_latecomers_hear_no_estimate_that_has_lapsed_and_the_others_still_hear_the_overrun(
    estimated: Engine,
) -> None:
    with writing(estimated) as connection:
        add_customer(connection, 2, "HYD0006")
        now = _silent_past_the_estimate(connection)
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0006", starts_at=now)), now)
        hyderabad.match(connection, FIRST, now)
        assert _next(connection, now) == LATECOMERS
        hyderabad.tell(connection, now)
        assert "11:09" not in _said(connection)
        assert _next(connection, now) == OVERRUN


def test_an_estimate_that_lapsed_before_it_could_be_said_is_not_said(estimated: Engine) -> None:
    with writing(estimated) as connection:
        say(connection, FIRST, author="ravi", now=ESTIMATE - MINUTE, estimate_at=ESTIMATE + MINUTE)
        now = _silent_past_the_estimate(connection)
        hyderabad.speak_next(connection, SPOKE, now)
        assert "We expect" not in _said(connection)
        restorations = [
            row for row in rows(connection, t.promise, "kind", "due_at") if row[0] == "restoration"
        ]
        assert restorations == [("restoration", ESTIMATE)]
