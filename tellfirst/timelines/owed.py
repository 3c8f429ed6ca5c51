"""What is owed, as a person reads it: each deadline, how it stands, and which of several binds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from tellfirst.domain.deadline import DeadlineName, DeadlineState, Hearer
from tellfirst.domain.policy import Owed, earliest
from tellfirst.store import tables as t


def owed(connection: Connection, now: datetime, incident_id: int | None = None) -> list[dict[str, Any]]:
    """The deadlines of one incident; without one, what is open or was missed and not made up for, everywhere.

    The earliest due first. `binds` marks the one that comes first of those for the same thing and hearer.
    """
    d, i = t.deadline.c, t.incident.c
    asked = select(t.deadline, i.reference).join(t.incident, i.id == d.incident_id)
    if incident_id is not None:
        asked = asked.where(d.incident_id == incident_id)
    else:
        late = (d.state == DeadlineState.MISSED) & d.settled_at.is_(None)
        asked = asked.where((d.state == DeadlineState.OPEN) | late)
    rows = connection.execute(asked.order_by(d.due_at, d.id)).all()
    binding = _binding(rows)
    return [
        {
            "incident": row.reference,
            "owed": row.name if not row.subject else f"{row.name} to contact {row.subject}",
            "to": row.audience,
            "by pack": row.pack,
            "from": row.anchor,
            "due": row.due_at,
            "binds": "yes" if row.id in binding else "",
            "state": row.state,
            "why": row.reason or _left(row.due_at, now),
            "late by": _minutes(row.late_by_seconds),
        }
        for row in rows
    ]


def _binding(rows: Sequence[Row[Any]]) -> set[int]:
    by_incident: dict[int, dict[Owed, int]] = {}
    for row in rows:
        if row.state == DeadlineState.OPEN:
            one = Owed(
                row.pack,
                DeadlineName(row.name),
                Hearer(row.audience),
                row.subject,
                row.number,
                row.due_at,
            )
            by_incident.setdefault(row.incident_id, {})[one] = row.id
    return {open_[one] for open_ in by_incident.values() for one in earliest(open_)}


def _left(due_at: datetime, now: datetime) -> str:
    minutes = int((due_at - now).total_seconds() // 60)
    return f"{minutes:,} min left" if minutes >= 0 else "due"


def _minutes(seconds: int | None) -> str:
    return f"{seconds / 60:,.0f} min" if seconds else ""
