"""`tellfirst stop|go|reconcile`, and where a stop is shown."""

from pathlib import Path

import pytest
from hyderabad import FIRST, rows
from sqlalchemy import Engine, insert, update
from teletype import NOW, Terminal

from tellfirst.delivery.high_water import FILE, HighWater
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing


def test_a_stop_is_shown_wherever_the_incident_is(terminal: Terminal, engine: Engine) -> None:
    said = terminal("stop", FIRST, "--reason", "the text names the wrong town")
    assert said.status == 0
    assert f"{FIRST} is stopped; 0 messages that have not left are cancelled" in said.out
    for command in (("incident", "list"), ("incident", "show", FIRST)):
        shown = " ".join(terminal(*command).out.split())
        assert f"{FIRST} is stopped since 2026-11-22 03:46:00 UTC" in shown
        assert "the text names the wrong town" in shown
    [finding] = [one for one in terminal("doctor", "--json").json if one["what"] == "stop"]
    assert (finding["verdict"], "`tellfirst go` lifts it" in finding["detail"]) == ("warning", True)


def test_go_lifts_it_and_makes_the_incident_due(terminal: Terminal, engine: Engine) -> None:
    terminal("stop", "--reason", "rehearsal", "--hold")
    assert terminal("incident", "list", "--json").json[0]["stopped"] == "hold"
    said = terminal("go")
    assert "go: everything was stopped for: rehearsal" in said.out
    assert "0 messages that were held may leave now" in said.out
    with reading(engine) as connection:
        assert rows(connection, t.incident, "next_due_at") == [(NOW,)]
        [(effect, lifted_at)] = rows(connection, t.stop, "effect", "lifted_at")
    assert (effect, lifted_at) == ("hold", NOW)
    assert "was not stopped; nothing was lifted" in terminal("go").out


def test_go_for_one_incident_says_that_everything_is_stopped_all_the_same(
    terminal: Terminal, engine: Engine
) -> None:
    terminal("stop", "--reason", "rehearsal")
    terminal("stop", FIRST, "--reason", "wrong town")
    said = " ".join(terminal("go", FIRST).out.split())
    assert f"go: {FIRST} was stopped for: wrong town" in said
    assert "everything is stopped since" in said
    assert terminal("go", "--all").status == 0
    assert terminal("incident", "list", "--json").json[0]["stopped"] == ""


def test_a_stop_without_a_reason_or_of_nothing_known_is_refused(terminal: Terminal, engine: Engine) -> None:
    assert "say why you stop it" in terminal("stop", "--reason", " ").sentence
    assert "there is no incident INC-2026-0099" in terminal("stop", "INC-2026-0099", "--reason", "x").sentence
    assert "not for both; nothing was lifted" in terminal("go", FIRST, "--all").sentence
    with reading(engine) as connection:
        assert rows(connection, t.stop, "id") == []


def test_without_the_database_the_stop_says_which_file_stops_everything(
    terminal: Terminal, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLFIRST_CLOCK", "system")
    (home / "tellfirst.db").write_bytes(b"a letter to the editor" * 100)
    said = terminal("stop", "--reason", "wrong town").sentence
    assert said.startswith("nothing is stopped yet, the database is damaged: make the file")
    assert str(home / "STOP") in said


def test_a_brake_is_shown_with_the_file_that_pulls_it(terminal: Terminal, home: Path, engine: Engine) -> None:
    (home / "STOP").touch()
    assert f"while {home / 'STOP'} exists; remove it" in " ".join(terminal("incident", "list").out.split())
    [finding] = [one for one in terminal("doctor", "--json").json if one["what"] == "brake"]
    assert finding["verdict"] == "warning"


def test_doctor_names_a_database_older_than_what_was_sent(
    terminal: Terminal, home: Path, engine: Engine
) -> None:
    HighWater(home / FILE).rise_to(12)
    said = terminal("doctor", "--json")
    [finding] = [one for one in said.json if one["what"] == "epoch"]
    assert (said.status, finding["verdict"]) == (1, "fault")
    assert "stands at 0, this home has sent up to 12" in finding["detail"]


def test_doctor_names_a_closed_carrier(terminal: Terminal, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(
            insert(t.carrier_standing).values(
                carrier="twilio", channel="sms", share=0, since=NOW, reason="bad_credentials"
            )
        )
        connection.execute(update(t.carrier_standing).values(closed_at=NOW, closed_code="20003"))
    [finding] = [one for one in terminal("doctor", "--json").json if one["what"] == "carriers"]
    assert finding["verdict"] == "fault"
    assert "twilio is closed (20003); mend it, then `tellfirst carriers open twilio`" in finding["detail"]


def test_reconcile_wants_a_time_with_its_zone_that_has_passed(terminal: Terminal, engine: Engine) -> None:
    assert "is no time" in terminal("reconcile", "--since", "yesterday").sentence
    assert "is still to come" in terminal("reconcile", "--since", "2030-01-01T00:00+00:00").sentence


def test_reconcile_says_when_nothing_is_open(terminal: Terminal, engine: Engine) -> None:
    said = terminal("reconcile", "--since", "2026-11-22T03:00+00:00", FIRST)
    assert (said.status, "nothing is open" in said.out) == (0, True)
    assert f"`tellfirst go {FIRST}` would let 0 messages leave" in said.out
