"""`tellfirst carriers`: how they stand; a person sets a share, closes one, opens it again."""

from pathlib import Path

import pytest
from hyderabad import FIRST, rows
from sqlalchemy import Engine, update
from teletype import NOW, Terminal

from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

TWO = """\
channels:
  sms:
    - {name: main, kind: twilio_sms, segments_per_second: 50, settings: &account
        {account_sid: AC1, auth_token: TELLFIRST_TWILIO_AUTH_TOKEN, sender: "+15005550006"}}
    - {name: spare, kind: twilio_sms, settings: *account}
"""


@pytest.fixture
def two(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation with two carriers for texts."""
    (tmp_path / "channels.yaml").write_text(TWO, encoding="utf-8")
    monkeypatch.setenv("TELLFIRST_CONFIG", str(tmp_path))
    monkeypatch.setenv("TELLFIRST_TWILIO_AUTH_TOKEN", "secret")


def leave_waiting(engine: Engine) -> None:
    """The first word of the incident has not left."""
    with writing(engine) as connection:
        connection.execute(update(t.chunk).values(done_at=None, due_at=NOW.replace(year=2099)))


@pytest.mark.usefixtures("two")
def test_the_list_shows_standing_share_pace_and_measures(terminal: Terminal, engine: Engine) -> None:
    shown = terminal("carriers", "--json").json
    assert [
        (one["carrier"], one["stands"], one["share"], one["segments/s"]) for one in shown["carriers"]
    ] == [
        ("main", "open", 100, "50"),
        ("spare", "open", 0, "unlimited"),
    ]
    assert shown["changes"] == []
    table = terminal("carriers").out
    assert "main" in table
    assert "Last changes: none" in table


def test_simulated_carriers_are_listed_too(terminal: Terminal, engine: Engine) -> None:
    shown = terminal("carriers", "--json").json
    assert [one["carrier"] for one in shown["carriers"]] == ["twilio", "sendgrid"]


@pytest.mark.usefixtures("two")
def test_a_share_set_by_hand_moves_the_other_and_says_who_and_why(terminal: Terminal, engine: Engine) -> None:
    assert terminal("carriers", "set", "main", "--share", "30", "--reason", "complaints").out == (
        "main 30  spare 70\n"
    )
    [first, second] = terminal("carriers", "--json").json["changes"]
    assert {first["share"], second["share"]} == {30, 70}
    assert first["reason"] == "by_hand"
    assert first["details"]["text"] == "complaints"


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("set", "main", "--share", "101", "--reason", "x"), "a share is 0 to 100; nothing was changed"),
        (
            ("set", "mian", "--share", "10", "--reason", "x"),
            "there is no carrier mian; there are main, spare",
        ),
        (("set", "main", "--share", "10", "--reason", " "), "say why; nothing was changed"),
        (("close", "nobody", "--reason", "x"), "there is no carrier nobody; there are main, spare"),
        (("open", "nobody"), "there is no carrier nobody; there are main, spare"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_changed(
    terminal: Terminal, engine: Engine, words: tuple[str, ...], sentence: str
) -> None:
    assert terminal("carriers", *words).sentence == sentence
    with reading(engine) as connection:
        assert rows(connection, t.carrier_entry, "carrier") == []


@pytest.mark.usefixtures("two")
def test_a_carrier_is_closed_and_opened_and_what_waited_is_due(terminal: Terminal, engine: Engine) -> None:
    leave_waiting(engine)
    assert (
        "`tellfirst carriers open main`" in terminal("carriers", "close", "main", "--reason", "a drill").out
    )
    [main, _] = terminal("carriers", "--json").json["carriers"]
    assert main["stands"] == "closed: a drill"
    assert terminal("carriers", "open", "main").out == (
        "main is open again; 1 incidents have something to send on sms\n"
    )
    with reading(engine) as connection:
        [(due_at,)] = set(rows(connection, t.chunk, "due_at"))
        [(next_due_at,)] = rows(connection, t.incident, "next_due_at")
    assert due_at.year < 2099
    assert next_due_at == NOW
    reasons = [one["reason"] for one in terminal("incident", "show", FIRST, "--json").json["log"]]
    assert reasons[-1] == "carrier_opened"
    assert terminal("carriers", "open", "main").out == "main is open; nothing was changed\n"
