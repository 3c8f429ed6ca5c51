"""A fresh simulator and receiver for each test."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from carriers_under_test import (
    ACCOUNT_SID,
    API_KEY,
    AUTH_TOKEN,
    RETRY_AFTER_SECONDS,
    SENDER,
    Carriers,
    LoopThread,
    Receiver,
)
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tellfirst.simulator.carriers.app import CarriersApp
from tellfirst.simulator.carriers.config import read_config


@pytest.fixture(scope="session")
def loop_thread() -> Iterator[LoopThread]:
    thread = LoopThread()
    yield thread
    thread.stop()


@pytest.fixture(scope="session")
def signing_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="session")
def verification_key(signing_key: ec.EllipticCurvePrivateKey) -> str:
    """The public key as SendGrid shows it."""
    der = signing_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


@pytest.fixture
def receiver(loop_thread: LoopThread) -> Iterator[Receiver]:
    receiver = Receiver()
    runner, receiver.url = loop_thread.serve(receiver.app)
    yield receiver
    loop_thread.run(runner.cleanup())


@pytest.fixture
def settings(tmp_path: Path, signing_key: ec.EllipticCurvePrivateKey, receiver: Receiver) -> dict[str, Any]:
    pem = signing_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return {
        "port": 0,
        "truth_log": str(tmp_path / "truth.jsonl"),
        "seed": 7,
        "public_url": "http://127.0.0.1:4299",
        "twilio": {
            "account_sid": ACCOUNT_SID,
            "auth_token": AUTH_TOKEN,
            "sender": SENDER,
            "inbound_url": f"{receiver.url}/contacts/twilio/sms",
        },
        "sendgrid": {
            "api_key": API_KEY,
            "private_key_pem": pem.decode(),
            "receipt_url": f"{receiver.url}/receipts/sendgrid",
        },
        "receipt_delay_seconds": [0.0, 0.02],
    }


@pytest.fixture
def config_file(tmp_path: Path, settings: dict[str, Any]) -> Path:
    path = tmp_path / "carriers.json"
    path.write_text(json.dumps(settings))
    return path


@pytest.fixture
def start(loop_thread: LoopThread, config_file: Path) -> Iterator[Callable[[], Carriers]]:
    """Starts the carriers; again for another start on the same truth log."""
    endings: list[Callable[[], None]] = []

    def stop(end: Callable[[], None]) -> None:
        endings.remove(end)
        end()

    def start() -> Carriers:
        config = read_config(config_file)
        end, url = loop_thread.run_carriers(CarriersApp(config, RETRY_AFTER_SECONDS))
        endings.append(end)
        return Carriers(url, config.truth_log, lambda: stop(end))

    yield start
    for end in list(endings):
        stop(end)


@pytest.fixture
def carriers(start: Callable[[], Carriers]) -> Carriers:
    return start()
