"""The contacts of a scenario in its timetable: what came in through which door, and what became of it."""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from tellfirst.store import tables as t
from tellfirst.surveys.calling_back import QUEUE as CALL_BACK
from tellfirst.surveys.calling_back import THANKED

Row = dict[str, Any]


def arrivals(connection: Connection) -> list[tuple[datetime, Row]]:
    """One row for what came in at the same moment, through the same door, and was answered alike; oldest first."""
    c, i, p = t.contact.c, t.incident.c, t.customer.c
    rows = connection.execute(
        select(c.received_at, c.channel, c.answer_kind, c.answered_at, c.queue, c.answer_due_at)
        .add_columns(i.place, p.language)
        .outerjoin(t.incident, i.id == c.incident_id)
        .outerjoin(t.customer, p.id == c.customer_id)
        .order_by(c.received_at, c.id)
    ).all()
    alike: dict[tuple[datetime, str, str, str], list[Any]] = {}
    for row in rows:
        key = (row.received_at, row.place or "", row.channel, _what(row))
        alike.setdefault(key, []).append(row)
    return [(key[0], _row(*key, some)) for key, some in alike.items()]


def _what(row: Any) -> str:
    if row.queue == CALL_BACK:
        return "low score"
    if row.answer_kind == THANKED:
        return "they scored"
    return f"they asked: {row.answer_kind or 'kept'}"


def _row(at: datetime, place: str, door: str, what: str, some: list[Any]) -> Row:
    languages = Counter(one.language for one in some if one.language)
    return {
        "at": f"{at:%H:%M:%S}",
        "place": place,
        "told": what,
        "how many": len(some),
        "channels": f"{door} {len(some)}",
        "languages": " ".join(f"{name} {count}" for name, count in sorted(languages.items())),
        "next word by": "",
        "estimate": "",
        "promise": _owed(some),
    }


def _owed(some: list[Any]) -> str:
    """What became of them; whoever is to be called has until then."""
    open_ones = [one for one in some if one.answered_at is None]
    due_at = min((one.answer_due_at for one in open_ones if one.answer_due_at), default=None)
    if not open_ones:
        return "answered"
    by = f" by {due_at:%d %b %H:%M}" if due_at else ""
    if all(one.queue == CALL_BACK for one in open_ones):
        return f"{len(open_ones)} to be called{by}"
    return f"{len(some) - len(open_ones)} of {len(some)} answered, the others wait for a person{by}"
