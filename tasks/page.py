"""Page the control room about an incident that stays silent."""

from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact

from tasks.policy import STEP
from tasks.refs import Counted, IncidentRef
from tellfirst.bootstrap import world
from tellfirst.domain.escalation import Subject
from tellfirst.notices.telling import has_been_told
from tellfirst.store.engine import writing
from tellfirst.timelines import escalating, paging


@task(name="page the control room", **STEP)
def page(incident: IncidentRef) -> Counted:
    """Unless the books say by now that it was told: what Prefect hears may come late or not at all."""
    here = world()
    with writing(here.engine) as connection:
        if has_been_told(connection, incident.reference):
            return Counted(reason="told_meanwhile")
        now = here.clock.now()
        paged = paging.page(connection, incident.reference, paging.NO_FIRST_WORD, now)
        calendars = here.markets.around(now)
        # The call itself is made by the next tick; if none comes, the error in the log is what is left.
        escalating.call_about(connection, incident.reference, Subject.SILENCE, here.roles, calendars, now)
    get_run_logger().error("%s: %s", incident.reference, paged.sentence)
    create_markdown_artifact(
        f"**{incident.reference}**: {paged.sentence}\n\n`tellfirst incident show {incident.reference}`",
        f"{incident.reference.lower()}-paged",
        f"The control room was paged about {incident.reference}",
    )
    return Counted(reason=paging.NO_FIRST_WORD, counts={"paged": 1})
