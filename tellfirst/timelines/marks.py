"""The next moment at which anything falls due: what a stepped clock must not pass over."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from tellfirst.domain.incident import Stage
from tellfirst.store import tables as t


def next_mark(connection: Connection) -> datetime | None:
    """The earliest moment the clock has something to do, past ones included; None when nothing will come by itself."""
    i = t.incident.c
    moment: datetime | None = connection.scalar(
        select(func.min(i.next_due_at)).where(i.stage != Stage.CLOSED, i.next_due_at.is_not(None))
    )
    return moment
