"""The one configuration file of the simulated carriers."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tellfirst.simulator.carriers.schema import Schema


class ConfigError(ValueError):
    """The configuration cannot be used; the text is a sentence that names the file and the key."""


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """The one Twilio account: its secrets, the number it owns, and where texts from customers are posted."""

    account_sid: str
    auth_token: str
    sender: str
    inbound_url: str


@dataclass(frozen=True, slots=True)
class SendGridAccount:
    """The one SendGrid account: its key, the key that signs receipts, and where receipts are posted."""

    api_key: str
    private_key_pem: str
    receipt_url: str


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the carriers are told; a receipt waits between the two `receipt_delay_seconds`."""

    port: int
    truth_log: Path
    seed: int
    public_url: str
    twilio: TwilioAccount
    sendgrid: SendGridAccount
    receipt_delay_seconds: tuple[float, float]


def read_config(path: Path) -> Config:
    """Read `path`; raises ConfigError when it cannot be read or has an unknown, missing or wrong key."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"The carriers' configuration {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ConfigError(
            f"The carriers' configuration {path} is not JSON: {type(error).__name__}."
        ) from error
    if fault := Schema("config").fault(document):
        raise ConfigError(f"In the carriers' configuration {path}: {fault.sentence}")
    return _config(document)


def _config(document: dict[str, Any]) -> Config:
    shortest, longest = document["receipt_delay_seconds"]
    if shortest > longest:
        raise ConfigError("In receipt_delay_seconds the shortest wait must come first.")
    return Config(
        port=document["port"],
        truth_log=Path(document["truth_log"]),
        seed=document["seed"],
        public_url=document["public_url"],
        twilio=TwilioAccount(**document["twilio"]),
        sendgrid=SendGridAccount(**document["sendgrid"]),
        receipt_delay_seconds=(shortest, longest),
    )
