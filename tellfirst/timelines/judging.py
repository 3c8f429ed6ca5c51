"""Deadlines held against the books: met by a fact, missed when their time has passed, void when all is over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from tellfirst.domain.deadline import BY_PERSON, Anchor, DeadlineName, DeadlineState, Judged, judge
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.times import utc
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.timelines.happened import Happened, add_owed_contacts, happened


def judge_all(connection: Connection, now: datetime) -> int:
    """Hold every deadline that is not settled against the books. How many were found missed just now."""
    rows = connection.execute(select(t.deadline).where(_unsettled()).order_by(t.deadline.c.id)).all()
    facts = happened(connection, sorted({row.incident_id for row in rows}))
    add_owed_contacts(connection, facts)
    judged = [(row, found) for row in rows if (found := _judged(row, facts[row.incident_id], now))]
    _settle(connection, [(row.id, found, None) for row, found in judged])
    missed = [row for row, found in judged if _newly_missed(row, found)]
    for (incident_id, name), rows in _by_incident(missed).items():
        details = [
            {"pack": row.pack, "audience": row.audience, "due_at": row.due_at.isoformat()} for row in rows
        ]
        incidents.note_each(connection, incident_id, now, "deadline", f"missed:{name}", details)
    return len(missed)


def _by_incident(missed: Sequence[Row[Any]]) -> dict[tuple[int, str], list[Row[Any]]]:
    found: dict[tuple[int, str], list[Row[Any]]] = {}
    for row in missed:
        found.setdefault((row.incident_id, row.name), []).append(row)
    return found


def _unsettled() -> ColumnElement[bool]:
    """What only a person can say is done is looked at until it is missed, and no longer."""
    d = t.deadline.c
    late = (d.state == DeadlineState.MISSED) & d.settled_at.is_(None) & d.name.not_in(BY_PERSON)
    return or_(d.state == DeadlineState.OPEN, late)


def _judged(row: Row[Any], facts: Happened, now: datetime) -> Judged | None:
    """None when it stands as it stood."""
    name = DeadlineName(row.name)
    done_at = facts.done_at(name, row.subject, row.counts_from)
    found = judge(row.due_at, done_at, None if name in BY_PERSON else _over_at(name, facts), now)
    return None if found is None or (found.state == row.state and found.reason == row.reason) else found


def _newly_missed(row: Row[Any], found: Judged) -> bool:
    return found.state is DeadlineState.MISSED and row.state == DeadlineState.OPEN


def _over_at(name: DeadlineName, facts: Happened) -> datetime | None:
    """A word is owed while customers wait, everything else until the incident is closed."""
    verified = facts.anchors.get(Anchor.VERIFIED)
    while_out = name in (DeadlineName.UPDATE, DeadlineName.ESTIMATE, DeadlineName.ACKNOWLEDGE)
    return verified if while_out and verified else facts.closed_at


def _settle(connection: Connection, judged: Sequence[tuple[int, Judged, str | None]]) -> None:
    """Each by its row's id, with who said so where that was a person."""
    if not judged:
        return
    d = t.deadline
    names = ("state", "reason", "settled_at", "settled_by", "late_by_seconds")
    statement = (
        update(d).where(d.c.id == bindparam("row")).values({name: bindparam(f"new_{name}") for name in names})
    )
    rows = [
        {
            "row": key,
            "new_state": found.state,
            "new_reason": found.reason,
            "new_settled_at": found.settled_at,
            "new_settled_by": by,
            "new_late_by_seconds": None if found.late_by is None else int(found.late_by.total_seconds()),
        }
        for key, found, by in judged
    ]
    connection.execute(statement, rows)


def fulfil(
    connection: Connection, it: Incident, pack: str, name: DeadlineName, at: datetime, by: str, now: datetime
) -> int:
    """A person says that what these books cannot see was done `at`. How many deadlines it settles.

    Raises RuleBroken for one that is judged by the books, that there is not, or for a time still to come.
    """
    if name not in BY_PERSON:
        raise RuleBroken(
            f"{name} is judged by what happened; only {', '.join(sorted(BY_PERSON))} can be said"
        )
    if utc(at) > now:
        raise RuleBroken(f"{at.isoformat()} is still to come; say when it was done")
    d = t.deadline.c
    its = (d.incident_id == it.id, d.pack == pack, d.name == name, d.settled_at.is_(None))
    rows = connection.execute(select(t.deadline).where(*its)).all()
    if not rows:
        raise RuleBroken(f"{it.reference} owes no {name} by {pack}; `tellfirst deadlines` lists what it owes")
    judged = [(row.id, judge(row.due_at, utc(at), None, now), by) for row in rows]
    _settle(connection, [(key, found, who) for key, found, who in judged if found])
    incidents.note(connection, it.id, now, "deadline", f"fulfilled:{name}", actor=by, pack=pack)
    return len(rows)
