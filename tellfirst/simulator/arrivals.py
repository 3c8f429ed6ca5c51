"""The contacts of a scenario in its timetable: what came in through which door, and what became of it."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from tellfirst.store import tables as t

Row = dict[str, Any]


def arrivals(connection: Connection) -> list[tuple[datetime, Row]]:
    """One row for what came in at the same moment, through the same door, and was answered alike; oldest first."""
    c, i, p = t.contact.c, t.incident.c, t.customer.c
    rows = connection.execute(
        select(c.received_at, c.channel, c.answer_kind, c.answered_at, i.place, p.language)
        .outerjoin(t.incident, i.id == c.incident_id)
        .outerjoin(t.customer, p.id == c.customer_id)
        .order_by(c.received_at, c.id)
    ).all()
    alike: dict[tuple[datetime, str, str, str], list[Any]] = {}
    for row in rows:
        key = (row.received_at, row.place or "", row.channel, row.answer_kind or "kept")
        alike.setdefault(key, []).append(row)
    return [(key[0], _row(*key, some)) for key, some in alike.items()]


def _row(at: datetime, place: str, door: str, answer: str, some: list[Any]) -> Row:
    languages = Counter(one.language for one in some if one.language)
    answered = sum(one.answered_at is not None for one in some)
    return {
        "at": f"{at:%H:%M:%S}",
        "place": place,
        "told": f"they asked: {answer}",
        "how many": len(some),
        "channels": f"{door} {len(some)}",
        "languages": " ".join(f"{name} {count}" for name, count in sorted(languages.items())),
        "next word by": "",
        "estimate": "",
        "promise": "answered" if answered == len(some) else f"{answered} of {len(some)} answered",
    }
