"""What is on in a window: a work that is looked at, the other works, and what is broken already."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, or_, select

from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import RUNNING, Kind
from tellfirst.domain.overlap import Span
from tellfirst.domain.work import ENDED, StatedWork, Window, WorkHeld
from tellfirst.store import tables as t
from tellfirst.works.circuits import elements_of
from tellfirst.works.known import KnownWork, identify

NOT_A_WORK = frozenset({WorkHeld.PERHAPS_THE_SAME, WorkHeld.NEVER_ANNOUNCED})
"""Held as what may be no work of its own, or none that will take place."""


OUTAGE_LASTS = timedelta(days=1)
"""How long a running outage is taken to go on after its estimate, or from now where it has none: one of today must
not stop the work of next month, nor work of tonight begin on what nobody has mended."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A work as it would take place. `work_id` None: it is in no books. `unknown` are objects of no known element."""

    name: str
    window: Window
    elements: Mapping[str, Impact]
    unknown: tuple[str, ...] = ()
    work_id: int | None = None
    playbook: str = ""
    zone: str = ""
    has_ended: bool = False

    def spans(self) -> list[Span]:
        """Its elements, each failing while it lasts."""
        return [
            Span(element, impact, self.window.starts_at, self.window.ends_at, self.name)
            for element, impact in self.elements.items()
        ]


def plan_of_stored(connection: Connection, it: KnownWork) -> Plan:
    """A work of the books."""
    o = t.work_object.c
    hit = func.coalesce(o.impact, it.impact.value).label("impact")
    rows = connection.execute(select(o.object_id, o.element_id, hit).where(o.work_id == it.id)).all()
    elements: dict[str, Impact] = {}
    for row in rows:
        if row.element_id is not None:
            elements[row.element_id] = max(Impact(row.impact), elements.get(row.element_id, Impact.OK))
    unknown = tuple(sorted(row.object_id for row in rows if row.element_id is None))
    return Plan(
        f"work {it.id}", it.window, elements, unknown, it.id, it.playbook, it.zone, has_ended=it.has_ended
    )


def plan_of_stated(connection: Connection, stated: StatedWork, book: str) -> Plan:
    """A work as a file states it, in place of the one of the books that it speaks of."""
    known = elements_of(connection, stated.provider, stated.objects, stated.source)
    elements: dict[str, Impact] = {}
    for object_id, element in known.items():
        elements[element] = max(stated.impact_on(object_id), elements.get(element, Impact.OK))
    unknown = tuple(one for one in stated.objects if one not in known)
    meant = identify(connection, stated).known
    return Plan(
        f"{stated.provider}/{stated.external_id}",
        stated.window,
        elements,
        unknown,
        meant.id if meant else None,
        book,
        stated.zone,
        has_ended=stated.status in ENDED,
    )


def others_on(connection: Connection, plan: Plan) -> list[Span]:
    """The other works that are on in its window, certain or not, by the name `work N`."""
    w, o = t.work.c, t.work_object.c
    on = and_(
        w.id != (plan.work_id or 0),
        w.starts_at < plan.window.ends_at,
        w.ends_at > plan.window.starts_at,
        w.status.not_in([one.value for one in ENDED]),
        or_(w.held.is_(None), w.held.not_in([one.value for one in NOT_A_WORK])),
        o.element_id.is_not(None),
    )
    hit = func.coalesce(o.impact, w.impact).label("impact")
    rows = (
        select(w.id, w.starts_at, w.ends_at, o.element_id, hit)
        .join(t.work_object, o.work_id == w.id)
        .where(on)
    )
    return [
        Span(row.element_id, Impact(row.impact), row.starts_at, row.ends_at, f"work {row.id}")
        for row in connection.execute(rows.order_by(w.id, o.element_id))
    ]


def broken_now(connection: Connection, now: datetime) -> list[Span]:
    """What running outages have broken, as long as they are taken to go on (OUTAGE_LASTS)."""
    e, i = t.incident_element.c, t.incident.c
    broken = and_(
        i.kind == Kind.OUTAGE.value,
        i.stage.in_([one.value for one in RUNNING]),
        e.verified_at.is_(None),
        e.withdrawn_at.is_(None),
        e.since_at <= now,
    )
    rows = select(i.reference, i.estimate_at, e.element_id, e.impact, e.since_at)
    found = connection.execute(
        rows.join(t.incident, i.id == e.incident_id).where(broken).order_by(i.id, e.element_id)
    )
    return [
        Span(
            row.element_id,
            Impact(row.impact),
            row.since_at,
            max(row.estimate_at or now, now) + OUTAGE_LASTS,
            row.reference,
        )
        for row in found
    ]
