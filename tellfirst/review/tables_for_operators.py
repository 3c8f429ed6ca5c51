"""Tables an ops engineer reads in Prefect and in the terminal: counts and times, never a customer."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, Subquery, and_, func, or_, select
from sqlalchemy import Row as SqlRow

from tellfirst.domain.audience import UNCERTAIN
from tellfirst.domain.delivery import HANDED_OVER, DeliveryReason, StopEffect
from tellfirst.domain.impact import Impact
from tellfirst.domain.occasion import Reach
from tellfirst.review.standings import standing
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident

Row = dict[str, Any]
MOST_ROWS = 60
"""Lines of a table that somebody reads; a city has some hundred areas."""


def audience(connection: Connection, reference: str, most: int = MOST_ROWS) -> list[Row]:
    """Customers per area, standing, impact, channel and cause, the most first.

    Whatever goes beyond `most` lines is added up in a last one, so that the lines always add up to the audience.
    """
    it = incidents.by_reference(connection, reference)
    rows = connection.execute(_groups(it)).all()
    shown = [
        _line(row.area, row.standing, Impact(row.impact).word, row.channel, row.cause, [row])
        for row in rows[:most]
    ]
    if rest := rows[most:]:
        shown.append(_line(f"{len(rest)} more lines", "", "", "", "", rest))
    return shown


def _groups(it: Incident) -> Select[Any]:
    hits = _hits(it)
    h, e, n, area = hits.c, t.impact_element.c, t.element.c, t.incident_area.c
    # An area is no element, and neither is what a monitor named and no import ever brought.
    place = func.coalesce(n.area, area.name, e.element_id, "unknown")
    cause = func.coalesce(e.cause_element, "unknown")
    count = func.sum(h.customers)
    return (
        select(
            *(place.label("area"), h.standing, h.impact, h.channel, cause.label("cause")),
            count.label("customers"),
            func.sum(h.priority).label("priority"),
            func.sum(h.uncertain).label("uncertain"),
        )
        .select_from(hits)
        .outerjoin(
            t.impact_element, and_(e.incident_id == it.id, e.revision == h.revision, e.number == h.hit)
        )
        .outerjoin(t.element, n.id == e.element_id)
        .outerjoin(t.incident_area, and_(area.incident_id == it.id, area.element_id == e.element_id))
        .group_by(place, h.standing, h.impact, h.channel, cause)
        .order_by(count.desc(), place, h.standing, h.impact.desc(), h.channel, cause)
    )


def _hits(it: Incident) -> Subquery:
    """Customers by hit: a large audience has a million rows and a few thousand hits, and only these have names."""
    a = t.audience.c
    each = (
        select(
            *(a.revision, a.hit, a.impact, a.channel, a.priority, a.basis),
            standing(it.audience_revision).label("standing"),
        )
        .where(a.incident_id == it.id)
        .subquery("each")
    )
    kind = (each.c.revision, each.c.hit, each.c.impact, each.c.channel, each.c.standing)
    return (
        select(
            *kind,
            func.count().label("customers"),
            func.count().filter(each.c.priority > 0).label("priority"),
            func.count().filter(each.c.basis.in_(UNCERTAIN)).label("uncertain"),
        )
        .group_by(*kind)
        .subquery("hits")
    )


def _line(
    area: str, standing: str, impact: str, channel: str, cause: str, rows: Sequence[SqlRow[Any]]
) -> Row:
    return {
        "area": area,
        "standing": standing,
        "impact": impact,
        "channel": channel,
        "because of": cause,
        "customers": sum(int(row.customers) for row in rows),
        "on priority lists": sum(int(row.priority) for row in rows),
        "uncertain": sum(int(row.uncertain) for row in rows),
    }


def revisions(connection: Connection, reference: str) -> list[Row]:
    """Each look at the footprint: whom it reached, and what was new in it."""
    it = incidents.by_reference(connection, reference)
    r = t.audience_revision.c
    rows = connection.execute(select(t.audience_revision).where(r.incident_id == it.id).order_by(r.revision))
    return [
        {
            "revision": row.revision,
            "at": _time(row.at),
            "hit elements": row.element_count,
            "affected": row.affected_count,
            "newly": row.newly_affected_count,
            "worse": row.worse_count,
            "at risk": row.at_risk_count,
            "uncertain": row.uncertain_count,
            "back": row.back_count,
            "wrongly told": row.wrongly_told_count,
            "network version": row.topology_version,
        }
        for row in rows
    ]


def causes(connection: Connection, reference: str) -> list[Row]:
    """What failed, since when, and how far it is back."""
    it = incidents.by_reference(connection, reference)
    c, n, area = t.incident_element.c, t.element.c, t.incident_area.c
    rows = connection.execute(
        select(t.incident_element, func.coalesce(n.name, area.name, "not in the network").label("name"))
        .outerjoin(t.element, n.id == c.element_id)
        .outerjoin(t.incident_area, and_(area.incident_id == it.id, area.element_id == c.element_id))
        .where(c.incident_id == it.id)
        .order_by(c.since_at, c.element_id)
    )
    return [
        {
            "cause": row.element_id,
            "name": row.name,
            "impact": Impact(row.impact).word,
            "since": _time(row.since_at),
            "reported back": _time(row.until_at),
            "verified": _time(row.verified_at),
            "withdrawn": _time(row.withdrawn_at),
        }
        for row in rows
    ]


def notices(connection: Connection, reference: str) -> list[Row]:
    """What was told, when, why, to how many, and what time was promised with it."""
    it = incidents.by_reference(connection, reference)
    n, d = t.notice.c, t.delivery.c
    # Customers, not messages: who was not reached on one channel has a row for each that was tried.
    told = func.count(d.customer_id.distinct()).filter(d.state.in_(HANDED_OVER))
    delivered = func.count(d.customer_id.distinct()).filter(d.state == "delivered")
    unreachable = func.count().filter(d.reason == DeliveryReason.UNREACHABLE)
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
            n.halted_at,
            n.halted_reason,
            n.reach,
            func.count(d.customer_id.distinct()).label("rows"),
            unreachable.label("unreachable"),
            told.label("told"),
            delivered.label("delivered"),
        )
        .outerjoin(t.delivery, d.notice_id == n.id)
        .where(n.incident_id == it.id)
        .group_by(n.id)
        .order_by(n.sequence)
    )
    return [
        {
            "no.": row.sequence,
            "at": _time(row.created_at),
            "occasion": _occasion(row),
            "reason": row.reason,
            "by": row.author,
            "audience": row.rows,
            "handed over": row.told,
            "delivered": row.delivered,
            "unreachable": row.unreachable,
            "halted": f"{_time(row.halted_at)}: {row.halted_reason}" if row.halted_at else "",
            "next word by": _time(row.next_update_at),
            "estimate": _time(row.estimate_at),
        }
        for row in rows
    ]


def _occasion(row: Any) -> str:
    if row.reach == Reach.PULL:
        return f"{row.occasion} (published)"
    return f"{row.occasion} (holding)" if row.holding else str(row.occasion)


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


def stops(connection: Connection, reference: str) -> list[Row]:
    """Who has stopped the incident, or everything, since it was opened; what is in force has no end."""
    it = incidents.by_reference(connection, reference)
    s = t.stop.c
    concerns = or_(s.incident_id.is_(None), s.incident_id == it.id)
    during = or_(s.lifted_at.is_(None), s.lifted_at >= it.opened_at)
    rows = connection.execute(select(t.stop).where(concerns, during).order_by(s.id))
    return [
        {
            "stopped": reference if row.incident_id else "everything",
            "what waits": "is cancelled" if row.effect == StopEffect.CANCEL else "is held",
            "because": row.reason,
            "by": row.actor,
            "at": _time(row.at),
            "lifted at": _time(row.lifted_at),
            "lifted by": row.lifted_by or "",
        }
        for row in rows
    ]


def _time(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""
