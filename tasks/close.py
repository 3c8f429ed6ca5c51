"""Close: what still lacks a receipt is counted as such, the review is written, the incident ends."""

from prefect import task

from tasks.policy import STEP
from tasks.refs import Counted, IncidentRef
from tellfirst.bootstrap import world
from tellfirst.delivery.standing import close_unreceipted
from tellfirst.store import incidents
from tellfirst.store.engine import writing


@task(name="count what was never confirmed", **STEP)
def settle_receipts(incident: IncidentRef) -> Counted:
    """Neither delivered nor lost: unconfirmed."""
    here = world()
    with writing(here.engine) as connection:
        it = incidents.by_reference(connection, incident.reference)
        assert it.playbook is not None, "an incident without a playbook is never closed by the flow"
        ended = close_unreceipted(connection, it.id, here.clock.now(), it.playbook.receipt_within)
    return Counted(reason="no_receipt", counts={"unconfirmed": ended})


@task(name="write the review", **STEP)
def close(incident: IncidentRef) -> Counted:
    """Measures, gaps and the page; then the incident is closed."""
    # Here and not above: pandas would cost every wake-up of every incident half a second, for this one step.
    from tellfirst.review.closing import close_incident

    here = world()
    closed = close_incident(here.engine, incident.reference, here.clock.now())
    return Counted(reason="closed", counts={"gaps": len(closed.measures.gaps)})
