"""Verify: who is back for certain, part by part. A monitor's all-clear only starts the wait."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, Update, func, select, update

from tellfirst.audience.matching import note_revision
from tellfirst.audience.revising import revise
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.beliefs import doubted
from tellfirst.store.prepared import asked, moment, prepared


@dataclass(frozen=True, slots=True)
class Verified:
    """`restored_count` customers are back; `waiting_count` of this incident are still without.

    `open_cause_count` causes are not verified to be gone; they may leave everybody with service and still
    forbid an end: the next failure would find no redundancy left.
    """

    restored_count: int
    waiting_count: int
    open_cause_count: int = 0


def verify(connection: Connection, reference: str, quiet_for: timedelta, now: datetime) -> Verified:
    """Take causes quiet for `quiet_for` as gone, and mark the customers nothing else still hits.

    A cause that its source was asked about and has not confirmed stays, however quiet it is.
    """
    it = incidents.by_reference(connection, reference)
    assert it.playbook is not None, "an incident without a playbook is held before it is matched"
    confirmed = _gone.run(connection, incident_id=it.id, quiet_since=now - quiet_for, now=now).rowcount
    revised = revise(connection, it, it.playbook, now)
    incidents.change(connection, it, audience_revision=it.audience_revision + 1)
    incidents.note(
        connection,
        it.id,
        now,
        "verified",
        "quiet_long_enough",
        cause_count=confirmed,
        restored_count=revised.back_count,
        waiting_count=revised.affected_count,
    )
    if revised.newly_affected_count or revised.wrongly_told_count:
        note_revision(connection, it, revised, now, "changed_meanwhile")
    return Verified(revised.back_count, revised.affected_count, open_causes(connection, it.id))


def open_causes(connection: Connection, incident_id: int) -> int:
    """Causes neither verified to be gone nor withdrawn."""
    return int(_open.run(connection, incident_id=incident_id).scalar_one())


@prepared
def _gone() -> Update:
    c = t.incident_element.c
    quiet = (c.verified_at.is_(None), c.withdrawn_at.is_(None), c.until_at <= moment("quiet_since"))
    its = (asked(c.incident_id), *quiet, ~doubted())
    return update(t.incident_element).where(*its).values(verified_at=moment("now"))


@prepared
def _open() -> Select[tuple[int]]:
    c = t.incident_element.c
    return select(func.count()).where(asked(c.incident_id), c.verified_at.is_(None), c.withdrawn_at.is_(None))
