"""The gap report of a period, stored and shown."""

from datetime import timedelta

from prefect import task
from prefect.artifacts import create_markdown_artifact

from tasks.policy import STEP
from tasks.refs import Counted
from tellfirst.bootstrap import world
from tellfirst.store.engine import reading, writing


@task(name="report the gaps", **STEP)
def report_gaps(days: int) -> Counted:
    """Of the incidents that were closed within the last so many days."""
    # Here and not above: pandas would cost every wake-up of every incident half a second, for this one flow.
    from tellfirst.review.period import markdown, over_period, store

    here = world()
    now = here.clock.now()
    with reading(here.engine) as connection:
        period = over_period(connection, now - timedelta(days=days), now)
    with writing(here.engine) as connection:
        number = store(connection, period, now)
    create_markdown_artifact(markdown(period), "gap-report", f"What went wrong in {days} days")
    counts = {"report": number, "incidents": len(period.incidents), "kinds_of_gaps": len(period.gaps)}
    return Counted(reason="reported", counts=counts)
