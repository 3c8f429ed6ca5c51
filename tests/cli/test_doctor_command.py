"""`tellfirst doctor`: faults stop, warnings are to be judged, and what is well is said too."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from teletype import NOW, Said, Terminal

from tellfirst.examining import file_system
from tellfirst.store.stepped_clock import SteppedClock


def verdicts(said: Said, what: str) -> list[str]:
    return [one["verdict"] for one in said.json if one["what"] == what]


def detail(said: Said, what: str) -> str:
    return str(next(one["detail"] for one in said.json if one["what"] == what))


def test_an_installation_that_is_down_but_well_has_warnings_only(terminal: Terminal, engine: Engine) -> None:
    said = terminal("doctor", "--json")
    assert said.status == 0
    for what in ("Python", "prefect", "fastapi", "sqlalchemy", "permissions", "database"):
        assert set(verdicts(said, what)) == {"good"}, what
    for what in ("Prefect server", "web"):
        assert verdicts(said, what) == ["warning"]
        assert "does not answer" in detail(said, what)
    assert verdicts(said, "clock") == ["warning"]
    assert "is stepped" in detail(said, "clock")


def test_a_closed_carrier_is_a_fault_with_its_cure(terminal: Terminal, engine: Engine) -> None:
    assert verdicts(terminal("doctor", "--json"), "carriers") == ["good"]
    terminal("carriers", "close", "twilio", "--reason", "a drill")
    said = terminal("doctor", "--json")
    assert (said.status, verdicts(said, "carriers")) == (1, ["fault"])
    assert detail(said, "carriers") == (
        "twilio is closed (a drill); mend it, then `tellfirst carriers open twilio`"
    )


def test_people_get_a_table_of_the_same(terminal: Terminal, engine: Engine) -> None:
    said = terminal("doctor")
    assert said.status == 0
    assert "SQLite" in said.out
    assert "permissions" in said.out


@pytest.mark.parametrize("name", ["", "tellfirst.db", "secrets.json"])
def test_what_others_can_read_is_a_fault(terminal: Terminal, home: Path, engine: Engine, name: str) -> None:
    (home / "secrets.json").touch(mode=0o600)
    (home / name).chmod(0o740 if not name else 0o640)
    said = terminal("doctor", "--json")
    assert said.status == 1
    [fault] = [one for one in said.json if one["verdict"] == "fault"]
    assert fault["what"] == "permissions"
    assert f"{home / name} is open to others" in fault["detail"]
    assert "run chmod go-rwx" in fault["detail"]


def test_a_missing_database_is_a_warning_and_is_not_made_by_looking(terminal: Terminal, home: Path) -> None:
    said = terminal("doctor", "--json")
    assert (said.status, verdicts(said, "database")) == (0, ["warning"])
    assert "`tellfirst up` makes it" in detail(said, "database")
    assert list(home.iterdir()) == []


def test_a_home_that_is_not_there_yet_is_no_fault(
    terminal: Terminal, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLFIRST_HOME", str(home / "new"))
    said = terminal("doctor", "--json")
    assert said.status == 0
    assert "will be made by" in detail(said, "home")
    assert list(home.iterdir()) == []


def test_a_database_of_another_version_is_a_warning(terminal: Terminal, home: Path) -> None:
    (home / "tellfirst.db").touch(mode=0o600)
    said = terminal("doctor", "--json")
    assert (said.status, verdicts(said, "database")) == (0, ["warning"])
    assert "is not migrated" in detail(said, "database")


def test_a_database_that_is_none_is_a_fault(terminal: Terminal, home: Path) -> None:
    (home / "tellfirst.db").write_bytes(b"a letter to the editor" * 100)
    (home / "tellfirst.db").chmod(0o600)
    said = terminal("doctor", "--json")
    assert (said.status, verdicts(said, "database")) == (1, ["fault"])


def test_a_clock_set_back_behind_the_books_is_a_fault(terminal: Terminal, engine: Engine) -> None:
    SteppedClock(engine).set(NOW - timedelta(hours=1))
    said = terminal("doctor", "--json")
    assert (said.status, verdicts(said, "clock")) == (1, ["fault"])
    assert "before the newest entry (2026-11-22 03:39:00); set it right" in detail(said, "clock")


def test_a_stepped_clock_nobody_set_is_a_fault(terminal: Terminal, home: Path, migrated_file: Path) -> None:
    (home / "tellfirst.db").write_bytes(migrated_file.read_bytes())
    (home / "tellfirst.db").chmod(0o600)
    said = terminal("doctor", "--json")
    assert (said.status, verdicts(said, "clock")) == (1, ["fault"])
    assert "has not been set" in detail(said, "clock")


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("3.40.1", "warning"),
        ("3.44.5", "warning"),
        ("3.44.6", "good"),
        ("3.45.0", "warning"),
        ("3.50.6", "warning"),
        ("3.50.7", "good"),
        ("3.51.2", "warning"),
        ("3.51.3", "good"),
        ("3.52.0", "good"),
        ("4.0.0", "good"),
    ],
)
def test_a_sqlite_that_can_lose_a_commit_is_a_warning(
    terminal: Terminal, home: Path, monkeypatch: pytest.MonkeyPatch, version: str, verdict: str
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version", version)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", tuple(int(part) for part in version.split(".")))
    said = terminal("doctor", "--json")
    assert verdicts(said, "SQLite") == [verdict]
    assert detail(said, "SQLite").startswith(version)


@pytest.mark.parametrize(("kind", "verdict"), [("ext4", "good"), ("nfs4", "fault"), ("fuse.sshfs", "fault")])
def test_a_database_on_a_network_file_system_is_a_fault(tmp_path: Path, kind: str, verdict: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"overlay / overlay rw 0 0\nfiler:/books {tmp_path} {kind} rw 0 0\n")
    finding = file_system(tmp_path / "tellfirst.db", mounts)
    assert (finding.verdict, kind in finding.detail) == (verdict, True)
