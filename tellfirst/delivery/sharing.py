"""One message per contact point: who of those behind it carries the message for the others."""

from sqlalchemy import ColumnElement, Subquery, case, func, select

from tellfirst.domain.audience import Whom
from tellfirst.domain.delivery import HANDED_OVER, UNSETTLED
from tellfirst.domain.occasion import TOLD_BY
from tellfirst.store import tables as t
from tellfirst.store.parts import behind_its_contact_point


def keepers(members: ColumnElement[bool], whom: Whom) -> Subquery:
    """(customer_id, keeper) for every member of a notice whose contact point others have too.

    Whoever had the messages before goes on having them, so that one person hears both the beginning and the
    end; then the worst hit, the highest priority, the lowest number. Someone newly affected behind a contact
    point that waits for the next word already is covered by whoever was told there and carries the messages.
    """
    a = t.audience.c
    keeper = func.first_value(a.customer_id).over(
        partition_by=(a.channel, a.address),
        order_by=(_heard_count().desc(), a.impact.desc(), a.priority.desc(), a.customer_id),
    )
    shared = select(a.customer_id, keeper.label("keeper")).where(members, a.shared)
    if whom is not Whom.NEWLY_AFFECTED:
        return shared.subquery("keepers")
    told = _told_there().label("told")
    within = shared.add_columns(told).subquery("within")
    first = case((within.c.told.is_not(None), within.c.told), else_=within.c.keeper)
    return select(within.c.customer_id, first.label("keeper")).subquery("keepers")


def _heard_count() -> ColumnElement[int]:
    a, d = t.audience.c, t.delivery.alias("heard")
    return (
        select(func.count())
        .select_from(d)
        .where(
            d.c.incident_id == a.incident_id,
            d.c.customer_id == a.customer_id,
            d.c.covered_by.is_(None),
            d.c.state.in_(HANDED_OVER),
        )
        .correlate(t.audience)
        .scalar_subquery()
    )


def _told_there() -> ColumnElement[int | None]:
    """The one behind the same contact point who was told earlier and still waits; by the customers' own index."""
    a, c, d, other = t.audience.c, t.customer, t.delivery.alias("carried"), t.audience.alias("told_other")
    carries = (
        select(d.c.id)
        .join(t.notice, t.notice.c.id == d.c.notice_id)
        .where(
            d.c.incident_id == other.c.incident_id,
            d.c.customer_id == other.c.customer_id,
            d.c.occasion.in_(sorted(TOLD_BY)),
            d.c.state.in_(HANDED_OVER | UNSETTLED),
            t.notice.c.audience_revision >= other.c.affected_revision,
        )
        .exists()
    )
    return (
        select(func.min(other.c.customer_id))
        .select_from(c)
        .join(other, other.c.customer_id == c.c.id)
        .where(
            behind_its_contact_point(),
            other.c.incident_id == a.incident_id,
            other.c.channel == a.channel,
            other.c.address == a.address,
            other.c.over_at.is_(None),
            carries,
        )
        .correlate(t.audience)
        .scalar_subquery()
    )
