"""Statements as a provider makes them one after the other, and the books afterwards."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hyderabad import BOOK, T0
from sqlalchemy import Connection, select

from tellfirst.domain.impact import Impact
from tellfirst.domain.planned_work import PlannedRules
from tellfirst.domain.work import StatedWork, Window, WorkSource, WorkStatus
from tellfirst.store import tables as t
from tellfirst.works.statements import digest_of
from tellfirst.works.stating import Stated, state

PLANNED = replace(BOOK, name="planned_work", planned=PlannedRules())
BOOKS = {"mobile_site_down": BOOK, "planned_work": PLANNED}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NEXT_WEEK = T0 + 7 * DAY


def window(starts_at: datetime = NEXT_WEEK, hours: float = 2) -> Window:
    return Window(starts_at, starts_at + hours * HOUR)


WORK = StatedWork(
    provider="deccan",
    external_id="W1",
    sequence=1,
    status=WorkStatus.CONFIRMED,
    window=window(),
    objects=("C1",),
    impact=Impact.DOWN,
    source=WorkSource.ICAL,
)


def say(connection: Connection, stated: StatedWork = WORK, now: datetime = T0, **changed: Any) -> Stated:
    """The statement comes; what is said in other words has another digest."""
    made = replace(stated, **changed)
    return state(connection, made, digest_of(repr(made).encode()), "tester", BOOKS, now)


def works(connection: Connection, *columns: str) -> list[tuple[Any, ...]]:
    wanted = [t.work.c[name] for name in columns or ("external_id", "status", "held")]
    return [tuple(row) for row in connection.execute(select(*wanted).order_by(t.work.c.id))]


def statement_verdicts(connection: Connection) -> list[str]:
    s = t.work_statement.c
    return list(connection.scalars(select(s.verdict).order_by(s.id)))
