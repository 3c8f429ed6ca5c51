"""Review: what went wrong in the incidents of a period, so that the next ones go better."""

from typing import Annotated

from prefect import flow
from pydantic import Field

from tasks.refs import Counted
from tasks.review import report_gaps


@flow(name="review", flow_run_name="review of {days} days", persist_result=False)
def review(days: Annotated[int, Field(ge=1, le=366)] = 7) -> Counted:
    """The gap report: every Monday, and whenever somebody asks for it."""
    return report_gaps(days)
