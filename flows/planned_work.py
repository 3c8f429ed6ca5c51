"""Announced work from its announcement to its end: announce, remind, start, overrun, complete; or cancel, or move.

Past its announced end it becomes an outage, and the same run goes on with the steps of one.
"""

from prefect import flow

from flows.follow_up import follow_up
from flows.incident import STEPS
from flows.notify import notify
from tasks.driving import drive
from tasks.refs import IncidentRef
from tellfirst.domain.incident import Step
from tellfirst.domain.occasion import Occasion

announce = notify.with_options(name="announce", flow_run_name="announce {incident.reference}")
move = follow_up.with_options(name="move", flow_run_name="move {incident.reference}")
remind = follow_up.with_options(name="remind", flow_run_name="remind {incident.reference}")
start = follow_up.with_options(name="start", flow_run_name="start {incident.reference}")
overrun = follow_up.with_options(name="overrun", flow_run_name="overrun {incident.reference}")
complete = follow_up.with_options(name="complete", flow_run_name="complete {incident.reference}")
cancel = follow_up.with_options(name="cancel", flow_run_name="cancel {incident.reference}")

CHAPTERS = {
    (Step.NOTIFY, Occasion.PLANNED): announce,
    (Step.FOLLOW_UP, Occasion.PLANNED): move,
    (Step.FOLLOW_UP, Occasion.REMINDER): remind,
    (Step.FOLLOW_UP, Occasion.STARTED): start,
    (Step.FOLLOW_UP, Occasion.OVERRUN): overrun,
    (Step.FOLLOW_UP, Occasion.RESTORED): complete,
    (Step.FOLLOW_UP, Occasion.CANCELLED): cancel,
}
"""Steps of an incident under the names they have in this story; any other step keeps its own."""


@flow(name="planned_work", persist_result=False)
def planned_work(incident: IncidentRef) -> None:
    """Tell of work ahead, when it comes near, when it begins, when it takes longer and when it is over."""

    drive(
        incident,
        lambda due: CHAPTERS.get((due.step, due.occasion or Occasion.UPDATE), STEPS[due.step]),
        [*STEPS.values(), *CHAPTERS.values()],
    )
