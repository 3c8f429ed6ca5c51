"""Get incidents going at once after something happened. The clock does the same later if this fails."""

import logging
from collections.abc import Iterable

from tellfirst import conductor
from tellfirst.bootstrap import World
from tellfirst.conductor import Wake
from tellfirst.installation import point_at_our_server
from tellfirst.store import wakes
from tellfirst.store.engine import reading, writing

log = logging.getLogger(__name__)


def wake(world: World, reference: str) -> Wake:
    """Start, resume or requeue the incident's run, and remember which run it is."""
    with reading(world.engine) as connection:
        it = wakes.driver(connection, reference, world.wall.now())
    done, flow_run_id = conductor.wake(it)
    if flow_run_id != it.flow_run_id:
        with writing(world.engine) as connection:
            wakes.driven_by(connection, reference, flow_run_id)
    log.info("%s %s as run %s", reference, done, flow_run_id)
    return done


def nudge(world: World, references: Iterable[str]) -> None:
    """Wake without waiting for the clock. A Prefect that does not answer costs time, never a promise."""
    if point_at_our_server(world.settings):
        conductor.obey_environment()
    for reference in references:
        try:
            wake(world, reference)
        except Exception as failure:  # noqa: BLE001  # the edge: the clock wakes whatever could not be woken here
            log.warning("%s could not be woken now, the clock will: %s", reference, type(failure).__name__)
            return  # a Prefect that is away is away for the others too: two hundred waits would hold this thread
