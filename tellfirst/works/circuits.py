"""Which element of ours a provider's circuit is: said once by a person, remembered for every notice after."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, literal, or_, select, update

from tellfirst.domain.errors import NotFound
from tellfirst.domain.work import WorkHeld, WorkSource
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into

BY_PEOPLE = frozenset({WorkSource.CSV, WorkSource.CLI, WorkSource.FORM})
"""Who writes these knows our elements by name; a provider's number that looks like one is chance."""
AT_ONCE = 500


def name_circuit(
    connection: Connection, provider: str, object_id: str, element_id: str, actor: str, now: datetime
) -> tuple[int, ...]:
    """From now on this circuit is that element, also for work that waits for it: the works it lets go.

    Raises NotFound for an element that is in no network.
    """
    known = connection.execute(select(t.element.c.id).where(t.element.c.id == element_id)).first()
    if known is None:
        raise NotFound(f"there is no element {element_id}; import it first with `tellfirst import elements`")
    said = insert_into(connection, t.circuit).values(
        provider=provider, object_id=object_id, element_id=element_id, at=now, actor=actor
    )
    connection.execute(
        said.on_conflict_do_update(
            index_elements=["provider", "object_id"],
            set_={"element_id": element_id, "at": now, "actor": actor},
        )
    )
    o, w = t.work_object.c, t.work.c
    theirs = select(w.id).where(w.provider == provider)
    # Work that customers know of keeps the elements it was announced for; only what was unknown there is filled in.
    untold = select(w.id).where(w.provider == provider, w.incident_id.is_(None))
    connection.execute(
        update(t.work_object)
        .where(
            o.object_id == object_id,
            o.work_id.in_(theirs),
            or_(o.element_id.is_(None), o.work_id.in_(untold)),
        )
        .values(element_id=element_id)
    )
    return _let_go(connection, provider, now)


def forget_circuit(connection: Connection, provider: str, object_id: str) -> bool:
    """Notices to come do not know it any more; whether it was known."""
    c = t.circuit.c
    gone = connection.execute(delete(t.circuit).where(c.provider == provider, c.object_id == object_id))
    return gone.rowcount > 0


def elements_of(
    connection: Connection, provider: str, objects: Collection[str], source: WorkSource
) -> Mapping[str, str]:
    """The element of each object that is known."""
    found: dict[str, str] = {}
    listed = sorted(objects)
    for start in range(0, len(listed), AT_ONCE):
        some = listed[start : start + AT_ONCE]
        c = t.circuit.c
        if source in BY_PEOPLE:
            found |= {
                one: one for one in connection.scalars(select(t.element.c.id).where(t.element.c.id.in_(some)))
            }
        rows = select(c.object_id, c.element_id).where(c.provider == provider, c.object_id.in_(some))
        found |= {row.object_id: row.element_id for row in connection.execute(rows)}
    return found


def unknown_count(connection: Connection, work_id: int) -> int:
    """How many of its objects nobody has named an element for."""
    o = t.work_object.c
    counted = select(func.count()).where(o.work_id == work_id, o.element_id.is_(None))
    return int(connection.execute(counted).scalar_one())


def _let_go(connection: Connection, provider: str, now: datetime) -> tuple[int, ...]:
    w, o = t.work.c, t.work_object.c
    unknown = select(literal(1)).where(o.work_id == w.id, o.element_id.is_(None)).exists()
    waited = and_(w.provider == provider, w.held == WorkHeld.UNKNOWN_CIRCUIT.value, ~unknown)
    freed = tuple(connection.scalars(select(w.id).where(waited).order_by(w.id)))
    connection.execute(update(t.work).where(waited).values(held=None, updated_at=now))
    return freed
