"""The copy of a playbook that an incident keeps from the moment it opens."""

from typing import Any

from pydantic import TypeAdapter

from tellfirst.domain.playbook import Playbook

_ADAPTER = TypeAdapter(Playbook)


def to_json(book: Playbook) -> dict[str, Any]:
    """Plain values; spans as ISO 8601 durations."""
    values: dict[str, Any] = _ADAPTER.dump_python(book, mode="json")
    return values


def from_json(values: dict[str, Any]) -> Playbook:
    return _ADAPTER.validate_python(values)
