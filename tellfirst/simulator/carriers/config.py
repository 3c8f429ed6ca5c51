"""The one configuration file of the simulated carriers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tellfirst.simulator.carriers.faults.plan import NO_FAULTS, FaultPlan, PlanError, read_plan
from tellfirst.simulator.carriers.lies import Lie
from tellfirst.simulator.carriers.schema import Schema
from tellfirst.simulator.carriers.truth.entries import Channel

_SCHEMA = Schema(__package__, "config")


class ConfigError(ValueError):
    """The configuration cannot be used; the text is a sentence that names the file and the key."""


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """A Twilio account: its secrets, the number it owns, and where texts from customers are posted.

    `whatsapp_templates` are the approved templates by content SID; without any, every well-formed SID passes.
    """

    account_sid: str
    auth_token: str
    sender: str
    inbound_url: str = ""
    voice_url: str = ""
    """Where a call from a customer asks what to say."""
    whatsapp_templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SendGridAccount:
    """A SendGrid account: its key, the key that signs receipts, and where receipts are posted.

    `email_activity` is the paid add-on by which mails can be looked up; `asm_groups` are the unsubscribe
    groups it has, without any every group passes.
    """

    api_key: str
    private_key_pem: str
    receipt_url: str
    email_activity: bool = False
    asm_groups: tuple[int, ...] = ()
    inbound_url: str = ""
    """Where mails from customers are posted, signed by the same key."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """How the carriers behave towards one account: what they permit, what goes wrong, how they lie."""

    seed: int
    receipt_delay_seconds: tuple[float, float]
    """The shortest and the longest wait before each receipt."""
    permitted_per_second: Mapping[Channel, float] = field(default_factory=dict)
    faults: FaultPlan = NO_FAULTS
    lies: Lie | None = None
    lies_every: int = 1


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the carriers are told."""

    port: int
    truth_log: Path
    public_url: str
    twilio: TwilioAccount
    sendgrid: SendGridAccount
    conduct: Conduct


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
    if flaw := _SCHEMA.flaw(document):
        raise ConfigError(f"In the carriers' configuration {path}: {flaw.sentence}")
    return Config(
        port=document["port"],
        truth_log=Path(document["truth_log"]),
        public_url=document["public_url"],
        twilio=TwilioAccount(**document["twilio"]),
        sendgrid=read_sendgrid(document["sendgrid"]),
        conduct=read_conduct(document),
    )


def read_sendgrid(document: dict[str, Any]) -> SendGridAccount:
    """The account of a checked document."""
    return SendGridAccount(**document | {"asm_groups": tuple(document.get("asm_groups", ()))})


def read_conduct(document: dict[str, Any]) -> Conduct:
    """The conduct of a checked document; raises ConfigError for waits or faults that cannot be."""
    shortest, longest = document["receipt_delay_seconds"]
    if shortest > longest:
        raise ConfigError("In receipt_delay_seconds the shortest wait must come first.")
    try:
        plan = (
            read_plan({"seed": document["seed"]} | document["faults"]) if "faults" in document else NO_FAULTS
        )
    except PlanError as error:
        raise ConfigError(str(error)) from error
    permitted = document.get("permitted_per_second", {})
    return Conduct(
        seed=document["seed"],
        receipt_delay_seconds=(shortest, longest),
        permitted_per_second={Channel(channel): rate for channel, rate in permitted.items()},
        faults=plan,
        lies=Lie(document["lies"]) if "lies" in document else None,
        lies_every=document.get("lies_every", 1),
    )
