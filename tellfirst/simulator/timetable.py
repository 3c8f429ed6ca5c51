"""The timetable of a scenario: what was told to how many, when, on which channel and in which language; and what came
in between, through which door.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.occasion import Reach
from tellfirst.simulator.arrivals import arrivals
from tellfirst.store import tables as t

Row = dict[str, Any]


def timetable(connection: Connection) -> list[Row]:
    """One row per notice, and per contacts that came together, oldest first."""
    n, i = t.notice.c, t.incident.c
    rows = connection.execute(
        select(n.id, n.created_at, i.place, n.occasion, n.holding, n.reach, n.next_update_at)
        .add_columns(n.estimate_at)
        .join(t.incident, i.id == n.incident_id)
        .order_by(n.created_at, n.id)
    ).all()
    told = [(row.created_at, _row(connection, row)) for row in rows]
    return [row for _, row in sorted([*told, *arrivals(connection)], key=lambda one: one[0])]


def _row(connection: Connection, notice: Any) -> Row:
    channels = _handed_over(connection, notice.id, t.delivery.c.channel)
    languages = _handed_over(connection, notice.id, t.audience.c.language)
    return {
        "at": f"{notice.created_at:%H:%M:%S}",
        "place": notice.place,
        "told": _told(notice),
        "how many": sum(channels.values()),
        "channels": _list(channels),
        "languages": _list(languages),
        "next word by": f"{notice.next_update_at:%H:%M:%S}" if notice.next_update_at else "",
        "estimate": f"{notice.estimate_at:%H:%M}" if notice.estimate_at else "",
        "promise": _kept(connection, notice.id),
    }


def _told(notice: Any) -> str:
    if notice.reach == Reach.PULL:
        return f"{notice.occasion} (published)"
    return "update (holding)" if notice.holding else str(notice.occasion)


def _handed_over(connection: Connection, notice_id: int, by: ColumnElement[str]) -> dict[str, int]:
    d, a = t.delivery.c, t.audience.c
    rows = connection.execute(
        select(by, func.count())
        .select_from(t.delivery)
        .join(t.audience, and_(a.incident_id == d.incident_id, a.customer_id == d.customer_id))
        .where(d.notice_id == notice_id, d.state.in_(HANDED_OVER))
        .group_by(by)
        .order_by(func.count().desc(), by)
    )
    return {row[0]: row[1] for row in rows}


def _list(counts: dict[str, int]) -> str:
    return " ".join(f"{name} {count}" for name, count in counts.items())


def _kept(connection: Connection, notice_id: int) -> str:
    p = t.promise.c
    rows = connection.execute(
        select(p.kind, p.state, p.settled_at).where(p.notice_id == notice_id).order_by(p.id)
    )
    return ", ".join(
        f"{row.kind.replace('_', ' ')} {row.state}"
        + (f" {row.settled_at:%H:%M:%S}" if row.settled_at else "")
        for row in rows
    )
