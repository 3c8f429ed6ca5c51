"""A low score becomes a contact that a person has to answer: whoever was disappointed is called."""

from datetime import datetime

from sqlalchemy import Connection, and_, select

from tellfirst.domain.contact import ContactKind, ContactState, Door, Intent, Match
from tellfirst.domain.occasion import Channel
from tellfirst.domain.survey import Asking, Score
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into

QUEUE = "call_back"
THANKED = "thanks_for_score"
"""The answer that the customer had at once. Reviews know by it that this is no contact about the outage itself."""


def call_back(
    connection: Connection, delivery_id: int, score: Score, asking: Asking, channel: str, now: datetime
) -> datetime | None:
    """Until when a person has to have called whoever gave this score; None where nobody has to. Said once."""
    if not asking.calls_back(score.value):
        return None
    due_at = now + asking.call_back_within
    d, a, c = t.delivery.c, t.audience, t.customer.c
    row = connection.execute(
        select(d.customer_id, d.incident_id, a.c.address, a.c.language, c.phone)
        .join(a, and_(a.c.incident_id == d.incident_id, a.c.customer_id == d.customer_id))
        .join(t.customer, c.id == d.customer_id)
        .where(d.id == delivery_id)
    ).one()
    made = insert_into(connection, t.contact).values(
        channel=Door.SMS if channel == Channel.SMS else Door.WEB,
        carrier_event=f"survey:{delivery_id}",
        # Whoever calls needs a number; who has given none is written to.
        address=row.phone or row.address or "",
        customer_id=row.customer_id,
        incident_id=row.incident_id,
        kind=ContactKind.COMPLAINT,
        intent=Intent.OTHER,
        # PostgreSQL keeps every sign but NUL.
        body=score.comment.replace("\x00", ""),
        received_at=now,
        answer_kind=THANKED,
        language=row.language,
        because={"survey": asking.kind, "score": score.value, "of": asking.kind.scores[-1]},
        match=Match.OVER,
        state=ContactState.WAITING,
        state_reason="low_score",
        queue=QUEUE,
        answer_due_at=due_at,
    )
    kept = connection.execute(made.on_conflict_do_nothing(), execution_options={"preserve_rowcount": True})
    if kept.rowcount:
        incidents.note(connection, row.incident_id, now, "survey", "low_score", due_at=due_at.isoformat())
    return due_at
