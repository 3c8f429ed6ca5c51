"""What monitors say of elements that are being worked on: it belongs to the announced work, and ends nothing."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, Select, and_, or_, select

from tellfirst.domain.incident import RUNNING, Kind
from tellfirst.domain.signal import Judgement, Meaning, Signal, SignalState
from tellfirst.domain.work import ENDED
from tellfirst.store import tables as t
from tellfirst.store.prepared import prepared

Meant = tuple[Signal, Meaning | Judgement]


def all_explained(connection: Connection, meant: Sequence[Meant]) -> list[Meant]:
    """`explained` for a whole body; where no work is told of, which is nearly always, nothing is looked up."""
    if _told.run(connection).first() is None:
        return list(meant)
    return [(signal, explained(connection, signal, meaning)) for signal, meaning in meant]


@prepared
def _told() -> Select[tuple[int]]:
    i = t.incident.c
    return select(i.id).where(i.stage.in_(sorted(RUNNING)), i.ends_at.is_not(None)).limit(1)


def explained(connection: Connection, signal: Signal, meaning: Meaning | Judgement) -> Meaning | Judgement:
    """`meaning` as it is for an alert that begins inside the window of work that hits its element so badly: then it
    speaks of the work's own incident. Any other alert means what it says.

    While work goes on a monitor that falls quiet clears nothing: only engineers say that they are done. Once they have
    said so, one that goes on firing contradicts them. Work that became an outage is one like any other.
    """
    if isinstance(meaning, Judgement) or meaning.element is None:
        return meaning
    i, e = t.incident.c, t.impact_element.c
    inside = and_(i.started_at <= signal.starts_at, signal.starts_at < i.ends_at)
    row = connection.execute(
        select(i.cause_key, i.kind, i.work_status, e.cause_element)
        .join(t.impact_element, and_(e.incident_id == i.id, e.revision == i.audience_revision))
        .where(
            i.stage.in_(sorted(RUNNING)),
            i.ends_at.is_not(None),
            or_(inside, and_(i.kind == Kind.OUTAGE, i.ends_at <= signal.starts_at)),
            e.element_id == meaning.element,
            e.impact >= meaning.impact.value,
        )
        .order_by(i.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return meaning
    goes_on = row.kind == Kind.PLANNED_WORK and row.work_status not in ENDED
    clears = signal.state is SignalState.RESOLVED and goes_on
    return replace(meaning, cause_key=row.cause_key, element=None if clears else row.cause_element)
