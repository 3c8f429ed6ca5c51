"""A burst of alerts: which of them have one explanation, and which incident that is.

A site whose alert comes late joins the incident that explains it. Who opened first keeps its reference: an
explanation that only shows when more alerts are there adopts the oldest incident of the burst that it covers.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, insert, select

from tellfirst.domain.incident import RUNNING
from tellfirst.domain.network import Edge
from tellfirst.domain.storm import Dependence, Explanation, explain_storm
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.listed import listed
from tellfirst.store.prepared import moment, prepared

FROM = 20
"""Elements that fire within a burst before it is asked what explains them; fewer are soon told one by one."""
WITHIN = timedelta(minutes=5)
"""How long a burst lasts: incidents that opened longer ago are left as they are."""


@dataclass(slots=True)
class Explained:
    """An explanation, and the incident that it belongs to once there is one."""

    causes: tuple[str, ...]
    incident_id: int | None = None
    silent_count: int = 0
    explained_count: int = 0

    @property
    def key(self) -> str:
        return "+".join(self.causes)


def explanations(connection: Connection, fresh: Mapping[str, str], now: datetime) -> dict[str, Explained]:
    """What explains each of the elements in `fresh`, which come with their cause keys; those alone are left out.

    An element belongs to a running incident that explains it, else to what explains this burst.
    """
    found: dict[str, Explained] = {}
    if not fresh:
        return found
    running = _running(connection)
    recent = _recent(connection, now)
    if not running and len(fresh.keys() | recent.keys()) < FROM:
        return found
    network = Dependence(_edges(connection))
    for incident_id, causes in running.items():
        below = network.falls_with(causes)
        known = Explained(causes, incident_id)
        found |= {one: known for one in fresh if one in below and one not in found}
    left = {one: key for one, key in fresh.items() if one not in found}
    fires = left.keys() | recent.keys()
    if not left or len(fires) < FROM:
        return found
    for one in explain_storm(network, fires, _watched(connection, fires)):
        if one.shared and _spans(one, left, recent):
            known = Explained(one.causes, None, len(one.silent), len(one.explained))
            adopted = sorted({recent[element] for element in one.explained if element in recent})
            if adopted:
                known.incident_id = adopted[0]
                explain(connection, known, now)
            found |= {element: known for element in one.explained if element in left}
    return found


def explain(connection: Connection, known: Explained, now: datetime) -> None:
    """Write down that the incident of `known` is what it says."""
    rows = [{"incident_id": known.incident_id, "element_id": one} for one in known.causes]
    connection.execute(insert(t.incident_explanation), rows)
    assert known.incident_id is not None
    incidents.note(
        connection,
        known.incident_id,
        now,
        "storm",
        "one_failure_explains_many_alerts",
        elements=list(known.causes),
        explained_count=known.explained_count,
        silent_count=known.silent_count,
    )


def _spans(one: Explanation, left: Mapping[str, str], recent: Collection[str]) -> bool:
    """Whether the alerts would otherwise be several incidents."""
    keys = {left[element] for element in one.explained if element in left}
    return len(keys) + sum(element in recent for element in one.explained) > 1


def _running(connection: Connection) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for row in _explaining.run(connection):
        found[row.incident_id] = (*found.get(row.incident_id, ()), row.element_id)
    return found


@prepared
def _explaining() -> Select[tuple[int, str]]:
    x, i = t.incident_explanation.c, t.incident
    return (
        select(x.incident_id, x.element_id)
        .join(i, i.c.id == x.incident_id)
        .where(i.c.stage.in_(RUNNING))
        .order_by(x.incident_id, x.element_id)
    )


def _recent(connection: Connection, now: datetime) -> dict[str, int]:
    """The elements that fire in incidents of this burst which nothing explains yet."""
    rows = _fresh.run(connection, since=now - WITHIN)
    return {row.element_id: row.incident_id for row in rows}


@prepared
def _fresh() -> Select[tuple[str, int]]:
    e, i, x = t.incident_element.c, t.incident, t.incident_explanation.c
    explained = select(x.incident_id).where(x.incident_id == i.c.id).exists()
    return (
        select(e.element_id, e.incident_id)
        .join(i, i.c.id == e.incident_id)
        .where(
            i.c.stage.in_(RUNNING),
            i.c.opened_at >= moment("since"),
            e.until_at.is_(None),
            e.withdrawn_at.is_(None),
            ~explained,
        )
        .order_by(e.incident_id.desc())
    )


def _edges(connection: Connection) -> list[Edge]:
    c = t.edge.c
    return [Edge(*row) for row in connection.execute(select(c.child, c.grp, c.need, c.parent))]


def _watched(connection: Connection, fires: Iterable[str]) -> set[str]:
    """Elements that would fire as well: all of the kinds that do. Nobody lists what is watched."""
    e = t.element.c
    kinds = (
        select(e.kind).where(e.id.in_(listed(connection, sorted(fires))), e.kind != "composite").distinct()
    )
    return set(connection.scalars(select(e.id).where(e.kind.in_(kinds))))
