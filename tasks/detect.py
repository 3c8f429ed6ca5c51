"""Detect: is what the monitors say enough to tell customers?"""

from prefect import task

from tasks.milestones import Milestone, reached
from tasks.policy import STEP
from tasks.refs import Counted, IncidentRef
from tellfirst.bootstrap import world
from tellfirst.detect.weighing import weigh
from tellfirst.store.engine import writing


@task(name="weigh the signals", **STEP)
def weigh_signals(incident: IncidentRef) -> Counted:
    """Goes on, or is held for a person with a named reason."""
    here = world()
    with writing(here.engine) as connection:
        held = weigh(connection, incident.reference, here.clock.now())
    reached(incident, Milestone.OPENED)
    return Counted(reason=held or "causes_known")
