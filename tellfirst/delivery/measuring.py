"""Measuring: how a channel's carriers did in the last quarter of an hour, counted in the ledger."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, true

from tellfirst.domain.carriers import THRESHOLDS, Measures, Thresholds
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t
from tellfirst.store.dialects import seconds_between

R = DeliveryReason
TROUBLE = (
    *(R.ANSWER_LOST, R.FOUND_AT_CARRIER, R.ABSENT_AT_CARRIER, R.SENT_AGAIN_IN_DOUBT),
    *(R.THROTTLED, R.REFUSED_BY_CARRIER, R.TRIES_USED_UP),
)
"""Reasons that speak of the carrier, and neither of the customer's contact point nor of a worker of ours."""

ENDED = (DeliveryState.DELIVERED, DeliveryState.UNDELIVERED)
"""A receipt came."""


def measures(
    connection: Connection,
    channel: Channel,
    now: datetime,
    wall: datetime,
    limits: Thresholds = THRESHOLDS,
) -> dict[str, Measures]:
    """By carrier. Calls are timed by the machine's clock, hand-over and receipt by the promises' clock."""
    d, c = t.delivery.c, t.chunk.c
    old = now - limits.slow_after
    handed_over = and_(d.handed_over_at > now - limits.measured_over, d.handed_over_at <= now)
    judged = and_(handed_over, or_(d.state.in_(ENDED), d.handed_over_at <= old))
    offered = d.intended_at > wall - limits.measured_over
    rows = connection.execute(
        select(
            d.carrier,
            func.count().filter(judged).label("judged"),
            func.count().filter(and_(judged, _slow(limits))).label("slow"),
            func.count().filter(offered).label("offered"),
            func.count().filter(and_(offered, d.reason.in_(TROUBLE))).label("trouble"),
        )
        # Through the chunks that were open in that time: neither of the times has an index, on purpose.
        .join(t.chunk, c.id == d.chunk_id)
        .where(
            c.channel == channel,
            or_(c.done_at.is_(None), c.done_at > wall - limits.measured_over),
            d.carrier.is_not(None),
        )
        .group_by(d.carrier)
    )
    return {row.carrier: Measures(row.judged, row.slow, row.offered, row.trouble) for row in rows}


def _slow(limits: Thresholds) -> ColumnElement[bool]:
    """The receipt came too late, or there is none although it is time."""
    d = t.delivery.c
    took = seconds_between(d.handed_over_at, d.final_at)
    return case((d.state.in_(ENDED), took > limits.slow_after.total_seconds()), else_=true())
