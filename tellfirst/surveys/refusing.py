"""A customer who wants no surveys: kept for all their channels; every word about their service still reaches them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select

from tellfirst.domain.errors import NotFound
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into


@dataclass(frozen=True, slots=True)
class Asked:
    """Whoever got a survey, their language, and whether they want no more of them."""

    customer_id: int
    language: str
    has_refused: bool


def asked_by(connection: Connection, delivery_id: int) -> Asked:
    """Raises NotFound when this delivery is no survey."""
    d, a, r = t.delivery.c, t.audience.c, t.survey_refusal.c
    row = connection.execute(
        select(d.customer_id, a.language, r.customer_id.is_not(None))
        .join(t.audience, and_(a.incident_id == d.incident_id, a.customer_id == d.customer_id))
        .outerjoin(t.survey_refusal, r.customer_id == d.customer_id)
        .where(d.id == delivery_id, d.occasion == Occasion.SURVEY)
    ).one_or_none()
    if row is None:
        raise NotFound("this survey does not exist")
    return Asked(*row)


def refuse(connection: Connection, customer_id: int, source: str, now: datetime) -> None:
    """No survey leaves for this customer from the commit on. Said twice, the first time counts."""
    made = insert_into(connection, t.survey_refusal).values(customer_id=customer_id, at=now, source=source)
    connection.execute(made.on_conflict_do_nothing())
