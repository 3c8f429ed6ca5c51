"""How the webhook bodies of a monitor are read that has no parser of its own: a file of paths in config/bodies/.

A path is names and numbers with dots between, `*` for each one of a list, and `:json` behind a name whose text is
JSON itself. `=word` is no path but that word. Of several alternatives the first that is there counts.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from tellfirst.domain.errors import Refused
from tellfirst.domain.signal import Signal, SignalState
from tellfirst.strict_yaml import StrictModel, read

ALERT_LIMIT = 10_000
LABEL_LIMIT = 2_000
"""Characters."""
_LAST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


class When(StrictModel):
    """When an alert began: at a path, or when it was received, for a monitor that does not say."""

    at: str = ""
    form: Literal["iso", "unix", "received"] = "iso"
    zone: str = ""
    """The zone of times that are written without one; such times are refused where this is left out."""

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        if zone:
            try:
                ZoneInfo(zone)
            except (KeyError, ValueError, OSError):
                raise ValueError("write a zone like Asia/Kolkata or UTC") from None
        return zone


class States(StrictModel):
    """Words that say neither are passed over: a priority that changed says nothing of service."""

    at: str
    firing: tuple[str, ...] = Field(min_length=1)
    resolved: tuple[str, ...] = Field(min_length=1)


class Pairs(StrictModel):
    """Labels that stand as a list of objects, each with a name and a value."""

    at: str
    name: str = "name"
    value: str = "value"


class ToDo(StrictModel):
    """A body that asks for something a person has to do, like confirming a subscription; nothing is followed."""

    at: str
    words: tuple[str, ...] = Field(min_length=1)
    say: str


class BodyMap(StrictModel):
    alerts_at: tuple[str, ...] = ("",)
    fingerprint: tuple[str, ...] = Field(min_length=1)
    starts_at: When
    state: States
    labels: dict[str, str] = Field(default_factory=dict)
    labels_at: tuple[str, ...] = ()
    """Objects whose members are all labels."""
    pairs: tuple[Pairs, ...] = ()
    to_do: tuple[ToDo, ...] = ()


def load_bodies(folder: Path) -> dict[str, BodyMap]:
    """Every mapping by the name of its file. Raises SetupError."""
    return {path.stem: read(path, BodyMap) for path in sorted(folder.glob("*.yaml"))}


def asks_for(tree: Any, known: BodyMap) -> str | None:
    """What a person has to do because of this body; None when nothing."""
    for one in known.to_do:
        if any(value in one.words for value in _find(tree, one.at)):
            return one.say
    return None


def decode(body: bytes) -> Any:
    """The body as JSON. Raises Refused."""
    try:
        return json.loads(body.decode())
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise Refused("wrong_shape", "the body is no JSON that can be read", 422) from None


def map_body(tree: Any, known: BodyMap, source: str, now: datetime) -> list[Signal]:
    """The signals of a body. Raises Refused, which names what is missing, and takes nothing."""
    found = next((alerts for path in known.alerts_at if (alerts := list(_find(tree, path)))), [])
    if not found:
        raise _refused(f"nothing stands at {' or '.join(path or 'its top' for path in known.alerts_at)}")
    if len(found) > ALERT_LIMIT:
        raise _refused(f"more than {ALERT_LIMIT} alerts")
    signals = (_signal(alert, known, source, now) for alert in found)
    return [one for one in signals if one is not None]


def _signal(alert: Any, known: BodyMap, source: str, now: datetime) -> Signal | None:
    word = _word(next(_find(alert, known.state.at), None))
    if word is None:
        raise _refused(f"{known.state.at} is missing")
    if word not in {*known.state.firing, *known.state.resolved}:
        return None
    parts = [_word(next(_find(alert, path), None)) for path in known.fingerprint]
    if any(not part for part in parts):
        raise _refused(f"one of {', '.join(known.fingerprint)} is missing")
    whole = "|".join(part for part in parts if part)
    return Signal(
        source=source,
        fingerprint=whole if len(whole) <= 64 else sha256(whole.encode()).hexdigest(),
        starts_at=_moment(alert, known.starts_at, now),
        state=SignalState.FIRING if word in known.state.firing else SignalState.RESOLVED,
        ends_at=None,
        labels=_labels(alert, known),
    )


def _moment(alert: Any, when: When, now: datetime) -> datetime:
    if when.form == "received":
        return now
    value = next(_find(alert, when.at), None)
    try:
        if when.form == "unix":
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LAST:
                raise ValueError
            return datetime.fromtimestamp(value, UTC)
        if not isinstance(value, str) or "T" not in value.replace(" ", "T"):
            raise ValueError
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            if not when.zone:
                raise _refused(f"{when.at} has no zone; name it in the mapping, or have it sent with one")
            moment = moment.replace(tzinfo=ZoneInfo(when.zone))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refused(f"{when.at} is no time that can be read") from None


def _labels(alert: Any, known: BodyMap) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in known.labels_at:
        for inner in _find(alert, path):
            if isinstance(inner, dict):
                found |= {name: word for name, value in inner.items() if (word := _word(value)) is not None}
    for pairs in known.pairs:
        for inner in _find(alert, pairs.at):
            for one in inner if isinstance(inner, list) else []:
                if isinstance(one, dict):
                    name, value = _word(one.get(pairs.name)), _word(one.get(pairs.value))
                    if name and value is not None:
                        found[name] = value
    for name, path in known.labels.items():
        value = path[1:] if path.startswith("=") else _word(next(_find(alert, path), None))
        if value is not None:
            found[name] = value
    if any(len(text) > LABEL_LIMIT or "\x00" in text for pair in found.items() for text in pair):
        raise _refused("a label is too long, or holds a sign no database can keep")
    return found


def _find(tree: Any, path: str) -> Iterator[Any]:
    """Everything at `path`; nothing where it leads nowhere."""
    if not path:
        yield tree
        return
    step, _, rest = path.partition(".")
    name, _, form = step.partition(":")
    if name == "*":
        inner = tree if isinstance(tree, list) else []
    elif isinstance(tree, dict):
        inner = [tree[name]] if name in tree else []
    elif isinstance(tree, list) and name.isdigit() and int(name) < len(tree):
        inner = [tree[int(name)]]
    else:
        inner = []
    for one in inner:
        if form == "json":
            try:
                one = json.loads(one) if isinstance(one, str) else None
            except (ValueError, RecursionError):
                continue
        yield from _find(one, rest)


def _word(value: Any) -> str | None:
    """As text, for what is plain; surrogates that no database can keep are none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _refused("a text holds half a sign") from None
    return value


def _refused(what: str) -> Refused:
    return Refused("wrong_shape", f"not a body that this source's mapping describes: {what}", 422)
