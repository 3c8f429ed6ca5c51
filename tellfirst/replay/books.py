"""What the books say after a replay: every figure of ours comes from here, none from whoever played."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import PROMISING, Occasion
from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.store import tables as t
from tellfirst.store.prepared import asked, prepared


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as customers had it: `at` is when the first of them did. None had one that nobody took."""

    at: datetime
    occasion: Occasion
    holding: bool
    next_by: datetime | None
    estimate_at: datetime | None
    message_count: int

    @property
    def is_live(self) -> bool:
        """Said while they wait, so that they must read when they hear again."""
        return self.occasion in PROMISING


@dataclass(frozen=True, slots=True)
class Given:
    """A promise: made, due, and how it ended. `late_by` in seconds."""

    kind: PromiseKind
    made_at: datetime
    due_at: datetime
    state: PromiseState
    settled_at: datetime | None
    late_by: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """One incident in the books. `ends_at` is when they were closed for reading; `overdue_count` is of promises that
    they called open a minute after their time, at any moment before that."""

    told: tuple[Told, ...]
    promises: tuple[Given, ...]
    stage: Stage
    verified_at: datetime | None
    ends_at: datetime
    overdue_count: int


def ledger(connection: Connection, incident_id: int, ends_at: datetime, overdue_count: int) -> Ledger:
    """Read from the tables notice, delivery, promise and incident."""
    it = _incident.run(connection, id=incident_id).one()
    return Ledger(
        tuple(_told(connection, incident_id)),
        tuple(_promises(connection, incident_id)),
        Stage(it.stage),
        it.verified_at,
        ends_at,
        overdue_count,
    )


def _told(connection: Connection, incident_id: int) -> Iterable[Told]:
    for row in _notices.run(connection, incident_id=incident_id):
        yield Told(
            row.at,
            Occasion(row.occasion),
            row.holding,
            row.next_update_at,
            row.estimate_at,
            row.message_count,
        )


def _promises(connection: Connection, incident_id: int) -> Iterable[Given]:
    for row in _given.run(connection, incident_id=incident_id):
        yield Given(
            PromiseKind(row.kind),
            row.made_at,
            row.due_at,
            PromiseState(row.state),
            row.settled_at,
            row.late_by_seconds,
        )


@prepared
def _incident() -> Select[Any]:
    i = t.incident.c
    return select(i.stage, i.verified_at).where(asked(i.id))


@prepared
def _notices() -> Select[Any]:
    n, d = t.notice.c, t.delivery.c
    return (
        select(
            *(n.occasion, n.holding, n.next_update_at, n.estimate_at),
            func.min(d.handed_over_at).label("at"),
            func.count().label("message_count"),
        )
        .join(t.delivery, d.notice_id == n.id)
        .where(asked(n.incident_id), d.state.in_(HANDED_OVER))
        .group_by(n.id)
        .order_by(n.sequence)
    )


@prepared
def _given() -> Select[Any]:
    p = t.promise.c
    columns = (p.kind, p.made_at, p.due_at, p.state, p.settled_at, p.late_by_seconds)
    return select(*columns).where(asked(p.incident_id)).order_by(p.id)
