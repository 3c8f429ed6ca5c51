"""What may be said about a carrier is read off its own settings, secrets as names of variables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError

from tellfirst.carriers.kinds import Ground, Kind
from tellfirst.domain.errors import SetupError
from tellfirst.domain.occasion import Channel


class Security(StrEnum):
    TLS = "tls"
    NONE = "none"


class Template(NamedTuple):
    sid: str
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relay:
    host: str
    security: Security = Security.TLS
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PigeonSettings:
    relay: Relay
    key: str = field(repr=False)
    public_url: str
    channel: Channel
    sender_name: str = ""
    spare: Relay | None = None
    templates: Mapping[tuple[str, str], tuple[Template, ...]] = field(default_factory=dict)


KIND = Kind(frozenset({Channel.SMS}), PigeonSettings, lambda settings: settings)
GROUND = Ground(lambda name: {"TELLFIRST_KEY": "the key"}.get(name, ""), "https://notices.example", "Asha")


def made(said: Mapping[str, Any], ground: Ground = GROUND) -> Any:
    return KIND.carrier(KIND.keys.model_validate(said), Channel.SMS, ground)


SAID = {"relay": {"host": "relay.example"}, "key": "TELLFIRST_KEY"}


def test_the_house_gives_what_it_knows_and_variables_hold_the_secrets() -> None:
    assert made(SAID) == PigeonSettings(
        Relay("relay.example"), "the key", "https://notices.example", Channel.SMS, sender_name="Asha"
    )


def test_what_is_said_goes_before_what_the_house_knows_and_before_defaults() -> None:
    spare = {"host": "spare.example", "security": "none", "password": "TELLFIRST_KEY"}
    found = made({**SAID, "sender_name": "Rao", "spare": spare})
    assert (found.sender_name, found.spare) == ("Rao", Relay("spare.example", Security.NONE, "the key"))


def test_a_key_of_several_parts_is_written_with_points() -> None:
    templates = {"first_word.en": [{"sid": "HX1", "variables": ["reference"]}]}
    assert made({**SAID, "templates": templates}).templates == {
        ("first_word", "en"): (Template("HX1", ("reference",)),)
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "s3cr3t"},
        {"relay": {"host": "relay.example", "password": "s3cr3t"}},
        {"relay": {"host": "relay.example", "pasword": "TELLFIRST_KEY"}},
        {"relay": {"host": "relay.example", "security": "maybe"}},
        {"public_url": "https://elsewhere.example"},
        {"channel": "email"},
        {"templates": {"first_word": []}},
    ],
)
def test_anything_else_is_refused(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        made({**SAID, **wrong})
    assert "s3cr3t" not in str([one["msg"] for one in refused.value.errors()])


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(SetupError, match="TELLFIRST_OTHER is not set"):
        made({**SAID, "key": "TELLFIRST_OTHER"})
