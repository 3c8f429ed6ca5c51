"""deploy/ names no command, option, module or setting that does not exist, and what it starts can do no harm."""

import importlib.util
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from prefect.settings import Settings as PrefectSettings
from prefect.settings.legacy import _get_settings_fields
from ruamel.yaml import YAML
from sources import PROJECT

from tellfirst.installation import POOL
from tellfirst.settings import Settings

DEPLOY = PROJECT / "deploy"
COMPOSE: dict[str, Any] = YAML(typ="safe").load(DEPLOY / "compose.yaml")
SERVICES: dict[str, Any] = COMPOSE["services"]
UNITS = sorted(DEPLOY.glob("*.service"))
OURS = {f"TELLFIRST_{name.upper()}" for name in Settings.model_fields} | {"TELLFIRST_PROJECT"}
HARDENED = {
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "CapabilityBoundingSet=",
    "UMask=0077",
    "User=tellfirst",
}


def _lines(unit: Path) -> list[str]:
    return [line for line in unit.read_text().splitlines() if line and not line.startswith(("#", ";"))]


def _commands() -> dict[str, list[str]]:
    """Every command of ours that is started anywhere, by where it stands."""
    found = {
        f"compose: {name}": [str(word) for word in service["command"]]
        for name, service in SERVICES.items()
        if "command" in service
    }
    for unit in UNITS:
        [start] = [line for line in _lines(unit) if line.startswith("ExecStart=")]
        program, *words = shlex.split(start.removeprefix("ExecStart="))
        found[unit.name] = [Path(program).name, *words]
    return found


COMMANDS = _commands()


@cache
def _usage(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words, "--help"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("place", COMMANDS, ids=str)
def test_every_command_exists_with_its_options(place: str) -> None:
    program, *words = COMMANDS[place]
    if program == "python":
        assert words[0] == "-m"
        assert importlib.util.find_spec(words[1]) is not None
        return
    options = [word for word in words if word.startswith("--") and word != "--no-prompt"]
    plain = [word for word in words if not word.startswith("-")]
    path = plain[:1] if program == "tellfirst" or plain[0] == "deploy" else plain[:2]
    usage = _usage(program, *path)
    assert [option for option in options if option not in usage] == []


def test_the_pool_is_the_one_the_flows_are_deployed_to() -> None:
    named = [words[words.index("--pool") + 1] for words in COMMANDS.values() if "--pool" in words]
    created = [words[words.index("create") + 1] for words in COMMANDS.values() if "create" in words]
    assert set(named + created) == {POOL}


def test_no_worker_has_a_limit_of_its_own_and_none_a_name_that_others_have() -> None:
    workers = [words for words in COMMANDS.values() if words[:2] == ["tellfirst", "worker"]]
    assert len(workers) == 2
    assert not any("--limit" in words for words in workers)
    assert "container_name" not in SERVICES["worker"]
    assert "--name" not in SERVICES["worker"]["command"]


def _settings() -> set[str]:
    text = (DEPLOY / "compose.yaml").read_text() + (DEPLOY / "tellfirst.env").read_text()
    return set(re.findall(r"\b((?:TELLFIRST|PREFECT)_[A-Z_]+[A-Z])\b", text))


def test_every_setting_exists() -> None:
    prefects = {name for name in _get_settings_fields(PrefectSettings) if name.isupper()}
    assert {name for name in _settings() if name.startswith("TELLFIRST")} <= OURS
    assert {name for name in _settings() if name.startswith("PREFECT")} <= prefects


def test_both_ways_of_deploying_set_the_same() -> None:
    env = (DEPLOY / "tellfirst.env").read_text()
    given = {line.partition("=")[0] for line in env.splitlines() if line and not line.startswith("#")}
    compose = set(COMPOSE["x-tellfirst"]["environment"])
    assert compose - given == set()
    assert given - compose == {"PREFECT_HOME", "PREFECT_SERVER_DATABASE_CONNECTION_URL"}


def test_nothing_of_it_is_open_to_the_network_and_no_secret_stands_in_it() -> None:
    for service in SERVICES.values():
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", ()))
    text = (DEPLOY / "compose.yaml").read_text()
    for name in ("POSTGRES_PASSWORD", "TELLFIRST_TWILIO_AUTH_TOKEN", "TELLFIRST_SENDGRID_API_KEY"):
        assert re.search(rf"{name}: \$\{{{name}", text)


def test_whatever_a_service_waits_for_is_there() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", ())) <= set(SERVICES), name


@pytest.mark.parametrize("unit", UNITS, ids=lambda one: str(one.name))
def test_every_unit_is_hardened_and_reads_the_settings(unit: Path) -> None:
    lines = _lines(unit)
    assert set(lines) >= HARDENED
    assert "EnvironmentFile=/etc/tellfirst/tellfirst.env" in lines
    assert [line for line in lines if "=" not in line] == [
        "[Unit]",
        "[Service]",
        *(["[Install]"] if "WantedBy=multi-user.target" in lines else []),
    ]


def test_whatever_a_unit_requires_is_there() -> None:
    names = {unit.name for unit in UNITS}
    for unit in UNITS:
        for line in _lines(unit):
            if line.startswith("Requires="):
                assert set(line.removeprefix("Requires=").split()) <= names
