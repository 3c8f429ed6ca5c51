"""Detect: is what the monitors say enough to tell customers?"""

from prefect import flow

from tasks.detect import weigh_signals
from tasks.refs import Counted, IncidentRef


@flow(name="detect", flow_run_name="detect {incident.reference}", persist_result=False)
def detect(incident: IncidentRef) -> Counted:
    """Weigh an opened incident's signals; it goes on, or is held for a person and says why."""
    return weigh_signals(incident)
