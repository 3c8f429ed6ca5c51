"""What an ops engineer sees in Prefect's UI: counts and times by incident, never a customer."""

from prefect import task
from prefect.artifacts import create_image_artifact, create_markdown_artifact, create_table_artifact

from tasks.policy import STEP
from tasks.refs import IncidentRef
from tellfirst.bootstrap import world
from tellfirst.review import tables_for_operators as tables
from tellfirst.store.engine import reading


@task(name="show the audience", **STEP)
def show_audience(incident: IncidentRef) -> None:
    """Customers by area, standing, impact and channel, and what each look at the footprint brought."""
    here = world()
    with reading(here.engine) as connection:
        rows = tables.audience(connection, incident.reference)
        revisions = tables.revisions(connection, incident.reference)
    create_table_artifact(rows, _key(incident, "audience"), f"Whom {incident.reference} hurts")
    create_table_artifact(
        revisions, _key(incident, "revisions"), f"Each look at whom {incident.reference} hurts"
    )


@task(name="show the footprint", **STEP)
def show_footprint(incident: IncidentRef) -> None:
    """A picture that the web app draws when somebody looks, and the way to the room of the incident."""
    web_url, reference = world().settings.web_url, incident.reference
    room = f"[{reference} in the control room]({web_url}/room/incidents/{reference})"
    picture = f"{web_url}/incidents/{reference}/footprint.png"
    create_image_artifact(picture, _key(incident, "footprint"), f"Where {reference} hurts; {room}")


@task(name="show the outcome", **STEP)
def show_outcome(incident: IncidentRef) -> None:
    """Each notice with how many were told, and each promise with how it stands."""
    here = world()
    with reading(here.engine) as connection:
        notices = tables.notices(connection, incident.reference)
        promised = tables.promises(connection, incident.reference)
        stops = tables.stops(connection, incident.reference)
    create_table_artifact(notices, _key(incident, "outcome"), f"What was told about {incident.reference}")
    create_table_artifact(promised, _key(incident, "promises"), f"What we owe for {incident.reference}")
    if stops:
        create_table_artifact(stops, _key(incident, "stops"), f"Who has stopped {incident.reference}")


@task(name="show the review", **STEP)
def show_review(incident: IncidentRef) -> None:
    """The closing figures, with where the whole page is."""
    # Here and not above: pandas would cost every wake-up of every incident half a second, for this one step.
    from tellfirst.review.closing import stored_summary

    here = world()
    with reading(here.engine) as connection:
        summary = stored_summary(connection, incident.reference)
    page = f"{here.settings.web_url}/reviews/{incident.reference}"
    create_markdown_artifact(
        f"{summary}\n\n[The whole review]({page})",
        _key(incident, "review"),
        f"Review of {incident.reference}",
    )


def _key(incident: IncidentRef, what: str) -> str:
    return f"{incident.reference.lower()}-{what}"
