"""Who is not erased yet, because we still owe them a word."""

from sqlalchemy import Connection, exists, select

from tellfirst.domain.contact import AnswerState, ContactState
from tellfirst.domain.delivery import DeliveryState
from tellfirst.domain.erasing import Waits
from tellfirst.domain.incident import RUNNING
from tellfirst.domain.occasion import Occasion
from tellfirst.erasing.person import Person, theirs
from tellfirst.store import tables as t


def waits(connection: Connection, it: Person) -> list[Waits]:
    """Every reason to wait; with none of them they can be erased at once."""
    a, d, i, k, w = t.audience.c, t.delivery.c, t.incident.c, t.contact.c, t.contact_answer.c
    told_on = select(a.customer_id).join(t.incident, i.id == a.incident_id)
    mine = d.customer_id == it.id
    looks = {
        Waits.TO_BE_TOLD: told_on.where(
            a.customer_id == it.id,
            a.affected_revision.is_not(None),
            a.over_at.is_(None),
            i.stage.in_(RUNNING),
        ),
        Waits.MESSAGE_WAITS: select(d.id).where(
            mine,
            d.state.in_((DeliveryState.PENDING, DeliveryState.UNKNOWN)),
            d.occasion != Occasion.SURVEY,
        ),
        Waits.CONTACT_OPEN: select(k.id)
        .outerjoin(t.contact_answer, w.contact_id == k.id)
        .where(
            theirs(it),
            k.state.in_((ContactState.WAITING, ContactState.TAKEN))
            | w.state.in_((AnswerState.PENDING, AnswerState.SENDING)),
        ),
        Waits.IN_FLIGHT: select(d.id).where(mine, d.state == DeliveryState.SENDING),
    }
    return [reason for reason, look in looks.items() if connection.scalar(select(exists(look)))]
