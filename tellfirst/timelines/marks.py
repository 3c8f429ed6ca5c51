"""The next moment at which anything falls due: what a stepped clock must not pass over."""

from datetime import datetime

from sqlalchemy import Connection, Select, func, select

from tellfirst.domain.deadline import DeadlineState
from tellfirst.domain.incident import Stage
from tellfirst.store import tables as t
from tellfirst.store.prepared import prepared


def next_mark(connection: Connection) -> datetime | None:
    """The earliest moment the clock has something to do, past ones included; None when nothing will come by itself."""
    return min((mark for mark in _marks.run(connection).one() if mark is not None), default=None)


@prepared
def _marks() -> Select[tuple[datetime, datetime]]:
    i, d = t.incident.c, t.deadline.c
    running = i.stage != Stage.CLOSED
    looked_at = select(func.min(i.next_due_at)).where(running, i.next_due_at.is_not(None))
    owed = (
        select(func.min(d.due_at))
        .join(t.incident, i.id == d.incident_id)
        .where(running, d.state == DeadlineState.OPEN)
    )
    return select(looked_at.scalar_subquery(), owed.scalar_subquery())
