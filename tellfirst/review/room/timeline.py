"""The log of an incident as it is read: the newest entry first, a page at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from tellfirst.store import tables as t

PAGE = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision with its named reason. `details` are counts, times and closed words."""

    id: int
    at: datetime
    topic: str
    reason: str
    actor: str
    details: dict[str, Any]

    @property
    def said(self) -> str:
        """The details on one line; what is empty is left out."""
        shown = {name: value for name, value in self.details.items() if value not in (None, "", [], {})}
        return ", ".join(f"{name.replace('_', ' ')} {_plain(value)}" for name, value in shown.items())


def timeline(
    connection: Connection, incident_id: int, before: int | None = None, limit: int = PAGE
) -> list[Entry]:
    """`before` is the id of the last entry of a former page."""
    e = t.incident_entry.c
    asked = select(e.id, e.at, e.topic, e.reason, e.actor, e.details).where(e.incident_id == incident_id)
    if before is not None:
        asked = asked.where(e.id < before)
    return [Entry(*row) for row in connection.execute(asked.order_by(e.id.desc()).limit(limit))]


def _plain(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 200 else text[:199] + "…"
