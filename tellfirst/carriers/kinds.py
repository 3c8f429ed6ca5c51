"""A kind of carrier: which channels it serves, and how one is made of what config/channels.yaml says about it.

What may be said is read off the carrier's own settings: each field is a key of the same name, a field that is kept out
of `repr` is a secret and is given as the name of the variable that holds it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BeforeValidator, create_model

from tellfirst.carriers.port import Carrier
from tellfirst.domain.errors import SetupError
from tellfirst.domain.occasion import Channel
from tellfirst.strict_yaml import StrictModel

_VARIABLE = re.compile(r"^TELLFIRST_[A-Z0-9_]+$")


def _name_of_a_variable(value: Any) -> str:
    # Whatever was written here instead may be the secret itself: it is not repeated.
    if not isinstance(value, str) or not _VARIABLE.match(value):
        raise ValueError(
            "is a secret: write the name of the variable that holds it, like TELLFIRST_SECOND_TOKEN, never its value"
        )
    return value


Secret = Annotated[str, BeforeValidator(_name_of_a_variable)]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a carrier is made on beside its own settings."""

    variable: Callable[[str], str]
    """What a variable holds; empty when it is not set."""
    public_url: str
    company: str

    def secret(self, name: str) -> str:
        """Raises SetupError for a variable that is not set."""
        if value := self.variable(name):
            return value
        raise SetupError(
            f"{name} is not set; it must hold the secret that config/channels.yaml expects there"
        )


@dataclass(frozen=True)
class Kind:
    """Its settings are a dataclass that raises SetupError for what cannot work."""

    channels: frozenset[Channel]
    settings: type[Any]
    make: Callable[[Any], Carrier]

    @property
    def keys(self) -> type[StrictModel]:
        """What may and must stand under `settings`."""
        return _keys_of(self.settings)

    def carrier(self, keys: StrictModel, channel: Channel, ground: Ground) -> Carrier:
        """A new one. Raises SetupError."""
        house = {"public_url": ground.public_url, "sender_name": ground.company, "channel": channel}
        return self.make(_filled(self.settings, keys, house, ground))


HOUSE = frozenset({"public_url", "channel"})
"""Fields that the house knows; `sender_name` it knows too, but it may be said otherwise."""


def _keys_of(settings: type[Any]) -> type[StrictModel]:
    hints = get_type_hints(settings)
    found: dict[str, Any] = {}
    for one in fields(settings):
        if one.name in HOUSE:
            continue
        inner = _dataclass_in(hints[one.name])
        kind: Any = Secret if _is_secret(one, hints) else _in_yaml(hints[one.name])
        if inner:
            kind = _keys_of(inner) if inner is hints[one.name] else _keys_of(inner) | None
        found[one.name] = (kind, _default(one))
    return create_model(settings.__name__, __base__=StrictModel, **found)


def _filled(settings: type[Any], keys: Any, house: Mapping[str, Any], ground: Ground) -> Any:
    hints = get_type_hints(settings)
    values: dict[str, Any] = {}
    for one in fields(settings):
        if one.name in house and one.name not in keys.model_fields_set:
            values[one.name] = house[one.name]
            continue
        given = getattr(keys, one.name)
        inner = _dataclass_in(hints[one.name])
        if inner and given is not None:
            given = _filled(inner, given, house, ground)
        elif given and _is_secret(one, hints):
            given = ground.secret(given)
        values[one.name] = given
    return settings(**values)


def _in_yaml(hint: Any) -> Any:
    """A key of several parts is written with points between them: `first_word.en`."""
    if get_origin(hint) is not Mapping or get_origin(get_args(hint)[0]) is not tuple:
        return hint
    key, value = get_args(hint)
    return dict[Annotated[key, BeforeValidator(_parts)], value]  # type: ignore[valid-type]  # made at run time, for pydantic


def _parts(key: Any) -> Any:
    return tuple(key.split(".")) if isinstance(key, str) else key


def _is_secret(one: Field[Any], hints: Mapping[str, Any]) -> bool:
    return not one.repr and hints[one.name] is str


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else ...


def _dataclass_in(hint: Any) -> type[Any] | None:
    """The dataclass a field holds, or may hold."""
    choices = [one for one in get_args(hint) if one is not NoneType] or [hint]
    return choices[0] if len(choices) == 1 and is_dataclass(choices[0]) else None  # type: ignore[return-value]  # is_dataclass holds for instances too
