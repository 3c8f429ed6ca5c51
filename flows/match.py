"""Match: exactly whom does it hurt?"""

from prefect import flow

from tasks.artifacts import show_audience, show_footprint
from tasks.match import match_customers
from tasks.refs import Counted, IncidentRef


@flow(name="match", flow_run_name="match {incident.reference}", persist_result=False)
def match(incident: IncidentRef) -> Counted:
    """Find the affected customers as the footprint is now. An empty audience is held, a large one waits."""
    found = match_customers(incident)
    if found.reason != "matched" or not found.counts["newly_affected"]:
        # Whoever is to be told now is not kept waiting for a picture: `notify` shows it, after they have been.
        show_audience(incident)
        show_footprint(incident)
    return found
