"""`tellfirst promises`: what was promised to customers and what became of it."""

from datetime import timedelta

import hyderabad
from hyderabad import BOOK, FIRST, T0
from sqlalchemy import Engine
from teletype import Terminal

from tellfirst.store.engine import writing
from tellfirst.timelines.promises import lapse_all


def test_it_lists_what_is_owed_for_programs(terminal: Terminal, engine: Engine) -> None:
    [one] = terminal("promises", "--json").json
    due = (T0 + BOOK.next_update_every).isoformat()
    assert (one["incident"], one["promise"], one["state"], one["due"]) == (FIRST, "next_update", "open", due)


def test_it_says_by_how_much_and_why_one_was_broken(terminal: Terminal, engine: Engine) -> None:
    assert terminal("promises", "--broken").out == "Broken promises: none\n"
    with writing(engine) as connection:
        lapse_all(connection, T0 + BOOK.next_update_every + timedelta(minutes=2))
    [one] = terminal("promises", "--incident", FIRST, "--broken", "--json").json
    assert (one["state"], one["late by (s)"], one["why"]) == ("broken", 120, "time_passed_in_silence")
    assert terminal("promises", "--due").out == "Promises still owed: none\n"
    assert terminal("promises").out.endswith("1 broken\n")


def test_a_customers_ledger_names_them(terminal: Terminal, engine: Engine) -> None:
    said = terminal("promises", "--customer", "C1", "--incident", FIRST)
    assert f"Promises to C1 of {FIRST}" in said.out
    assert "heard" in said.out
    assert hyderabad.phone(1) not in said.out


def test_wrong_questions_are_answered_in_one_sentence(terminal: Terminal, engine: Engine) -> None:
    both = terminal("promises", "--due", "--broken")
    assert (both.status, both.out) == (1, "")
    assert "ask for one of --due and --broken" in both.err
    assert "there is no customer C99" in terminal("promises", "--customer", "C99").err
    assert "there is no incident INC-2026-0099" in terminal("promises", "--incident", "INC-2026-0099").err
