"""Announce work: state it by a form; whom it will hit hears of it at once."""

from prefect import flow

from tasks.announce import announce, wake
from tasks.refs import Counted
from tasks.work_form import WorkForm


@flow(name="announce_work", flow_run_name="announce {work.number}", persist_result=False)
def announce_work(work: WorkForm) -> Counted:
    """Keep the work, begin its incident and wake its run. What cannot be is refused with nothing kept."""
    return wake(announce(work))
