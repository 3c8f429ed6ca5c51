"""The configuration file, and the process that reads it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tellfirst.simulator.carriers.app import CarriersApp
from tellfirst.simulator.carriers.config import ConfigError, read_config

COMMAND = [sys.executable, "-m", "tellfirst.simulator.carriers", "--config"]


def changed(path: Path, settings: dict[str, Any], change: dict[str, Any]) -> Path:
    path.write_text(json.dumps(settings | change))
    return path


def test_a_whole_configuration_is_read(config_file: Path, settings: dict[str, Any]) -> None:
    config = read_config(config_file)
    assert (config.conduct.seed, config.conduct.receipt_delay_seconds) == (7, (0.0, 0.02))
    assert config.twilio.sender == settings["twilio"]["sender"]


@pytest.mark.parametrize("key", ["port", "truth_log", "seed", "public_url", "twilio", "sendgrid"])
def test_a_missing_key_is_named(config_file: Path, settings: dict[str, Any], key: str) -> None:
    del settings[key]
    with pytest.raises(ConfigError, match=f"{key} is required"):
        read_config(changed(config_file, settings, {}))


@pytest.mark.parametrize(
    ("account", "key"), [("twilio", "auth_token"), ("twilio", "sender"), ("sendgrid", "private_key_pem")]
)
def test_a_missing_key_of_an_account_is_named(
    config_file: Path, settings: dict[str, Any], account: str, key: str
) -> None:
    del settings[account][key]
    with pytest.raises(ConfigError, match=rf"{account}\.{key} is required"):
        read_config(changed(config_file, settings, {}))


def test_an_unknown_key_is_named(config_file: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="sed is not a known field"):
        read_config(changed(config_file, settings, {"sed": 7}))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"port": "4299"}, "port is of the wrong type"),
        ({"receipt_delay_seconds": [0.3]}, "receipt_delay_seconds has too few"),
        ({"receipt_delay_seconds": [0.3, 0.1]}, "shortest wait must come first"),
    ],
)
def test_a_wrong_value_is_named(
    config_file: Path, settings: dict[str, Any], change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        read_config(changed(config_file, settings, change))


def test_a_secret_never_stands_in_the_sentence(config_file: Path, settings: dict[str, Any]) -> None:
    settings["sendgrid"]["api_key"] = "hunter2hunter2"
    with pytest.raises(ConfigError) as refused:
        read_config(changed(config_file, settings, {}))
    assert "hunter2" not in str(refused.value)


def test_a_file_that_is_not_there_or_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.json cannot be read"):
        read_config(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ConfigError, match=r"bad\.json is not JSON"):
        read_config(tmp_path / "bad.json")


def test_only_a_p_256_key_signs(config_file: Path, settings: dict[str, Any]) -> None:
    other = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for pem, sentence in (
        (other.decode(), "not a P-256 key"),
        ("nonsense", "not an unencrypted private key"),
    ):
        settings["sendgrid"]["private_key_pem"] = pem
        with pytest.raises(ValueError, match=sentence):
            CarriersApp(read_config(changed(config_file, settings, {})))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_where_it_listens_and_stops_cleanly(config_file: Path, number: int) -> None:
    with subprocess.Popen(
        [*COMMAND, str(config_file), "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line.startswith("carriers ready on http://127.0.0.1:")
        assert requests.get(f"{line.split(' on ')[1]}/truth/counts", timeout=5).status_code == 200
        os.kill(process.pid, number)
        assert process.wait(5) == 0


def test_a_process_that_cannot_run_says_why(tmp_path: Path) -> None:
    run = subprocess.run([*COMMAND, str(tmp_path / "none.json")], capture_output=True, text=True, timeout=10)
    assert run.returncode == 2
    assert "cannot be read" in run.stderr
    assert "Traceback" not in run.stderr
