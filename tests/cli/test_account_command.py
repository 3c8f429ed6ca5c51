"""`tellfirst account` and `tellfirst audit`."""

import io

import pytest
from sqlalchemy import Engine, select
from teletype import Terminal

from tellfirst.store import tables as t
from tellfirst.store.engine import reading

PASSWORD = "several words that nobody knows"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    return monkeypatch


def test_an_account_is_added_with_a_password_that_is_piped(
    terminal: Terminal, engine: Engine, typed: pytest.MonkeyPatch
) -> None:
    said = terminal("account", "add", "Asha", "--roles", "operator", "approver")
    assert said.status == 0
    assert "asha may come in as approver, operator" in said.out
    assert [
        (one["account"], one["roles"], one["state"]) for one in terminal("account", "list", "--json").json
    ] == [("asha", "approver, operator", "active")]
    with reading(engine) as connection:
        kept = connection.execute(select(t.account.c.password_hash)).scalar_one()
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


def test_a_password_is_never_a_word_of_the_command(terminal: Terminal, engine: Engine) -> None:
    assert terminal("account", "add", "asha", "--roles", "viewer", "--password", PASSWORD).status == 2


@pytest.mark.parametrize(
    ("words", "typed_in", "sentence"),
    [
        (("add", "a b", "--roles", "viewer"), PASSWORD, "cannot be the name of an account"),
        (("add", "asha", "--roles", "viewer"), "short", "a password has 15 to 256 characters"),
        (("password", "nobody"), PASSWORD, "there is no account nobody; `tellfirst account list` shows them"),
        (("disable", "nobody"), "", "there is no account nobody; `tellfirst account list` shows them"),
        (("revoke", "7"), "", "there is no token 7 to revoke; `tellfirst account tokens` lists them"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    terminal: Terminal,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    typed_in: str,
    sentence: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed_in}\n"))
    assert sentence in terminal("account", *words).sentence


def test_roles_and_state_change_and_everything_is_audited(
    terminal: Terminal, engine: Engine, typed: pytest.MonkeyPatch
) -> None:
    terminal("account", "add", "asha", "--roles", "viewer")
    assert (
        "asha is admin, viewer now" in terminal("account", "roles", "asha", "--roles", "viewer", "admin").out
    )
    assert terminal("account", "disable", "asha").status == 0
    assert terminal("account", "enable", "asha").status == 0
    typed.setattr("sys.stdin", io.StringIO(f"{PASSWORD} and more\n"))
    assert terminal("account", "password", "asha").status == 0
    whats = [one["what"] for one in terminal("audit", "--json").json]
    assert whats == [
        "password_changed",
        "account_enabled",
        "account_disabled",
        "roles_changed",
        "account_added",
    ]
    assert {one["through"] for one in terminal("audit", "--json").json} == {"cli"}


def test_a_token_is_shown_once_and_alone_on_standard_output(
    terminal: Terminal, engine: Engine, typed: pytest.MonkeyPatch
) -> None:
    terminal("account", "add", "asha", "--roles", "viewer")
    made = terminal("account", "token", "asha", "--label", "helpdesk", "--lasts", "90d")
    [token] = made.out.split()
    assert token.startswith("tfa_")
    assert token not in made.err
    listed = terminal("account", "tokens", "--json")
    assert [(one["label"], one["revoked"]) for one in listed.json] == [("helpdesk", None)]
    assert token not in listed.out
    assert terminal("account", "revoke", "1").status == 0
    assert terminal("account", "tokens", "--json").json[0]["revoked"]


def test_what_is_done_at_a_terminal_is_audited_too(terminal: Terminal, engine: Engine) -> None:
    terminal("stop", "INC-2026-0001", "--reason", "the wrong town")
    terminal("go", "INC-2026-0001")
    terminal("incident", "retry", "INC-2026-0001")
    found = terminal("audit", "--incident", "INC-2026-0001", "--json").json
    assert [(one["what"], one["incident"]) for one in found] == [
        ("lifted", "INC-2026-0001"),
        ("stopped", "INC-2026-0001"),
    ]
    assert "stopped" in terminal("audit").out
