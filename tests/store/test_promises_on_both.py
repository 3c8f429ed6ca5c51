"""The ledger of promises in SQL: made, kept, broken, replaced."""

from datetime import timedelta

import pytest
import town
from sqlalchemy import Engine

from tellfirst.domain.occasion import Occasion
from tellfirst.domain.promise import PromiseKind
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.timelines import promises

DUE = town.T0 + timedelta(hours=2)
EARLY = DUE - timedelta(minutes=1)
LATE = DUE + timedelta(minutes=1, seconds=30)
NEXT, BACK = PromiseKind.NEXT_UPDATE, PromiseKind.RESTORATION


@pytest.fixture
def promised(engine: Engine) -> Engine:
    """Notice 1 has promised a next word and an end, both by DUE; notice 2 is a later word."""
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "north-1")
        first = town.add_notice(connection, 1, Occasion.FIRST_WORD)
        town.add_notice(connection, 2, Occasion.UPDATE)
        promises.make(connection, town.INCIDENT, first, NEXT, DUE, town.T0)
        promises.make(connection, town.INCIDENT, first, BACK, DUE, town.T0)
    return engine


def _seen(engine: Engine, kind: PromiseKind) -> tuple[object, ...]:
    with reading(engine) as connection:
        columns = ("kind", "state", "settled_at", "settled_by", "late_by_seconds", "reason")
        found = town.rows(connection, t.promise, *columns)
    return next(row[1:] for row in found if row[0] == kind)


def test_a_promise_is_open_from_the_moment_it_is_made(promised: Engine) -> None:
    assert _seen(promised, NEXT) == ("open", None, None, 0, None)
    with reading(promised) as connection:
        assert promises.open_promises(connection, town.INCIDENT) == {NEXT: DUE, BACK: DUE}


def test_the_earliest_open_promise_of_a_kind_counts(promised: Engine) -> None:
    with writing(promised) as connection:
        promises.make(connection, town.INCIDENT, 2, NEXT, EARLY, town.T0)
        assert promises.open_promises(connection, town.INCIDENT)[NEXT] == EARLY


def test_a_word_in_time_keeps_the_promise_of_a_word_and_no_other(promised: Engine) -> None:
    with writing(promised) as connection:
        promises.settle_words(connection, town.INCIDENT, 2, EARLY)
    assert _seen(promised, NEXT) == ("kept", EARLY, 2, 0, "spoken_in_time")
    assert _seen(promised, BACK) == ("open", None, None, 0, None)


def test_a_notice_does_not_settle_its_own_promise(promised: Engine) -> None:
    with writing(promised) as connection:
        promises.settle_words(connection, town.INCIDENT, 1, EARLY)
    assert _seen(promised, NEXT) == ("open", None, None, 0, None)


def test_silence_breaks_a_promise_and_the_word_that_ends_it_says_how_late_it_was(promised: Engine) -> None:
    with writing(promised) as connection:
        assert promises.lapse_all(connection, DUE) == []
        assert promises.lapse_all(connection, DUE + timedelta(seconds=1)) == [town.INCIDENT, town.INCIDENT]
    assert _seen(promised, NEXT) == (
        "broken",
        DUE + timedelta(seconds=1),
        None,
        1,
        "time_passed_in_silence",
    )
    with writing(promised) as connection:
        promises.settle_words(connection, town.INCIDENT, 2, LATE)
        assert promises.open_promises(connection, town.INCIDENT) == {}
    assert _seen(promised, NEXT) == ("broken", LATE, 2, 90, "spoken_late")


def test_an_estimate_replaced_in_time_is_replaced_and_not_broken(promised: Engine) -> None:
    with writing(promised) as connection:
        promises.replace_estimates(connection, town.INCIDENT, 2, EARLY)
    assert _seen(promised, BACK) == ("replaced", EARLY, 2, 0, "told_before_it_lapsed")


def test_an_estimate_is_measured_against_the_moment_service_was_verified(promised: Engine) -> None:
    with writing(promised) as connection:
        promises.settle_estimates(connection, town.INCIDENT, 2, LATE)
    assert _seen(promised, BACK) == ("broken", LATE, 2, 90, "back_late")
