"""The copy of a playbook that an incident keeps from the moment it opens."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Label, Text, cast

from tellfirst.domain.playbook import Playbook
from tellfirst.store.tables import incident

_ADAPTER = TypeAdapter(Playbook)


def to_json(book: Playbook) -> dict[str, Any]:
    """Plain values; spans as ISO 8601 durations."""
    values: dict[str, Any] = _ADAPTER.dump_python(book, mode="json")
    return values


def from_json(values: dict[str, Any]) -> Playbook:
    return _ADAPTER.validate_python(values)


def as_text() -> Label[str]:
    """The column `playbook` of an incident, as `from_text` reads it."""
    return cast(incident.c.playbook, Text).label("playbook")


@lru_cache(maxsize=256)
def from_text(kept: str | None) -> Playbook | None:
    """The copy as it stands in the database; None before there is one. A step looks at the same one many times."""
    return _ADAPTER.validate_json(kept) if kept and kept != "null" else None


def at_severity(book: Playbook | None, severity: str) -> Playbook | None:
    """With the severity that its incident has by now."""
    return replace(book, severity=severity) if book and book.severity != severity else book
