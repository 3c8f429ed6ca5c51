"""`tellfirst erase`: shows first, does it on --yes, and says what waits."""

import hyderabad
from sqlalchemy import Engine, select, update
from teletype import Terminal

from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing


def _over(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.incident).values(stage="closed", closed_at=hyderabad.T0))


def _references(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return list(connection.scalars(select(t.customer.c.reference).order_by(t.customer.c.id)))


def test_without_yes_it_shows_what_would_go_and_changes_nothing(terminal: Terminal, engine: Engine) -> None:
    _over(engine)
    said = terminal("erase", "C1")
    assert said.status == 0
    assert "nothing was changed" in said.out
    assert "audience" in said.out
    assert _references(engine) == ["C1", "C2", "C3"]


def test_with_yes_they_are_gone_and_the_file_is_written_anew(terminal: Terminal, engine: Engine) -> None:
    _over(engine)
    [one, two] = terminal("erase", "C1", "C3", "--yes", "--json").json
    assert (one["customer"], one["erased"], one["free_pages_gone"]) == ("C1", True, True)
    assert (two["customer"], two["suppressed"]) == ("C3", 2)
    assert _references(engine) == ["erased-1", "C2", "erased-3"]


def test_while_they_wait_for_a_word_it_says_so_and_does_nothing(terminal: Terminal, engine: Engine) -> None:
    shown = terminal("erase", "C1", "--json")
    assert (shown.status, shown.json[0]["waits"]) == (1, ["waits_to_be_told"])
    assert "waits_to_be_told" in terminal("erase", "C1", "--yes").sentence
    assert _references(engine) == ["C1", "C2", "C3"]
    assert terminal("erase", "C1", "--yes", "--force", "she insists").status == 0


def test_one_of_several_who_is_not_there_keeps_all_of_them(terminal: Terminal, engine: Engine) -> None:
    _over(engine)
    assert "there is no customer C9" in terminal("erase", "C1", "C9", "--yes").sentence
    assert _references(engine) == ["C1", "C2", "C3"]


def test_lifting_lets_them_come_back(terminal: Terminal, engine: Engine) -> None:
    _over(engine)
    terminal("erase", "C1", "--yes")
    number = hyderabad.phone(1)
    assert terminal("erase", "C1", "--lift", "--address", number, "--json").json == {"lifted": 2}
    assert terminal("erase", "C1", "--lift").status == 1


def test_nobody_named_is_nobody_erased(terminal: Terminal, engine: Engine) -> None:
    assert "name a customer" in terminal("erase").sentence
