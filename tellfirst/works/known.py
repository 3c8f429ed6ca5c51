"""Work as it stands in the books, and which of it a statement speaks of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from tellfirst.domain.errors import NotFound
from tellfirst.domain.impact import Impact
from tellfirst.domain.same_work import Sameness, sameness
from tellfirst.domain.work import ENDED, StatedWork, Window, WorkHeld, WorkStatus, WorkVerdict
from tellfirst.store import tables as t
from tellfirst.works.statements import SEVERAL


@dataclass(frozen=True, slots=True)
class KnownWork:
    """A row of `work`. `incident_id` None: no customer has heard of it."""

    id: int
    incident_id: int | None
    provider: str
    external_id: str
    sequence: int
    status: WorkStatus
    window: Window
    impact: Impact
    playbook: str
    zone: str
    reason: str
    held: WorkHeld | None

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class Identified:
    """The work that is meant, if it is known; else the one that it may be, which a person must say."""

    known: KnownWork | None
    perhaps: int | None = None


def by_id(connection: Connection, work_id: int) -> KnownWork:
    """Raises NotFound with the way to list what there is."""
    row = connection.execute(select(t.work).where(t.work.c.id == work_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no work {work_id}; `tellfirst work list` shows them")
    return known_work(row)


def known_work(row: Row[Any]) -> KnownWork:
    """A row of `work` as a value."""
    return KnownWork(
        row.id,
        row.incident_id,
        row.provider,
        row.external_id,
        row.sequence,
        WorkStatus(row.status),
        Window(row.starts_at, row.ends_at),
        Impact(row.impact),
        row.playbook,
        row.zone,
        row.reason,
        WorkHeld(row.held) if row.held else None,
    )


def identify(connection: Connection, stated: StatedWork) -> Identified:
    """By number, and where that is new, by objects and window: numbers that are made of a text change with it.

    Of a notice that numbers its nights, the window says which night is meant: those that are over are left out.
    """
    alike = list(_alike(connection, stated))
    same = [one for one, how in alike if how is Sameness.SAME]
    base, numbered, _ = stated.external_id.rpartition(SEVERAL)
    nights = [one for one in same if numbered and one.external_id.startswith(base + SEVERAL)]
    named = _by_number(connection, stated.provider, stated.external_id)
    if found := next(iter(nights), None) or named or next(iter(same), None):
        return Identified(found)
    # The other nights of a notice are works of their own, however near they are.
    others = [one for one, _ in alike if not (numbered and one.external_id.startswith(base + SEVERAL))]
    return Identified(None, others[0].id if others else None)


def last_stamp(connection: Connection, work_id: int) -> datetime | None:
    """When the newest of the statements that were applied was written."""
    s = t.work_statement.c
    applied = and_(s.work_id == work_id, s.verdict != WorkVerdict.STALE.value)
    stamp: datetime | None = connection.execute(select(func.max(s.stamp)).where(applied)).scalar()
    return stamp


def objects_of(connection: Connection, work_id: int) -> dict[str, Impact]:
    """What it hits, and how badly."""
    o = t.work_object.c
    hit = func.coalesce(o.impact, t.work.c.impact)
    rows = select(o.object_id, hit).join(t.work, t.work.c.id == o.work_id).where(o.work_id == work_id)
    return {object_id: Impact(impact) for object_id, impact in connection.execute(rows)}


def _by_number(connection: Connection, provider: str, number: str) -> KnownWork | None:
    """The latest under this number: what began again after its end has it too."""
    w, s = t.work.c, t.work_statement.c
    stated = select(s.work_id).where(s.external_id == number)
    named = and_(w.provider == provider, or_(w.external_id == number, w.id.in_(stated)))
    row = connection.execute(select(t.work).where(named).order_by(w.id.desc()).limit(1)).first()
    return known_work(row) if row else None


def _alike(connection: Connection, stated: StatedWork) -> Iterator[tuple[KnownWork, Sameness]]:
    w, window = t.work.c, stated.window
    near = and_(w.provider == stated.provider, w.starts_at < window.ends_at, w.ends_at > window.starts_at)
    if stated.status not in ENDED:
        near = and_(near, w.status.not_in([one.value for one in ENDED]))
    for row in connection.execute(select(t.work).where(near).order_by(w.id)).all():
        one = known_work(row)
        how = sameness(set(stated.objects), window, set(objects_of(connection, one.id)), one.window)
        if how is not Sameness.APART:
            yield one, how
