"""The close step: the review is stored and the incident ends, in that order."""

from datetime import datetime

from sqlalchemy import Connection, Engine, select

from tellfirst.domain.errors import LostRace, NotFound
from tellfirst.domain.incident import Stage
from tellfirst.review.measures import Measures
from tellfirst.review.report import Reviewed, review, summary_markdown
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing


def close_incident(engine: Engine, reference: str, now: datetime) -> Reviewed:
    """Write the review and close. Run again, it closes nothing twice. Raises LostRace before the survey step."""
    with reading(engine) as connection:
        it = incidents.by_reference(connection, reference)
    if it.stage not in (Stage.SURVEYED, Stage.CLOSED):
        raise LostRace(f"{reference} is {it.stage}; it is closed after the survey step")
    reviewed = review(engine, reference, now)
    if it.stage is Stage.SURVEYED:
        with writing(engine) as connection:
            it = incidents.by_reference(connection, reference)
            incidents.change(connection, it, stage=Stage.CLOSED, closed_at=now, next_due_at=None)
            incidents.note(
                connection, it.id, now, "closed", "nothing_outstanding", gap_count=len(reviewed.measures.gaps)
            )
    return reviewed


def stored_summary(connection: Connection, reference: str) -> str:
    """The closing figures as Markdown. Raises NotFound while there is no review."""
    it = incidents.by_reference(connection, reference)
    r = t.review.c
    measures = connection.scalar(select(r.measures).where(r.incident_id == it.id))
    if measures is None:
        raise NotFound(f"{reference} has no review yet; it is written when the incident closes")
    return summary_markdown(it, Measures.from_json(measures))
