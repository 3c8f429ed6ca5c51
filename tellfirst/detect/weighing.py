"""The detect step: is what the monitors say enough to tell customers?"""

from datetime import datetime

from sqlalchemy import Connection, select

from tellfirst.domain.incident import Held, Stage
from tellfirst.store import incidents
from tellfirst.store.tables import element, incident_area, incident_element


def weigh(connection: Connection, reference: str, now: datetime) -> Held | None:
    """Move an opened incident on, or hold it for a person and say why. None: it goes on."""
    it = incidents.by_reference(connection, reference)
    if it.stage is not Stage.OPENED:
        return it.held
    causes = list(
        connection.scalars(
            select(incident_element.c.element_id).where(incident_element.c.incident_id == it.id)
        )
    )
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
    areas = select(incident_area.c.element_id).where(incident_area.c.incident_id == incident_id)
    elements = select(element.c.id).where(element.c.id.in_(causes))
    return {*connection.scalars(elements), *connection.scalars(areas)}
