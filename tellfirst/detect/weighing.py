"""The detect step: is what the monitors say enough to tell customers?"""

from datetime import datetime

from sqlalchemy import Connection, Select, select

from tellfirst.domain.incident import Held, Stage
from tellfirst.store import incidents
from tellfirst.store.prepared import among, asked, prepared
from tellfirst.store.tables import element, incident_area, incident_element


def weigh(connection: Connection, reference: str, now: datetime) -> Held | None:
    """Move an opened incident on, or hold it for a person and say why. None: it goes on."""
    it = incidents.by_reference(connection, reference)
    if it.stage is not Stage.OPENED:
        return it.held
    causes = list(_causes.run(connection, incident_id=it.id).scalars())
    known = len(_known(connection, it.id, causes))
    held = None
    if it.playbook is None:
        held = Held.NO_PLAYBOOK
    elif not causes:
        held = Held.SCOPE_WITHOUT_ELEMENTS
    elif not known:
        held = Held.UNKNOWN_ELEMENT
    incidents.change(connection, it, stage=Stage.OPENED if held else Stage.DETECTED, held=held)
    incidents.note(
        connection, it.id, now, "detect", held or "causes_known", cause_count=len(causes), known_count=known
    )
    return held


def _known(connection: Connection, incident_id: int, causes: list[str]) -> set[str]:
    """The causes that can have customers behind them: elements of the network, and areas of the incident."""
    elements = _elements.run(connection, ids=causes).scalars()
    return {*elements, *_areas.run(connection, incident_id=incident_id).scalars()}


@prepared
def _causes() -> Select[tuple[str]]:
    c = incident_element.c
    return select(c.element_id).where(asked(c.incident_id))


@prepared
def _elements() -> Select[tuple[str]]:
    return select(element.c.id).where(among(element.c.id, "ids"))


@prepared
def _areas() -> Select[tuple[str]]:
    c = incident_area.c
    return select(c.element_id).where(asked(c.incident_id))
