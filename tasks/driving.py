"""Drive one incident's run: do what is due, step by step, then sleep until the clock or an engineer wakes it."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from prefect.flow_runs import suspend_flow_run
from prefect.flows import Flow

from tasks import approve
from tasks.refs import IncidentRef
from tasks.steps import decide, hold, let_sleep
from tellfirst import conductor
from tellfirst.domain.lifecycle import Finished, Take

StepFlow = Flow[Any, Any]


def drive(incident: IncidentRef, chosen: Callable[[Take], StepFlow], steps: Iterable[StepFlow]) -> None:
    """To be called by the flow of a whole story; `chosen` is the flow that takes a step, one of `steps`.

    The run may be killed and run again at any point: where the incident stands is in the database, and each step
    compares before it sets.
    """
    conductor.number_steps_from(hold(incident), steps)
    approve.hear_answers(incident)
    while True:
        decision = decide(incident)
        if isinstance(decision, Finished):
            return
        if isinstance(decision, Take):
            chosen(decision)(incident)
            continue
        let_sleep(incident)
        # A key of its own each time: Prefect passes over a suspension whose key it has seen in this run.
        if asked := approve.question(incident):
            suspend_flow_run(approve.form(asked), key=approve.key(incident, asked), timeout=None)
        else:
            suspend_flow_run(key=f"{incident.reference}-{uuid4()}", timeout=None)
