"""Notify: tell everyone it hurts, before they have to ask."""

from prefect import flow

from tasks.artifacts import show_audience, show_footprint, show_outcome
from tasks.milestones import reached_if_told
from tasks.refs import Counted, IncidentRef
from tasks.send import send_what_waits
from tasks.speak import plan_first_word


@flow(name="notify", flow_run_name="notify {incident.reference}", persist_result=False)
def notify(incident: IncidentRef) -> Counted:
    """The first word to everyone affected who has not had it, and whatever else waits to leave."""
    planned = plan_first_word(incident)
    send_what_waits(incident)
    reached_if_told(incident)
    if planned.counts["planned"]:
        show_audience(incident)
        show_footprint(incident)
    show_outcome(incident)
    return planned
