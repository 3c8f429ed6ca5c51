"""Commands used wrongly: one sentence that says what to do, nothing half done, and never a traceback."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine
from teletype import Terminal

from tellfirst.settings import PROJECT

OPEN = ("incident", "open", "--playbook", "mobile_site_down")

IN_A_TOLD_CITY = {
    "no such incident to stop": (("stop", "999999", "--reason", "x"), "there is no incident 999999"),
    "no reason for a stop": (("stop", "--reason", " "), "say why you stop it"),
    "no such incident to let go": (("go", "INC-1999-0001"), "there is no incident INC-1999-0001"),
    "go for one and for all": (("go", "INC-2026-0001", "--all"), "nothing was lifted"),
    "no such carrier": (("carriers", "close", "nosuch", "--reason", "x"), "there is no carrier nosuch"),
    "a share above 100": (
        ("carriers", "set", "twilio", "--share", "500", "--reason", "x"),
        "a share is 0 to 100; nothing was changed",
    ),
    "a backup made yesterday": (("reconcile", "--since", "yesterday"), "'yesterday' is no time"),
    "a backup made in no zone": (("reconcile", "--since", "2026-11-22T03:00:00"), "has no zone"),
    "a backup still to be made": (("reconcile", "--since", "2030-01-01T00:00:00Z"), "is still to come"),
    "no such file": (("import", "customers", "missing.csv"), "missing.csv: there is no such file"),
    "no file": (("import", "customers"), "name a file or a folder of customers"),
    "no such customer": (("customer", "show", "nobody"), "there is no customer nobody"),
    "no such incident to explain": (("why", "C1", "INC-1999-0001"), "there is no incident INC-1999-0001"),
    "no such playbook": (
        ("incident", "open", "core:A", "--playbook", "nosuch"),
        "there is no playbook nosuch",
    ),
    "no such element": ((*OPEN, "site:NOSUCH"), "the network does not know site:NOSUCH"),
    "nothing that failed": (OPEN, "name at least one element that failed"),
    "half a circle": ((*OPEN, "--near", "1,2", "--place", "Here"), "'1,2' is no circle"),
    "a folder for an area": ((*OPEN, "--area", "/", "--place", "Here"), "cannot be read (Is a directory)"),
    "an area without a name": ((*OPEN, "--area-code", "5000*"), "say with --place"),
    "a folder for a scenario": (("demo", "--scenario", "/"), "cannot be read"),
    "a summary nobody can write": (("demo", "--json", "/proc/x/summary.json"), "/proc/x cannot be used"),
    "a proof nobody can write": (("prove", "--json", "/proc/x/proof.json"), "/proc/x cannot be used"),
}


@pytest.mark.parametrize("what", IN_A_TOLD_CITY)
def test_a_wrong_use_is_answered_by_what_to_do(terminal: Terminal, engine: Engine, what: str) -> None:
    words, expected = IN_A_TOLD_CITY[what]
    said = terminal(*words)
    assert said.status == 1
    assert said.err.startswith("tellfirst: ")
    assert expected in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("words", [("--schedules", "0"), ("--jobs", "0"), ("--enumerate", "--one-in", "0")])
def test_a_proof_of_nothing_is_no_proof(terminal: Terminal, words: tuple[str, ...]) -> None:
    said = terminal("prove", *words)
    assert said.status == 2
    assert "Must be >= 1" in said.out + said.err


@pytest.mark.parametrize(
    "address", ["nonsense", "postgresql://me:swordfish@127.0.0.1/x", "mysql://me:swordfish@127.0.0.1/x"]
)
def test_a_database_address_that_cannot_be_used_is_refused_and_not_repeated(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("TELLFIRST_DATABASE_URL", address)
    sentence = terminal("incident", "list").sentence
    assert sentence.startswith("TELLFIRST_DATABASE_URL is not the address of a database that can be used")
    assert "postgresql+psycopg://" in sentence
    assert "swordfish" not in sentence


def test_rejects_that_cannot_be_written_import_nothing(
    terminal: Terminal, engine: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("reference,zone\nNEW1,Asia/Nowhere\nNEW2,Asia/Kolkata\n")
    words = ("import", "customers", str(file), "--refuse-above", "90%")
    assert "/proc/x.csv cannot be used" in terminal(*words, "--rejects", "/proc/x.csv").sentence
    assert "there is no customer NEW2" in terminal("customer", "show", "NEW2").sentence


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the configuration, to be broken."""
    copy = tmp_path / "config"
    shutil.copytree(PROJECT / "config", copy)
    monkeypatch.setenv("TELLFIRST_CONFIG", str(copy))
    return copy


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b"channels: [\n", "channels.yaml:2: expected the node content"),
        (b"", "channels.yaml:1: holds no keys"),
        (b"carriers: []", "channels.yaml:1: unknown key `carriers`"),
        (b"\xff\xfe\x00", "channels.yaml:1: is not YAML"),
    ],
)
def test_broken_channels_are_named_with_file_and_line(
    terminal: Terminal, engine: Engine, config: Path, text: bytes, complaint: str
) -> None:
    (config / "channels.yaml").write_bytes(text)
    for said in (terminal("carriers"), terminal("check")):
        assert said.status == 1
        assert complaint in said.out + said.err


def test_a_folder_where_a_file_should_be_is_named(terminal: Terminal, engine: Engine, config: Path) -> None:
    (config / "channels.yaml").unlink()
    (config / "channels.yaml").mkdir()
    for said in (terminal("carriers"), terminal("check")):
        assert said.status == 1
        assert "channels.yaml: cannot be read: Is a directory" in said.out + said.err


def test_a_missing_file_of_the_configuration_is_named_without_a_line(
    terminal: Terminal, config: Path
) -> None:
    (config / "contacts" / "te.yaml").unlink()
    shutil.rmtree(config / "playbooks")
    assert terminal("check").out.splitlines() == [
        f"{config}/playbooks: there is no playbook in this folder (docs/playbooks.md shows how)",
        f"{config}/contacts/te.yaml: is missing (restore it from the repository)",
    ]
