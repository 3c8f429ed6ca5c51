"""Page the control room about an incident that stays silent."""

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact

from tasks.policy import STEP
from tasks.refs import Counted, IncidentRef
from tellfirst.bootstrap import world
from tellfirst.notices.telling import has_been_told
from tellfirst.store.engine import writing
from tellfirst.timelines import paging


@task(name="page the control room", **STEP)
def page(incident: IncidentRef) -> Counted:
    """Unless the books say by now that it was told: what Prefect hears may come late or not at all."""
    here = world()
    with writing(here.engine) as connection:
        if has_been_told(connection, incident.reference):
            return Counted(reason="told_meanwhile")
        paged = paging.page(connection, incident.reference, paging.NO_FIRST_WORD, here.clock.now())
    get_run_logger().error("%s: %s", incident.reference, paged.sentence)
    create_markdown_artifact(
        f"**{incident.reference}**: {paged.sentence}\n\n`tellfirst incident show {incident.reference}`",
        f"{incident.reference.lower()}-paged",
        f"The control room was paged about {incident.reference}",
    )
    return Counted(reason=paging.NO_FIRST_WORD, counts={"paged": 1})
