"""What Prefect's automations hear of an incident: its reference and what was reached, nothing else.

They are a second line. Prefect may lose what is sent here; the books and the clock do not depend on it.
"""

from enum import StrEnum

from prefect.events import emit_event

from tasks.refs import IncidentRef
from tellfirst.bootstrap import world
from tellfirst.notices.telling import has_been_told
from tellfirst.store.engine import reading


class Milestone(StrEnum):
    """Named as in the triggers of prefect.yaml."""

    OPENED = "tellfirst.incident.opened"
    TOLD = "tellfirst.incident.told"
    PROMISED = "tellfirst.promise.made"
    UPDATED = "tellfirst.update.sent"


def reached(incident: IncidentRef, milestone: Milestone) -> None:
    """Let the automations know. Returns at once; it is sent beside the work."""
    emit_event(
        event=str(milestone),
        resource={
            "prefect.resource.id": f"tellfirst.incident.{incident.reference}",
            "tellfirst.incident": incident.reference,
        },
    )


def reached_if_told(incident: IncidentRef) -> None:
    """The first word has been handed over to somebody, or there is nobody to hear it."""
    with reading(world().engine) as connection:
        told = has_been_told(connection, incident.reference)
    if told:
        reached(incident, Milestone.TOLD)
