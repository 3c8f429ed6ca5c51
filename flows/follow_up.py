"""Follow up: keep the word that was given, until service is verified to be back."""

from prefect import flow

from tasks.artifacts import show_outcome
from tasks.milestones import Milestone, reached
from tasks.refs import Counted, IncidentRef
from tasks.send import send_what_waits
from tasks.speak import plan_next_word
from tasks.steps import decide
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take


@flow(name="follow_up", flow_run_name="follow up {incident.reference}", persist_result=False)
def follow_up(incident: IncidentRef) -> Counted:
    """Say the word that is due: update, overrun, correction or all-clear. When none is, say nothing."""
    due = decide(incident)
    if not isinstance(due, Take) or due.step is not Step.FOLLOW_UP:
        return Counted(reason="no_word_is_due")
    planned = plan_next_word(incident, due)
    send_what_waits(incident)
    reached(incident, Milestone.UPDATED)
    show_outcome(incident)
    return planned
