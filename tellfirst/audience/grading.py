"""The severity of an incident, judged anew whenever its audience or its estimate changes."""

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from tellfirst.audience.base import customer_base
from tellfirst.domain.audience import UNCERTAIN
from tellfirst.domain.impact import Impact
from tellfirst.domain.severity import AGAIN_WITHIN, Grade, Gravity, Severity, graded, risen
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident


def grade(connection: Connection, reference: str, now: datetime) -> Grade | None:
    """Let the severity rise where size, impact or the estimate ask for it, and note why; None: it stays.

    It never falls by itself, and stays where the playbook says that it does not rise.
    """
    it = incidents.by_reference(connection, reference)
    if it.playbook is None or not it.playbook.severity_rises:
        return None
    before = Severity(it.severity)
    found = risen(Severity(it.playbook.severity), before, graded(gravity(connection, it)))
    if found.severity == before:
        return None
    # Whoever has read the incident goes on with it: no step depends on its severity.
    connection.execute(update(t.incident).where(t.incident.c.id == it.id).values(severity=found.severity))
    incidents.note(
        connection,
        it.id,
        now,
        "severity",
        found.reasons[0],
        before=before,
        after=found.severity,
        reasons=list(found.reasons),
    )
    return found


def gravity(connection: Connection, it: Incident) -> Gravity:
    """What is known of it now; an estimate lasts from the first failure."""
    assert it.playbook is not None, "an incident without a playbook is held before it is matched"
    a = t.audience.c
    hit_now = (a.revision == it.audience_revision, a.over_at.is_(None), a.impact > Impact.OK.value)
    rows = connection.execute(
        select(
            a.impact, func.count().label("hit"), func.count().filter(a.basis.not_in(UNCERTAIN)).label("sure")
        )
        .where(a.incident_id == it.id, *hit_now)
        .group_by(a.impact)
    ).all()
    return Gravity(
        hit={Impact(row.impact): row.hit for row in rows},
        sure={Impact(row.impact): row.sure for row in rows},
        base=customer_base(connection),
        emergency_calls=it.playbook.emergency_calls,
        workaround=it.playbook.workaround,
        again=_again(connection, it),
        lasts=it.estimate_at - it.started_at if it.estimate_at else None,
    )


def _again(connection: Connection, it: Incident) -> bool:
    """The same cause key was hit lately; whoever was there before calls it the second time."""
    i = t.incident.c
    earlier = select(i.id).where(
        i.cause_key == it.cause_key,
        i.id < it.id,
        i.started_at >= it.started_at - AGAIN_WITHIN,
        i.audience_revision > 0,
    )
    return connection.scalar(earlier.limit(1)) is not None
