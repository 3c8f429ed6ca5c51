"""The gap report of a period: what went wrong in the incidents that were closed in it, the most frequent first."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from tellfirst.domain.incident import Stage
from tellfirst.review.measures import Measures
from tellfirst.store import tables as t


@dataclass(frozen=True, slots=True)
class GapLine:
    """One kind of gap over all incidents of the period."""

    kind: str
    incident_count: int
    count: int
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """From `since_at` on, before `until_at`. Counts only; no customer is in it."""

    since_at: datetime
    until_at: datetime
    incidents: tuple[str, ...]
    unfinished: tuple[str, ...]
    """Opened before the end and not closed by now: what went wrong in them is in a later report."""
    told_count: int
    audience_count: int
    promises_made: int
    promises_kept: int
    promises_broken: int
    gaps: tuple[GapLine, ...]


def over_period(connection: Connection, since_at: datetime, until_at: datetime) -> Period:
    """From the reviews that were stored when the incidents closed."""
    i, r = t.incident.c, t.review.c
    reviewed = connection.execute(
        select(i.reference, r.measures)
        .join(t.review, r.incident_id == i.id)
        .where(i.stage == Stage.CLOSED, i.closed_at >= since_at, i.closed_at < until_at)
        .order_by(i.id)
    ).all()
    unfinished = connection.scalars(
        select(i.reference).where(i.stage != Stage.CLOSED, i.opened_at < until_at).order_by(i.id)
    )
    measured = [Measures.from_json(row.measures) for row in reviewed]
    words = [counted for one in measured for counted in (one.words, one.estimates)]
    return Period(
        since_at,
        until_at,
        tuple(row.reference for row in reviewed),
        tuple(unfinished),
        told_count=sum(one.telling.told_count for one in measured),
        audience_count=sum(one.telling.audience_count for one in measured),
        promises_made=sum(one.made_count for one in words),
        promises_kept=sum(one.kept_count for one in words),
        promises_broken=sum(one.broken_count for one in words),
        gaps=_gaps(measured),
    )


def store(connection: Connection, period: Period, now: datetime) -> int:
    """Keep the report as it is now; its number."""
    lines: list[dict[str, Any]] = [
        {"kind": one.kind, "incidents": list(one.incidents), "count": one.count} for one in period.gaps
    ]
    key = connection.execute(
        insert(t.gap_report).values(
            since_at=period.since_at,
            until_at=period.until_at,
            at=now,
            incident_count=len(period.incidents),
            gaps=lines,
            page=markdown(period),
        )
    ).inserted_primary_key
    assert key is not None
    return int(key[0])


def markdown(period: Period) -> str:
    """The report for people: in Prefect, in a terminal, in a mail."""
    lines = [
        f"# What went wrong from {period.since_at:%Y-%m-%d %H:%M} to {period.until_at:%Y-%m-%d %H:%M} UTC",
        "",
        f"{len(period.incidents)} incidents were closed. {period.told_count:,} of {period.audience_count:,} affected "
        f"customers were told; {period.promises_kept} of {period.promises_made} promises were kept, "
        f"{period.promises_broken} broken.",
        "",
    ]
    if period.gaps:
        lines += ["| gap | incidents | count | where |", "|---|---:|---:|---|"]
        lines += [
            f"| {one.kind.replace('_', ' ')} | {one.incident_count} | {one.count:,} | {_some(one.incidents)} |"
            for one in period.gaps
        ]
    else:
        lines.append("No gap was found.")
    if period.unfinished:
        lines += ["", f"Not closed yet: {_some(period.unfinished)}."]
    return "\n".join(lines) + "\n"


MOST = 10
"""References in one line."""


def _some(references: tuple[str, ...]) -> str:
    more = f" and {len(references) - MOST} more" if len(references) > MOST else ""
    return ", ".join(references[:MOST]) + more


def _gaps(measured: list[Measures]) -> tuple[GapLine, ...]:
    counts: dict[str, int] = defaultdict(int)
    where: dict[str, list[str]] = defaultdict(list)
    for one in measured:
        for gap in one.gaps:
            counts[gap.name] += gap.count
            if one.reference not in where[gap.name]:
                where[gap.name].append(one.reference)
    lines = [GapLine(kind, len(where[kind]), counts[kind], tuple(where[kind])) for kind in counts]
    return tuple(sorted(lines, key=lambda line: (-line.incident_count, -line.count, line.kind)))
