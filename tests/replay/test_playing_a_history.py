"""A history under our rules: what a company left unsaid is said, what it said is passed on, and the books agree."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Compiled, event
from written_histories import MINUTE, T0, at, outage

from tellfirst.domain.facts import Action, ServiceKind
from tellfirst.domain.incident import Stage
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.replay.books import Ledger
from tellfirst.replay.conduct import of_company, of_ours
from tellfirst.replay.history import Grade, History, Word
from tellfirst.replay.playing import play
from tellfirst.replay.side_by_side import timetable
from tellfirst.replay.theatre import TICK, Theatre


def told(books: Ledger) -> list[tuple[float, str]]:
    """Minutes after T0, and what was said."""
    return [((one.at - T0) / MINUTE, "holding" if one.holding else one.occasion.value) for one in books.told]


def test_silence_of_the_company_is_filled_by_holding_words_and_the_end_is_told_when_it_is_certain(
    theatre: Theatre,
) -> None:
    it = outage(Word(at(40), "Investigating", "We are looking into it."))
    books = play(theatre, it)
    assert told(books) == [
        (0, "first_word"),
        (25, "holding"),
        (40, "update"),
        (65, "holding"),
        (90, "holding"),
        (100, "restored"),
    ]
    assert all(one.message_count == 2 for one in books.told)
    assert books.stage is Stage.VERIFIED
    assert {one.state for one in books.promises} == {PromiseState.KEPT}


def test_a_word_costs_about_a_hundred_statements_each_written_before(theatre: Theatre) -> None:
    it = outage(Word(at(40), "Investigating", "We are looking into it."))
    words = len(play(theatre, it).told)
    asked: list[ClauseElement | Compiled] = []

    @event.listens_for(theatre.engine, "before_execute")
    def _seen(_connection: object, statement: Any, *_more: object) -> None:
        asked.append(statement)

    play(theatre, it)
    event.remove(theatre.engine, "before_execute", _seen)
    assert all(isinstance(one, Compiled) for one in asked)
    assert len(asked) <= 110 * words


def test_where_nobody_knows_when_it_began_the_first_public_word_is_not_said_twice(theatre: Theatre) -> None:
    it = outage(
        Word(T0, "Investigating", "Looking."), Word(at(5), "Update", "Found it."), onset=None, ends=20
    )
    assert told(play(theatre, it)) == [(0, "first_word"), (5, "update"), (30, "restored")]


def test_an_estimate_that_will_not_be_met_is_withdrawn_before_it_lapses(theatre: Theatre) -> None:
    it = outage(Word(at(10), "Crew", estimate_at=at(50), action=Action.REPAIRING), ends=120)
    books = play(theatre, it)
    assert (40, "overrun") in told(books)
    given = [one for one in books.promises if one.kind is PromiseKind.RESTORATION]
    assert [(one.due_at, one.state) for one in given] == [(at(50), PromiseState.REPLACED)]
    assert of_ours(it, books).standing_expired == 0
    assert of_company(it).minutes_expired == 70


def test_an_estimate_that_had_passed_when_the_company_gave_it_is_not_passed_on(theatre: Theatre) -> None:
    it = outage(Word(at(30), "Crew", estimate_at=at(20), action=Action.CREW_ON_SITE), ends=45)
    books = play(theatre, it)
    assert (30, "update") in told(books)
    assert all(one.estimate_at is None for one in books.told)
    assert of_company(it).minutes_expired == 15


@pytest.mark.parametrize(("grade", "rhythm"), [(Grade.MAJOR, 30), (Grade.MINOR, 60), (Grade.NOTICE, 120)])
def test_each_grade_has_its_rhythm_and_no_silence_is_longer(
    theatre: Theatre, grade: Grade, rhythm: int
) -> None:
    it = outage(Word(at(1), "Investigating", "Looking."), ends=400, grade=grade)
    books = play(theatre, it)
    conduct = of_ours(it, books)
    assert {one.next_by - one.at for one in books.told if one.next_by} == {timedelta(minutes=rhythm)}
    assert conduct.longest_silence <= rhythm
    assert (conduct.longer_than_promised, conduct.broken, conduct.open_too_long) == (0, 0, 0)
    assert conduct.words_with_time == conduct.live_words


def test_a_power_outage_is_told_by_text_as_one(theatre: Theatre) -> None:
    it = outage(Word(at(5), "Crew", action=Action.CREW_ON_SITE), ends=20, service=ServiceKind.POWER)
    assert told(play(theatre, it)) == [(0, "first_word"), (5, "update"), (30, "restored")]


def test_what_only_time_brings_is_found_at_the_next_look_of_the_clock(theatre: Theatre) -> None:
    begun = T0 + timedelta(seconds=7)
    it = outage(Word(begun, "Investigating", "Looking."), onset=None, ends=60)
    books = play(theatre, it)
    holding = next(one.at for one in books.told if one.holding)
    assert holding == T0 + 25 * MINUTE + TICK
    assert of_ours(it, books).longer_than_promised == 0


def test_plays_do_not_know_of_each_other(theatre: Theatre) -> None:
    short, long = outage(Word(at(1), "a", "b"), ends=30), outage(Word(at(1), "a", "b"), ends=300)
    alone = play(theatre, short)
    play(theatre, long)
    assert play(theatre, short) == alone


def test_both_sides_stand_in_one_timetable(theatre: Theatre) -> None:
    it = outage(Word(at(40), "Update", "x" * 100, next_by=at(70)), ends=50)
    rows = timetable(it, play(theatre, it))
    assert [(row["at"][11:16], row["company"][:12], row["tellfirst"]) for row in rows] == [
        ("09:00", "(it began)", ""),
        ("09:00", "", "first word"),
        ("09:25", "", "holding word"),
        ("09:40", "Update: xxxx", ""),
        ("09:40", "", "update"),
        ("09:50", "it is over", ""),
        ("10:00", "", "restored"),
    ]
    assert rows[3]["next word by"] == "02 10:10"


def conduct_of(*words: Word, ends: float = 100) -> History:
    return outage(*words, ends=ends)


def test_what_a_company_promised_is_held_against_what_it_said_next() -> None:
    it = conduct_of(
        Word(at(30), "a", next_by=at(40)),
        Word(at(43), "b", next_by=at(60)),
        Word(at(60), "c"),
        Word(at(70), "d", next_by=at(110)),
    )
    conduct = of_company(it)
    assert (conduct.first_word, conduct.longest_silence) == (30, 30)
    assert (conduct.live_words, conduct.words_with_time, conduct.promises) == (4, 3, 3)
    assert conduct.late_by == (3, 0, -10)
    assert [conduct.kept_within(minutes) for minutes in (1, 5, 15)] == [2, 3, 3]
    assert not conduct.every_promise_kept


def test_a_company_that_promises_nothing_has_kept_nothing() -> None:
    assert not of_company(conduct_of(Word(at(1), "a"))).every_promise_kept


def test_an_estimate_of_a_company_stands_until_it_says_something_else() -> None:
    it = conduct_of(Word(at(10), "a", estimate_at=at(20)), Word(at(50), "b"), ends=100)
    assert (of_company(it).standing_expired, of_company(it).minutes_expired) == (1, 30)
