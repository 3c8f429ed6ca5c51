"""Two cadences: texts leave rarely, the page speaks often, and each keeps the promise of its own."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import hyderabad
import pytest
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, rows
from sqlalchemy import Connection, Engine, func, select, update

from tellfirst.contacts.callers import By, Caller
from tellfirst.contacts.history import history
from tellfirst.contacts.standing import known_to
from tellfirst.domain.audience import Whom
from tellfirst.domain.facts import Cause
from tellfirst.domain.incident import Stage, Step
from tellfirst.domain.lifecycle import Decision, Take, Wait
from tellfirst.domain.occasion import Occasion, Reach
from tellfirst.notices.following import follow_up
from tellfirst.notices.words import say
from tellfirst.publishing.hearers import Memory
from tellfirst.publishing.published import Phase, Word
from tellfirst.publishing.reading import board
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.promises import lapse_all, open_promises
from tellfirst.timelines.situation import next_step

PUSH, PULL = timedelta(hours=2), timedelta(minutes=30)
PAGE = Take(Step.FOLLOW_UP, "page_word_nearly_due", Occasion.UPDATE, Whom.EVERYONE, Reach.PULL)
HOLDING = Take(Step.FOLLOW_UP, "promised_word_nearly_due", Occasion.UPDATE)
SPOKE = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
PAGE_AT = T0 + PULL - BOOK.warn_before
"""When the page's word is renewed for the first time."""


@pytest.fixture(autouse=True)
def _two_cadences(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = replace(BOOK, next_update_every=PUSH, pull_every=PULL)
    monkeypatch.setitem(hyderabad.BOOKS, "mobile_site_down", plan)


@pytest.fixture
def told(engine: Engine) -> Engine:
    """HYD0004 and HYD0005 are down, customers 1 and 2 behind them told at T0."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0005")
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
    return engine


def _next(connection: Connection, now: datetime) -> Decision:
    return next_step(connection, FIRST, now, now)


def _ledger(connection: Connection) -> list[tuple[Any, ...]]:
    return rows(connection, t.promise, "notice_id", "kind", "due_at", "state", "settled_by")


def _deliveries(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(t.delivery)).scalar_one()


def test_the_first_word_promises_the_next_text_and_the_next_word_of_the_page(told: Engine) -> None:
    with writing(told) as connection:
        assert _ledger(connection) == [
            (1, "next_update", T0 + PUSH, "open", None),
            (1, "page_update", T0 + PULL, "open", None),
        ]
        assert _next(connection, T0) == Wait(PAGE_AT, "next_mark")


def test_when_nobody_has_spoken_the_page_says_so_and_nobody_is_written_to(told: Engine) -> None:
    with writing(told) as connection:
        before = _deliveries(connection)
        assert _next(connection, PAGE_AT) == PAGE
        hyderabad.speak_next(connection, PAGE, PAGE_AT)
        assert _deliveries(connection) == before
        assert _ledger(connection) == [
            (1, "next_update", T0 + PUSH, "open", None),
            (1, "page_update", T0 + PULL, "kept", 2),
            (2, "page_update", PAGE_AT + PULL, "open", None),
        ]
        assert _next(connection, PAGE_AT) == Wait(PAGE_AT + PULL - BOOK.warn_before, "next_mark")


def test_through_a_whole_outage_the_page_speaks_four_times_as_often_and_nothing_lapses(told: Engine) -> None:
    said, now = [], T0
    with writing(told) as connection:
        while now < T0 + timedelta(hours=6):
            assert lapse_all(connection, now) == []
            due = _next(connection, now)
            if isinstance(due, Take):
                hyderabad.speak_next(connection, due, now)
                said.append(due)
                continue
            assert isinstance(due, Wait)
            assert due.until is not None
            now = due.until
        assert said.count(HOLDING) == 3
        assert said.count(PAGE) >= 10
        assert {row[3] for row in _ledger(connection)} == {"kept", "open"}


def test_an_engineers_word_goes_to_both_and_settles_both(told: Engine) -> None:
    now = T0 + 10 * MINUTE
    with writing(told) as connection:
        say(connection, FIRST, author="ravi", now=now, cause=Cause.POWER_FAILURE)
        assert _next(connection, now) == SPOKE
        hyderabad.speak_next(connection, SPOKE, now)
        assert _ledger(connection) == [
            (1, "next_update", T0 + PUSH, "kept", 2),
            (1, "page_update", T0 + PULL, "kept", 2),
            (2, "next_update", now + PUSH, "open", None),
            (2, "page_update", now + PULL, "open", None),
        ]


def test_a_text_that_waits_for_its_carrier_is_on_the_page_at_once_and_keeps_only_the_pages_promise(
    told: Engine,
) -> None:
    now = T0 + 10 * MINUTE
    with writing(told) as connection:
        say(connection, FIRST, author="ravi", now=now, cause=Cause.POWER_FAILURE)
        follow_up(connection, FIRST, SPOKE, hyderabad.voice(now))
        assert {row[1]: row[3] for row in _ledger(connection) if row[0] == 1} == {
            "next_update": "open",
            "page_update": "kept",
        }
        assert _on_the_page(connection, now).facts.cause is Cause.POWER_FAILURE


def test_the_page_and_an_answer_show_the_newest_word_each_with_its_own_next_time(told: Engine) -> None:
    with writing(told) as connection:
        first = _on_the_page(connection, T0)
        assert (first.occasion, first.facts.next_update_at) == ("first_word", T0 + PULL)
        hyderabad.speak_next(connection, PAGE, PAGE_AT)
        renewed = _on_the_page(connection, PAGE_AT)
        assert (renewed.occasion, renewed.holding) == ("update", True)
        assert (renewed.facts.stated_at, renewed.facts.next_update_at) == (PAGE_AT, PAGE_AT + PULL)
        answer = known_to(connection, Caller(By.NUMBER, hyderabad.phone(1)), T0).facts
        assert answer is not None
        # What an answer says about the next text must stay true: it is not earlier because the page speaks.
        assert (answer.stated_at, answer.next_update_at) == (PAGE_AT, T0 + PUSH)


def test_a_published_word_tells_nobody(told: Engine) -> None:
    """Whoever became affected since still gets a first word, and those told before their next one."""
    now = PAGE_AT + MINUTE
    with writing(told) as connection:
        hyderabad.speak_next(connection, PAGE, PAGE_AT)
        add_customer(connection, 3, "HYD0006")
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0006", starts_at=now)), now)
        hyderabad.match(connection, FIRST, now)
        assert _next(connection, now) == Take(
            Step.NOTIFY, "newly_affected", Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED
        )
        hyderabad.tell(connection, now)
        d = t.delivery.c
        told_now = select(d.customer_id, d.occasion).where(d.notice_id == 3)
        assert connection.execute(told_now).all() == [(3, "first_word")]
        assert open_promises(connection, 1)["next_update"] == T0 + PUSH


def test_a_pending_text_is_not_overtaken_by_the_page(told: Engine) -> None:
    """It waits for its carrier while the page speaks again: it must still leave."""
    now = T0 + 10 * MINUTE
    with writing(told) as connection:
        say(connection, FIRST, author="ravi", now=now, cause=Cause.POWER_FAILURE)
        follow_up(connection, FIRST, SPOKE, hyderabad.voice(now))
        at = now + PULL - BOOK.warn_before
        hyderabad.follow_up(connection, FIRST, PAGE, hyderabad.voice(at))
        hyderabad.deliver(connection, at)
        assert {row[1]: row[3] for row in _ledger(connection) if row[0] == 1}["next_update"] == "kept"
        states = connection.scalars(select(t.delivery.c.state).where(t.delivery.c.notice_id == 2))
        assert set(states) == {"sent"}


def test_when_all_are_back_no_promise_of_either_kind_is_left(told: Engine) -> None:
    back = PAGE_AT + 2 * MINUTE
    with writing(told) as connection:
        hyderabad.speak_next(connection, PAGE, PAGE_AT)
        hyderabad.mend(connection, "HYD0004", "HYD0005", now=back)
        hyderabad.all_clear(connection, back + BOOK.quiet_for)
        assert hyderabad.incident(connection).stage is Stage.VERIFIED
        assert open_promises(connection, 1) == {}
        assert {row[3] for row in _ledger(connection)} == {"kept"}


def test_the_all_clear_for_some_leaves_the_page_to_those_who_still_wait(told: Engine) -> None:
    back = T0 + MINUTE
    with writing(told) as connection:
        hyderabad.mend(connection, "HYD0004", now=back)
        hyderabad.all_clear(connection, back + BOOK.quiet_for)
        assert open_promises(connection, 1) == {"next_update": T0 + PUSH, "page_update": T0 + PULL}
        hyderabad.speak_next(connection, PAGE, PAGE_AT)
        assert open_promises(connection, 1)["page_update"] == PAGE_AT + PULL


def test_nothing_is_published_for_nobody(told: Engine) -> None:
    """All are back and their all-clear waits for its carrier: "still down" would be untrue."""
    with writing(told) as connection:
        connection.execute(update(t.audience).values(over_at=T0, over="back", over_revision=2))
        assert follow_up(connection, FIRST, PAGE, hyderabad.voice(PAGE_AT)) is None
        assert [row[0] for row in rows(connection, t.notice, "sequence")] == [1]


def test_silence_of_the_page_is_recorded_and_answered_by_its_next_word(told: Engine) -> None:
    late = T0 + PULL + 3 * MINUTE
    with writing(told) as connection:
        assert lapse_all(connection, late) == [1]
        assert _next(connection, late) == PAGE
        hyderabad.speak_next(connection, PAGE, late)
        columns = ("kind", "state", "late_by_seconds", "reason", "settled_by")
        found = rows(connection, t.promise, *columns)
        assert found[1] == ("page_update", "broken", 180, "spoken_late", 2)


def test_a_page_that_goes_on_is_not_in_a_customers_history(told: Engine) -> None:
    with writing(told) as connection:
        hyderabad.speak_next(connection, PAGE, PAGE_AT)
        kinds = [row.what for row in history(connection, "C1").entries]
    assert kinds == ["promised: next_update", "told: first_word"] or kinds == [
        "told: first_word",
        "promised: next_update",
    ]


def test_without_a_rhythm_of_its_own_the_page_promises_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(hyderabad.BOOKS, "mobile_site_down", BOOK)
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
        assert set(open_promises(connection, 1)) == {"next_update"}
        assert _on_the_page(connection, T0).facts.next_update_at == T0 + BOOK.next_update_every


def _on_the_page(connection: Connection, now: datetime) -> Word:
    """The word that stands there about the only incident that goes on."""
    [one] = board(connection, now, Memory()).of(Phase.NOW)
    return one.last
