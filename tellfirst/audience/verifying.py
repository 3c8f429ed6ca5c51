"""Verify: who is back for certain, part by part. A monitor's all-clear only starts the wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, select, update

from tellfirst.audience.matching import failed, store_footprint
from tellfirst.store import incidents
from tellfirst.store import tables as t


@dataclass(frozen=True, slots=True)
class Verified:
    """`restored_count` customers are back; `waiting_count` of this incident are still without."""

    restored_count: int
    waiting_count: int


def verify(connection: Connection, reference: str, quiet_for: timedelta, now: datetime) -> Verified:
    """Take causes quiet for `quiet_for` as gone, and mark the customers nothing else still hits."""
    it = incidents.by_reference(connection, reference)
    c = t.incident_element.c
    confirmed = connection.execute(
        update(t.incident_element)
        .where(c.incident_id == it.id, c.verified_at.is_(None), c.until_at <= now - quiet_for)
        .values(verified_at=now)
    ).rowcount
    revision = it.audience_revision + 1
    store_footprint(connection, it.id, revision, failed(connection, it.id))
    restored = _mark_over(connection, it.id, revision, now)
    a = t.audience.c
    waiting = connection.execute(
        select(func.count()).select_from(t.audience).where(a.incident_id == it.id, a.over_at.is_(None))
    ).scalar_one()
    incidents.change(connection, it, audience_revision=revision)
    incidents.note(
        connection,
        it.id,
        now,
        "verified",
        "quiet_long_enough",
        cause_count=confirmed,
        restored_count=restored,
        waiting_count=waiting,
    )
    return Verified(restored, waiting)


def _mark_over(connection: Connection, incident_id: int, revision: int, now: datetime) -> int:
    a, s, e = t.audience, t.service, t.impact_element
    still_hit = (
        select(s.c.id)
        .join(e, and_(e.c.element_id == s.c.element_id, e.c.incident_id == incident_id))
        .where(e.c.revision == revision, s.c.customer_id == a.c.customer_id, s.c.status == "active")
        .exists()
    )
    return connection.execute(
        update(a).where(a.c.incident_id == incident_id, a.c.over_at.is_(None), ~still_hit).values(over_at=now)
    ).rowcount
