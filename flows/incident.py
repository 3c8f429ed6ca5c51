"""One incident from first signal to closed: the six steps, asleep between them."""

from prefect import flow

from flows.become_outage import become_outage
from flows.close import close
from flows.detect import detect
from flows.follow_up import follow_up
from flows.match import match
from flows.notify import notify
from flows.survey import survey
from tasks.driving import drive
from tasks.refs import IncidentRef
from tellfirst.domain.incident import Step

STEPS = {
    Step.DETECT: detect,
    Step.MATCH: match,
    Step.NOTIFY: notify,
    Step.FOLLOW_UP: follow_up,
    Step.SURVEY: survey,
    Step.CLOSE: close,
    # Only announced work has it; its own story is in planned_work.py, and any incident can be driven from here.
    Step.BECOME_OUTAGE: become_outage,
}


@flow(name="incident", persist_result=False)
def incident(incident: IncidentRef) -> None:
    """Do what is due, step by step, then sleep until the clock or an engineer wakes this same run.

    It may be killed and run again at any point: where the incident stands is in the database, and each step
    compares before it sets.
    """
    drive(incident, lambda due: STEPS[due.step], STEPS.values())
