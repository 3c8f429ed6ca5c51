"""Tables an ops engineer reads in Prefect and in the terminal: counts and times, never a customer."""

from typing import Any

from sqlalchemy import Connection, func, select

from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.impact import Impact
from tellfirst.store import incidents
from tellfirst.store import tables as t

Row = dict[str, Any]


def audience(connection: Connection, reference: str) -> list[Row]:
    """Customers per area, impact, channel and cause."""
    it = incidents.by_reference(connection, reference)
    a, e = t.audience.c, t.element.c
    rows = connection.execute(
        select(e.area, a.impact, a.channel, a.cause_element, func.count(), func.sum(a.priority))
        .join(t.element, e.id == a.element_id)
        .where(a.incident_id == it.id)
        .group_by(e.area, a.impact, a.channel, a.cause_element)
        .order_by(func.count().desc())
    )
    return [
        {
            "area": row[0],
            "impact": Impact(row[1]).word,
            "channel": row[2],
            "because of": row[3],
            "customers": row[4],
            "on priority lists": int(row[5] or 0),
        }
        for row in rows
    ]


def notices(connection: Connection, reference: str) -> list[Row]:
    """What was told, when, why, to how many, and what time was promised with it."""
    it = incidents.by_reference(connection, reference)
    n, d = t.notice.c, t.delivery.c
    told = func.count().filter(d.state.in_(HANDED_OVER))
    delivered = func.count().filter(d.state == "delivered")
    rows = connection.execute(
        select(
            n.sequence,
            n.created_at,
            n.occasion,
            n.holding,
            n.reason,
            n.author,
            n.next_update_at,
            n.estimate_at,
            func.count().label("rows"),
            told.label("told"),
            delivered.label("delivered"),
        )
        .join(t.delivery, d.notice_id == n.id)
        .where(n.incident_id == it.id)
        .group_by(n.id)
        .order_by(n.sequence)
    )
    return [
        {
            "no.": row.sequence,
            "at": _time(row.created_at),
            "occasion": "update (holding)" if row.holding else row.occasion,
            "reason": row.reason,
            "by": row.author,
            "audience": row.rows,
            "handed over": row.told,
            "delivered": row.delivered,
            "next word by": _time(row.next_update_at),
            "estimate": _time(row.estimate_at),
        }
        for row in rows
    ]


def promises(connection: Connection, reference: str) -> list[Row]:
    """Every time given to customers, and how it stands."""
    it = incidents.by_reference(connection, reference)
    p, n = t.promise.c, t.notice.c
    rows = connection.execute(
        select(p.kind, p.made_at, p.due_at, p.state, p.settled_at, p.late_by_seconds, p.reason, n.sequence)
        .join(t.notice, n.id == p.notice_id)
        .where(p.incident_id == it.id)
        .order_by(p.due_at, p.id)
    )
    return [
        {
            "promise": row.kind,
            "made in notice": row.sequence,
            "made at": _time(row.made_at),
            "due": _time(row.due_at),
            "state": row.state,
            "settled at": _time(row.settled_at),
            "late by (s)": row.late_by_seconds,
            "reason": row.reason or "",
        }
        for row in rows
    ]


def _time(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""
