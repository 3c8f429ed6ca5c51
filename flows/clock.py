"""The clock: wakes what is due. It is what enforces the timelines."""

from prefect import flow

from tasks.publish import export_pages, hide_old_codes
from tasks.refs import Counted
from tasks.send import apply_receipts
from tasks.tick import (
    bury_forgotten,
    due,
    escalate,
    find_unreached,
    keep_deadlines,
    reap,
    record_broken_promises,
    send_answers,
    take_up_works,
    tell_of_withheld_texts,
    tend_contacts,
    wake_incident,
    weigh_carriers,
    write_down,
)


@flow(name="clock", persist_result=False)
def clock() -> Counted:
    """Record what was broken, lay and judge what is owed, doubt what dead workers left, weigh the carriers, find whom
    a word did not reach, take up announced work, tend contacts, wake what is due, send the answers that wait, copy the
    status pages where that is wanted, and tell staff what comes near or is late."""
    record_broken_promises()
    keep_deadlines()
    reap()
    apply_receipts()
    weigh_carriers()
    find_unreached()
    take_up_works()
    tend_contacts()
    woken = [wake_incident(reference) for reference in due()]
    write_down()
    export_pages()
    hide_old_codes()
    send_answers()
    # After all that customers wait for: a channel to staff that hangs must hold up nobody else.
    escalate()
    tell_of_withheld_texts()
    bury_forgotten()
    return Counted(reason="ticked", counts={"woken": len(woken)})
