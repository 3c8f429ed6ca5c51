"""One incident from first signal to closed: the six steps, asleep between them."""

from uuid import uuid4

from prefect import flow
from prefect.flow_runs import suspend_flow_run

from flows.close import close
from flows.detect import detect
from flows.follow_up import follow_up
from flows.match import match
from flows.notify import notify
from flows.survey import survey
from tasks import approve
from tasks.refs import IncidentRef
from tasks.steps import decide, hold, let_sleep
from tellfirst import conductor
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Finished, Take

STEPS = {
    Step.DETECT: detect,
    Step.MATCH: match,
    Step.NOTIFY: notify,
    Step.FOLLOW_UP: follow_up,
    Step.SURVEY: survey,
    Step.CLOSE: close,
}


@flow(name="incident", persist_result=False)
def incident(incident: IncidentRef) -> None:
    """Do what is due, step by step, then sleep until the clock or an engineer wakes this same run.

    It may be killed and run again at any point: where the incident stands is in the database, and each step
    compares before it sets.
    """
    conductor.number_steps_from(hold(incident), STEPS.values())
    approve.hear_answers(incident)
    while True:
        decision = decide(incident)
        if isinstance(decision, Finished):
            return
        if isinstance(decision, Take):
            STEPS[decision.step](incident)
            continue
        let_sleep(incident)
        # A key of its own each time: Prefect passes over a suspension whose key it has seen in this run.
        if asked := approve.question(incident):
            suspend_flow_run(approve.form(asked), key=approve.key(incident, asked), timeout=None)
        else:
            suspend_flow_run(key=f"{incident.reference}-{uuid4()}", timeout=None)
