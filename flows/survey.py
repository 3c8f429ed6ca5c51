"""Survey: ask how it went - only those who were told, and only after they were told that it is over."""

from prefect import flow

from tasks.artifacts import show_outcome
from tasks.refs import Counted, IncidentRef
from tasks.send import send_what_waits
from tasks.speak import plan_survey


@flow(name="survey", flow_run_name="survey {incident.reference}", persist_result=False)
def survey(incident: IncidentRef) -> Counted:
    """Invite once. Everyone who is not invited stays in the books with the reason."""
    planned = plan_survey(incident)
    send_what_waits(incident)
    show_outcome(incident)
    return planned
