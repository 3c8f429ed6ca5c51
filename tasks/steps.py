"""One incident's next step, and its lease."""

from prefect.runtime import flow_run

from tasks.policy import unrecorded
from tasks.refs import IncidentRef
from tellfirst.bootstrap import world
from tellfirst.delivery import high_water
from tellfirst.domain.lifecycle import Decision
from tellfirst.store import wakes
from tellfirst.store.engine import writing
from tellfirst.timelines.situation import next_step


@unrecorded
def hold(incident: IncidentRef) -> int:
    """The number of this wake-up."""
    here = world()
    with writing(here.engine) as connection:
        return wakes.hold(connection, incident.reference, flow_run.get_id(), here.wall.now())


@unrecorded
def decide(incident: IncidentRef) -> Decision:
    """The next step, or until when there is none."""
    here = world()
    seen = here.high_water.seen()
    with writing(here.engine) as connection:
        wakes.renew(connection, incident.reference, here.wall.now())
        # Before anything is planned: by the books of a backup nobody has been told yet.
        high_water.hold_if_older(connection, seen, here.clock.now())
        return next_step(
            connection,
            incident.reference,
            here.clock.now(),
            here.wall.now(),
            braked=here.brake.is_pulled,
        )


@unrecorded
def let_sleep(incident: IncidentRef) -> None:
    """Nothing is due: the clock wakes it."""
    here = world()
    with writing(here.engine) as connection:
        wakes.let_sleep(connection, incident.reference, here.wall.now())
