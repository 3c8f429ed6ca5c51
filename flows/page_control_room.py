"""Page the control room: an incident is open, and its customers have not had a first word."""

from prefect import flow

from tasks.page import page
from tasks.refs import Counted, IncidentRef


@flow(name="page_control_room", flow_run_name="page about {incident.reference}", persist_result=False)
def page_control_room(incident: IncidentRef) -> Counted:
    """The second line behind the clock: an automation of Prefect starts it when no first word follows in time."""
    return page(incident)
