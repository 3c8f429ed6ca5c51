"""Close: review what was promised, told and missed, and end the incident."""

from prefect import flow

from tasks.artifacts import show_outcome, show_review
from tasks.close import close as close_with_review
from tasks.close import settle_receipts
from tasks.refs import Counted, IncidentRef
from tasks.send import apply_receipts


@flow(name="close", flow_run_name="close {incident.reference}", persist_result=False)
def close(incident: IncidentRef) -> Counted:
    """Nothing is outstanding: count what was never confirmed, write the review, close."""
    apply_receipts()
    settle_receipts(incident)
    closed = close_with_review(incident)
    show_outcome(incident)
    show_review(incident)
    return closed
