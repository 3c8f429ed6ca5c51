"""Become an outage: the announced end of work has passed, and nobody said that it is done."""

from prefect import flow

from tasks.artifacts import show_outcome
from tasks.refs import Counted, IncidentRef
from tasks.send import send_what_waits
from tasks.speak import turn_into_outage


@flow(name="become_outage", flow_run_name="become an outage {incident.reference}", persist_result=False)
def become_outage(incident: IncidentRef) -> Counted:
    """The same incident under the same reference goes on by the playbook of an outage, and says so."""
    planned = turn_into_outage(incident)
    send_what_waits(incident)
    show_outcome(incident)
    return planned
