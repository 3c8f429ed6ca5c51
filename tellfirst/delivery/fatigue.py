"""Who was asked enough: once about an incident, and no more often over all of them than a customer may be."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, bindparam, func, or_, select

from tellfirst.domain.delivery import HANDED_OVER, UNSETTLED
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.survey import Asking
from tellfirst.store import tables as t
from tellfirst.store.prepared import number

_MAY_HAVE_IT = sorted(HANDED_OVER | UNSETTLED)
"""What may still leave counts as well: two surveys that wait for one morning are two."""


def fatigue(occasion: Occasion, book: Playbook | None, now: datetime) -> dict[str, Any]:
    """The parameters of `asked_enough`; none for a word that asks nothing."""
    if occasion is not Occasion.SURVEY:
        return {}
    asking = book.asking if book else Asking()
    return {"asked_at_most": asking.at_most, "asked_since": now - asking.per}


def asked_before(whose: FromClause) -> ColumnElement[bool]:
    """The customer of this row was asked about the same incident already."""
    d = t.delivery.alias("asked_before")
    return (
        select(d.c.id)
        .where(
            d.c.incident_id == whose.c.incident_id,
            d.c.customer_id == whose.c.customer_id,
            d.c.occasion == Occasion.SURVEY,
            d.c.state.in_(_MAY_HAVE_IT),
        )
        .exists()
    )


def asked_enough(whose: FromClause) -> ColumnElement[bool]:
    """The customer of this row has had as many surveys lately, about other incidents, as one may have."""
    d = t.delivery.alias("asked")
    since = bindparam("asked_since", type_=d.c.handed_over_at.type)
    counted = or_(
        and_(d.c.state.in_(sorted(HANDED_OVER)), d.c.handed_over_at >= since),
        d.c.state.in_(sorted(UNSETTLED)),
    )
    asked = (
        select(func.count())
        .select_from(d)
        .where(
            d.c.customer_id == whose.c.customer_id,
            d.c.incident_id != whose.c.incident_id,
            d.c.occasion == Occasion.SURVEY,
            counted,
        )
        .scalar_subquery()
    )
    return asked >= number("asked_at_most")
