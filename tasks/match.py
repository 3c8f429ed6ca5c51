"""Match: whom does it hurt?"""

from prefect import task

from tasks import owing
from tasks.policy import STEP
from tasks.refs import Counted, IncidentRef
from tellfirst.audience.matching import match
from tellfirst.bootstrap import world
from tellfirst.store.engine import writing


@task(name="find the affected customers", **STEP)
def match_customers(incident: IncidentRef) -> Counted:
    """A new revision of the audience."""
    here = world()
    with writing(here.engine) as connection:
        found = match(connection, incident.reference, here.clock.now())
        # Which rules bind decides how often customers hear: before the first word, not after it.
        owing.lay(connection, here, incident.reference)
    return Counted(
        reason=found.held or "matched",
        counts={
            "revision": found.revision,
            "elements": found.revised.element_count,
            "audience": found.audience_count,
            "newly_affected": found.newly_affected_count,
            "at_risk": found.revised.at_risk_count,
            "uncertain": found.revised.uncertain_count,
        },
    )
