"""Every time that was given to customers, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from tellfirst.domain.promise import PromiseKind, PromiseState
from tellfirst.review.telling import share
from tellfirst.store import tables as t


@dataclass(frozen=True, slots=True)
class Promised:
    """One promise; `sequence` is the notice that gave it, `settled_by` the one that ended it."""

    kind: PromiseKind
    sequence: int
    made_at: datetime
    due_at: datetime
    state: PromiseState
    settled_at: datetime | None
    settled_by: int | None
    late_minutes: float
    reason: str | None


@dataclass(frozen=True, slots=True)
class PromiseCounts:
    """`kept_share` is of those that were kept or broken: a replaced or open one is neither."""

    made_count: int
    kept_count: int
    broken_count: int
    replaced_count: int
    open_count: int
    kept_share: float | None
    worst_late_minutes: float


def ledger(connection: Connection, incident_id: int) -> tuple[Promised, ...]:
    """All promises of the incident in the order they fall due."""
    p, n = t.promise.c, t.notice.c
    answer = t.notice.alias("answer")
    rows = connection.execute(
        select(
            *(p.kind, p.made_at, p.due_at, p.state, p.settled_at, p.late_by_seconds, p.reason),
            n.sequence,
            answer.c.sequence.label("settled_by"),
        )
        .join(t.notice, n.id == p.notice_id)
        .join(answer, answer.c.id == p.settled_by, isouter=True)
        .where(p.incident_id == incident_id)
        .order_by(p.due_at, p.id)
    )
    return tuple(
        Promised(
            kind=PromiseKind(row.kind),
            sequence=row.sequence,
            made_at=row.made_at,
            due_at=row.due_at,
            state=PromiseState(row.state),
            settled_at=row.settled_at,
            settled_by=row.settled_by,
            late_minutes=round(row.late_by_seconds / 60, 1),
            reason=row.reason,
        )
        for row in rows
    )


def counted(promises: Iterable[Promised], kind: PromiseKind) -> PromiseCounts:
    """How the promises of one kind stand."""
    ours = [one for one in promises if one.kind is kind]
    count = {state: sum(one.state is state for one in ours) for state in PromiseState}
    kept, broken = count[PromiseState.KEPT], count[PromiseState.BROKEN]
    return PromiseCounts(
        made_count=len(ours),
        kept_count=kept,
        broken_count=broken,
        replaced_count=count[PromiseState.REPLACED],
        open_count=count[PromiseState.OPEN],
        kept_share=share(kept, kept + broken),
        worst_late_minutes=max((one.late_minutes for one in ours), default=0.0),
    )
