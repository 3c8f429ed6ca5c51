"""Settings and the command line as a whole."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine
from teletype import Terminal

from tellfirst.settings import PROJECT

CARRIERS = {
    "TELLFIRST_TWILIO_ACCOUNT_SID",
    "TELLFIRST_TWILIO_AUTH_TOKEN",
    "TELLFIRST_TWILIO_SENDER",
    "TELLFIRST_SENDGRID_API_KEY",
    "TELLFIRST_SENDGRID_SENDER",
    "TELLFIRST_SENDGRID_RECEIPT_KEY",
}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TELLFIRST_WEB_PORT", "eighty"),
        ("TELLFIRST_CLOCK", "sundial"),
        ("TELLFIRST_WORKER_LIMIT", "1.5"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert f"{variable}: Input should be" in terminal("incident", "list").sentence


def test_all_wrong_settings_are_named_at_once(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLFIRST_WEB_PORT", "eighty")
    monkeypatch.setenv("TELLFIRST_CLOCK", "sundial")
    sentence = terminal("doctor").sentence
    assert "TELLFIRST_WEB_PORT" in sentence
    assert "TELLFIRST_CLOCK" in sentence


def test_a_secret_in_a_wrong_environment_is_not_repeated(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLFIRST_TWILIO_AUTH_TOKEN", "swordfish")
    monkeypatch.setenv("TELLFIRST_WEB_PORT", "swordfish")
    assert "swordfish" not in terminal("doctor").sentence


REAL_CARRIERS = {
    "twilio_account_sid": "AC" + "a" * 32,
    "twilio_auth_token": "b" * 32,
    "twilio_sender": "+14155550100",
    "sendgrid_api_key": "SG.key",
    "sendgrid_sender": "service@example.com",
    "sendgrid_receipt_key": "key",
}


def test_a_city_of_ones_own_goes_into_an_empty_installation_only(terminal: Terminal, home: Path) -> None:
    assert terminal("city", "--customers", "600").out.startswith("a city of 600 customers")
    assert (home / "tellfirst.db").stat().st_mode & 0o077 == 0
    assert "already holds 600 rows in customer" in terminal("city", "--customers", "600").sentence


def test_a_made_up_city_is_never_texted_for_real(
    terminal: Terminal, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in CARRIERS:
        monkeypatch.setenv(name, "MG" + "a" * 32)
    assert "real carriers are configured" in terminal("city").sentence
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("missing", sorted(CARRIERS))
def test_half_configured_carriers_are_refused_with_what_is_missing(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in CARRIERS - {missing}:
        monkeypatch.setenv(name, "swordfish")
    sentence = terminal("city").sentence
    assert f"half configured; set {missing} too" in sentence
    assert "swordfish" not in sentence


def test_a_database_can_be_brought_to_the_current_version_by_itself(terminal: Terminal, home: Path) -> None:
    assert terminal("migrate").status == terminal("migrate").status == 0
    assert (home / "tellfirst.db").stat().st_mode & 0o077 == 0
    assert terminal("incident", "list", "--json").json == []


def test_help_names_every_command(terminal: Terminal) -> None:
    said = terminal("--help")
    assert said.status == 0
    for command in ("up", "demo", "check", "doctor", "incident", "customer"):
        assert f" {command} " in said.out


def test_the_command_itself_ends_with_one_sentence_on_the_other_stream(engine: Engine) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tellfirst", "incident", "show", "INC-1999-0001"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "tellfirst: there is no incident INC-1999-0001; `tellfirst incident list` shows them\n"
    )
