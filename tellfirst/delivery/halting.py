"""Halts: the notices of which too much failed. Each waits for a person, but not for ever.

What ends a halt, and what it ends in: docs/decisions/0015-waves-and-halts.md. What makes one: ramping.py.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, and_, select, update

from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.ramp import HALT_LASTS, HaltReason
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, number

S, R = DeliveryState, DeliveryReason
GOES_ON = frozenset({Occasion.RESTORED, Occasion.CORRECTION, Occasion.CANCELLED})
"""Words that end something for their readers."""


@dataclass(frozen=True, slots=True)
class Halt:
    """A notice that waits for a person, since `at`, for `reason`; `ends_at` is when it stops waiting."""

    notice_id: int
    sequence: int
    occasion: Occasion
    at: datetime
    reason: str
    ends_at: datetime


def halted(connection: Connection, incident_id: int) -> list[Halt]:
    """The notices of an incident that wait for a person, oldest first."""
    rows = HALTED.run(connection, incident_id=incident_id)
    return [
        Halt(
            row.id,
            row.sequence,
            Occasion(row.occasion),
            row.halted_at,
            row.halted_reason,
            row.next_update_at or row.halted_at + HALT_LASTS,
        )
        for row in rows
    ]


def _halted_notices(_dialect: str) -> Select[tuple[object, ...]]:
    n, c = t.notice.c, t.chunk.c
    unsent = select(c.id).where(c.notice_id == n.id, c.done_at.is_(None)).exists()
    return (
        select(n.id, n.sequence, n.occasion, n.halted_at, n.halted_reason, n.next_update_at)
        .where(
            n.incident_id == number("incident_id"),
            n.halted_at.is_not(None),
            n.halted_reason != HaltReason.OVER,
            unsent,
        )
        .order_by(n.sequence)
    )


HALTED = Prepared(_halted_notices)
"""See `halted`."""


def resume(connection: Connection, reference: str, now: datetime, actor: str) -> list[int]:
    """Let the halted notices of an incident go on; their numbers. Raises RuleBroken when none is halted."""
    it, found = _halted(connection, reference)
    n = t.notice
    connection.execute(
        update(n)
        .where(n.c.id.in_([one.notice_id for one in found]))
        .values(halted_at=None, halted_reason=HaltReason.RESUMED)
    )
    return _decided(connection, it, found, "resumed", now, actor)


def cancel(connection: Connection, reference: str, now: datetime, wall: datetime, actor: str) -> list[int]:
    """Cancel what is left of the halted notices; their numbers. The next word goes to everybody all the same.

    Raises RuleBroken when none is halted.
    """
    it, found = _halted(connection, reference)
    d, c, ids = t.delivery, t.chunk, [one.notice_id for one in found]
    connection.execute(
        update(d)
        .where(d.c.notice_id.in_(ids), d.c.state == S.PENDING)
        .values(state=S.CANCELLED, reason=R.HALTED, final_at=now)
    )
    free = and_(c.c.notice_id.in_(ids), c.c.done_at.is_(None), c.c.lease_until.is_(None))
    connection.execute(update(c).where(free).values(done_at=wall))
    n = t.notice
    connection.execute(update(n).where(n.c.id.in_(ids)).values(halted_reason=HaltReason.OVER))
    return _decided(connection, it, found, "cancelled", now, actor)


def end_halts(connection: Connection, incident_id: int, now: datetime) -> None:
    """End the halts whose time is over, for nobody came.

    An all-clear or a correction goes on, for it is true and silence is worse. What promised a next word, and a
    survey, is cancelled at the intent; the next word goes to everybody.
    """
    n = t.notice
    for one in halted(connection, incident_id):
        if one.ends_at > now:
            continue
        promised = connection.scalar(select(n.c.next_update_at).where(n.c.id == one.notice_id))
        goes_on = promised is None and one.occasion in GOES_ON
        values = (
            {"halted_at": None, "halted_reason": HaltReason.RESUMED}
            if goes_on
            else {"halted_reason": HaltReason.OVER}
        )
        connection.execute(update(n).where(n.c.id == one.notice_id).values(values))
        how = "nobody_came_goes_on" if goes_on else "nobody_came_cancelled"
        incidents.note(connection, incident_id, now, "halt", how, sequence=one.sequence)


def _halted(connection: Connection, reference: str) -> tuple[incidents.Incident, list[Halt]]:
    it = incidents.by_reference(connection, reference)
    found = halted(connection, it.id)
    if not found:
        raise RuleBroken(f"no notice of {reference} is halted; nothing was changed")
    return it, found


def _decided(
    connection: Connection, it: incidents.Incident, found: list[Halt], how: str, now: datetime, actor: str
) -> list[int]:
    for one in found:
        incidents.note(connection, it.id, now, "halt", how, actor=actor, sequence=one.sequence)
    incidents.change(connection, it, next_due_at=now)
    return [one.sequence for one in found]
