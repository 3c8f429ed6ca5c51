"""Before a large first word leaves: when the carriers will have taken it, and what is owed that they cannot keep."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from tellfirst.domain.audience import Whom
from tellfirst.domain.hand_over import HandOver, Sender
from tellfirst.notices.rendering import Templates
from tellfirst.notices.speaking import House
from tellfirst.review.estimating import Prices, estimate
from tellfirst.review.forecasting import forecast, too_late
from tellfirst.review.grouping import groups
from tellfirst.store import incidents
from tellfirst.store.parts import count

LARGE = 1_000
"""Fewer messages are out within seconds, and reckoning would hold them up for longer than it could say."""
WITHOUT_PRICES = Prices(None, None, "")


def note_hand_over(
    connection: Connection,
    reference: str,
    templates: Templates,
    house: House,
    senders: Sequence[Sender],
    now: datetime,
) -> HandOver | None:
    """Write it into the incident's log, with each deadline that cannot be made. None for a small audience.

    To be called before the first word is planned: then its readers are still to be told.
    """
    it = incidents.by_reference(connection, reference)
    if it.playbook is None:
        return None
    if connection.execute(count(Whom.NEWLY_AFFECTED, it.id)).scalar_one() < LARGE:
        return None
    found = groups(connection, it, it.playbook.tell_from)
    costs = estimate(connection, it, it.playbook, found, now, templates, house, WITHOUT_PRICES)
    reckoned = forecast(found, costs.segments_each, it.playbook, senders, now)
    late = too_late(connection, it.id, reckoned, now)
    incidents.note(
        *(connection, it.id, now, "hand_over", "cannot_be_made" if late else "reckoned"),
        message_count=reckoned.count,
        stuck_count=reckoned.stuck_count,
        half_at=(now + reckoned.half).isoformat(),
        most_at=(now + reckoned.most).isoformat(),
        missed=[f"{one.name} of {one.pack}" for one in late],
    )
    return reckoned
