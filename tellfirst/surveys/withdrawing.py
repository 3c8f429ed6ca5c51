"""An incident that was asked about goes on after all: who has not been asked is not, and nobody answers meanwhile."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from tellfirst.domain.delivery import HANDED_OVER, UNSETTLED, DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Occasion
from tellfirst.store import incidents
from tellfirst.store import tables as t


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """`unsent_count` invitations do not leave any more, `open_count` that had left are closed."""

    unsent_count: int
    open_count: int


def withdraw(connection: Connection, incident_id: int, now: datetime) -> Withdrawn:
    """Take back the survey of this incident. Whoever was not asked may be when it is over; nobody is asked again."""
    d, i, r = t.delivery, t.incident, t.response.c
    its = (d.c.incident_id == incident_id, d.c.occasion == Occasion.SURVEY)
    unsent = connection.execute(
        update(d)
        .where(*its, d.c.state == DeliveryState.PENDING)
        .values(state=DeliveryState.CANCELLED, reason=DeliveryReason.REOPENED, final_at=now)
    ).rowcount
    _nothing_left_to_send(connection, incident_id, now)
    unanswered = ~select(r.delivery_id).where(r.delivery_id == d.c.id).exists()
    asked = select(func.count()).where(*its, d.c.state.in_(sorted(HANDED_OVER)), unanswered)
    still_open = connection.execute(
        update(i).where(i.c.id == incident_id, i.c.survey_closes_at > now).values(survey_closes_at=now)
    ).rowcount
    done = Withdrawn(unsent, connection.execute(asked).scalar_one() if still_open else 0)
    if done.unsent_count or still_open:
        incidents.note(
            *(connection, incident_id, now, "survey", "withdrawn_reopened"),
            unsent_count=done.unsent_count,
            open_count=done.open_count,
        )
    return done


def _nothing_left_to_send(connection: Connection, incident_id: int, now: datetime) -> None:
    """The chunks of a withdrawn survey: waiting for a morning, they would hold up the survey that comes after it."""
    c, n, d = t.chunk.c, t.notice.c, t.delivery.c
    of_surveys = select(n.id).where(n.incident_id == incident_id, n.occasion == Occasion.SURVEY)
    unsettled = select(d.id).where(d.chunk_id == c.id, d.state.in_(sorted(UNSETTLED))).exists()
    left = (c.notice_id.in_(of_surveys), c.done_at.is_(None), ~unsettled)
    connection.execute(update(t.chunk).where(*left).values(done_at=now))
