"""The clock: wakes what is due. It is what enforces the timelines."""

from prefect import flow

from tasks.refs import Counted
from tasks.send import apply_receipts
from tasks.tick import (
    bury_forgotten,
    due,
    find_unreached,
    reap,
    record_broken_promises,
    wake_incident,
    weigh_carriers,
    write_down,
)


@flow(name="clock", persist_result=False)
def clock() -> Counted:
    """Record what was broken, doubt what dead workers left, weigh the carriers, find whom a word did not reach, and
    wake every incident that is due."""
    record_broken_promises()
    reap()
    apply_receipts()
    weigh_carriers()
    find_unreached()
    woken = [wake_incident(reference) for reference in due()]
    write_down()
    bury_forgotten()
    return Counted(reason="ticked", counts={"woken": len(woken)})
