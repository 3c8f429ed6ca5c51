"""What becomes of the words we give: kept, broken, replaced; never lost, never counted for others."""

from datetime import datetime, timedelta
from typing import Any

import hyderabad
from databases import fixtures
from hyderabad import BOOK, FIRST, MINUTE, T0, add_customer, all_clear, deliver, rows, speak_next, voice
from sqlalchemy import Connection, Engine, update

from tellfirst.audience.matching import match
from tellfirst.domain.facts import Action
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.following import follow_up
from tellfirst.notices.words import say
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.timelines.promises import lapse_all, open_promises

UPDATE = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
HOLDING = Take(Step.FOLLOW_UP, "promised_word_nearly_due", Occasion.UPDATE)
OVERRUN = Take(Step.FOLLOW_UP, "estimate_about_to_lapse", Occasion.OVERRUN)
DUE = T0 + BOOK.next_update_every
ESTIMATE = T0 + timedelta(minutes=70)


def _told(engine: Engine) -> Engine:
    """HYD0004 and HYD0005 are down, customers 1 and 2 behind them told at T0."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        add_customer(connection, 1, "HYD0004")
        add_customer(connection, 2, "HYD0005")
        hyderabad.strike(connection, "HYD0004", "HYD0005")
        hyderabad.tell(connection)
    return engine


told, told_small = fixtures(_told)


def _ledger(connection: Connection) -> list[tuple[Any, ...]]:
    columns = ("notice_id", "kind", "due_at", "state", "late_by_seconds", "reason", "settled_by")
    return rows(connection, t.promise, *columns)


def _estimate(connection: Connection, at: datetime, now: datetime) -> None:
    say(connection, FIRST, author="ravi", now=now, action=Action.REPAIRING, estimate_at=at)
    speak_next(connection, UPDATE, now)


def test_the_first_word_promises_the_next(told_small: Engine) -> None:
    with writing(told_small) as connection:
        assert _ledger(connection) == [(1, "next_update", DUE, "open", 0, None, None)]


def test_a_holding_word_in_time_keeps_the_promise_and_gives_a_new_one(told: Engine) -> None:
    now = DUE - BOOK.warn_before
    with writing(told) as connection:
        speak_next(connection, HOLDING, now)
        assert lapse_all(connection, now) == []
        assert _ledger(connection) == [
            (1, "next_update", DUE, "kept", 0, "spoken_in_time", 2),
            (2, "next_update", now + BOOK.next_update_every, "open", 0, None, None),
        ]


def test_a_promise_is_not_settled_before_the_word_has_really_left(told_small: Engine) -> None:
    with writing(told_small) as connection:
        follow_up(connection, FIRST, HOLDING, voice(DUE - MINUTE))
        assert conclude_all(connection, 1, DUE - MINUTE) == 0
        assert [row[3] for row in _ledger(connection)] == ["open", "open"]
        deliver(connection, DUE + MINUTE)
        assert _ledger(connection)[0][3:] == ("broken", 60, "spoken_late", 2)


def test_silence_breaks_a_promise_and_the_answer_that_comes_late_says_how_late(told: Engine) -> None:
    with writing(told) as connection:
        assert lapse_all(connection, DUE) == []
        assert lapse_all(connection, DUE + MINUTE) == [1]
        assert _ledger(connection) == [(1, "next_update", DUE, "broken", 60, "time_passed_in_silence", None)]
        assert lapse_all(connection, DUE + 2 * MINUTE) == []
        speak_next(connection, HOLDING, DUE + 7 * MINUTE)
        assert _ledger(connection)[0] == (1, "next_update", DUE, "broken", 420, "spoken_late", 2)
        speak_next(connection, HOLDING, DUE + 20 * MINUTE)
        assert _ledger(connection)[0] == (1, "next_update", DUE, "broken", 420, "spoken_late", 2)


def test_a_new_estimate_replaces_the_old_one(told: Engine) -> None:
    with writing(told) as connection:
        _estimate(connection, ESTIMATE, T0 + MINUTE)
        assert open_promises(connection, 1)["restoration"] == ESTIMATE
        later = ESTIMATE + timedelta(hours=1)
        _estimate(connection, later, T0 + 2 * MINUTE)
        kept = [row for row in _ledger(connection) if row[1] == "restoration"]
        assert kept == [
            (2, "restoration", ESTIMATE, "replaced", 0, "told_before_it_lapsed", 3),
            (3, "restoration", later, "open", 0, None, None),
        ]


def test_the_same_estimate_said_again_is_the_same_promise(told_small: Engine) -> None:
    with writing(told_small) as connection:
        _estimate(connection, ESTIMATE, T0 + MINUTE)
        _estimate(connection, ESTIMATE, T0 + 2 * MINUTE)
        speak_next(connection, HOLDING, T0 + 3 * MINUTE)
        found = [row for row in _ledger(connection) if row[1] == "restoration"]
        assert found == [(2, "restoration", ESTIMATE, "open", 0, None, None)]


def test_an_overrun_withdraws_the_estimate_before_it_lapses(told: Engine) -> None:
    now = ESTIMATE - BOOK.overrun_before
    with writing(told) as connection:
        _estimate(connection, ESTIMATE, T0 + MINUTE)
        spoken = speak_next(connection, OVERRUN, now)
        assert spoken is not None
        assert spoken.estimate_at is None
        assert [row[3:6] for row in _ledger(connection) if row[1] == "restoration"] == [
            ("replaced", 0, "told_before_it_lapsed")
        ]
        assert hyderabad.incident(connection).estimate_at is None


def test_the_last_all_clear_settles_everything_that_was_promised(told: Engine) -> None:
    back, certain = T0 + 20 * MINUTE, T0 + 20 * MINUTE + BOOK.quiet_for
    with writing(told) as connection:
        _estimate(connection, ESTIMATE, T0 + 5 * MINUTE)
        hyderabad.mend(connection, "HYD0004", "HYD0005", now=back)
        all_clear(connection, certain)
        assert open_promises(connection, 1) == {}
        assert {row[3] for row in _ledger(connection)} == {"kept"}


def test_an_estimate_that_was_not_met_is_broken_by_as_much_as_service_was_late(told_small: Engine) -> None:
    certain = T0 + 20 * MINUTE
    with writing(told_small) as connection:
        _estimate(connection, certain - 3 * MINUTE, T0 + MINUTE)
        hyderabad.mend(connection, "HYD0004", "HYD0005", now=certain - BOOK.quiet_for)
        all_clear(connection, certain)
        [found] = [row for row in _ledger(connection) if row[1] == "restoration"]
        assert found[3:6] == ("broken", 180, "back_late")


def test_the_all_clear_for_a_part_settles_nothing_for_those_who_still_wait(told: Engine) -> None:
    with writing(told) as connection:
        _estimate(connection, ESTIMATE, T0 + MINUTE)
        before = _ledger(connection)
        hyderabad.mend(connection, "HYD0004", now=T0 + 2 * MINUTE)
        all_clear(connection, T0 + 2 * MINUTE + BOOK.quiet_for)
        assert _ledger(connection) == before
        assert set(open_promises(connection, 1)) == {"next_update", "restoration"}


def test_the_all_clear_for_a_part_leaves_the_estimate_to_those_who_still_wait(told_small: Engine) -> None:
    """Forgotten, it would lapse without the word that withdraws it."""
    with writing(told_small) as connection:
        _estimate(connection, ESTIMATE, T0 + MINUTE)
        hyderabad.mend(connection, "HYD0004", now=T0 + 2 * MINUTE)
        spoken = all_clear(connection, T0 + 2 * MINUTE + BOOK.quiet_for)
        assert spoken is not None
        assert spoken.estimate_at is None
        assert hyderabad.incident(connection).estimate_at == ESTIMATE


def test_a_first_word_to_latecomers_settles_nothing_for_those_told_before(told: Engine) -> None:
    now = T0 + 10 * MINUTE
    with writing(told) as connection:
        add_customer(connection, 3, "HYD0006")
        hyderabad.post(connection, hyderabad.body(hyderabad.alert("HYD0006", starts_at=now)), now)
        match(connection, FIRST, now)
        hyderabad.tell(connection, now)
        assert _ledger(connection) == [
            (1, "next_update", DUE, "open", 0, None, None),
            (2, "next_update", now + BOOK.next_update_every, "open", 0, None, None),
        ]
        assert open_promises(connection, 1)["next_update"] == DUE


def test_an_old_word_that_leaves_late_settles_nothing_that_was_promised_after_it(told: Engine) -> None:
    """Held up at its carrier, it must not pass for the word that a newer notice promised."""
    with writing(told) as connection:
        follow_up(connection, FIRST, HOLDING, voice(T0 + 10 * MINUTE))
        follow_up(connection, FIRST, UPDATE, voice(T0 + 15 * MINUTE))
        newer = t.chunk.c.notice_id == 3
        connection.execute(update(t.chunk).where(newer).values(done_at=T0 + 15 * MINUTE))
        assert conclude_all(connection, 1, T0 + 15 * MINUTE) == 1
        connection.execute(update(t.chunk).values(done_at=T0 + 20 * MINUTE))
        assert conclude_all(connection, 1, T0 + 20 * MINUTE) == 1
        assert open_promises(connection, 1) == {"next_update": T0 + 15 * MINUTE + BOOK.next_update_every}


def test_concluding_twice_settles_once(told_small: Engine) -> None:
    with writing(told_small) as connection:
        speak_next(connection, HOLDING, T0 + 10 * MINUTE)
        before = _ledger(connection)
        assert conclude_all(connection, 1, T0 + 20 * MINUTE) == 0
        assert _ledger(connection) == before
