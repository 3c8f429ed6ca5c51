"""Silence: how long the messages of a notice have been without a word from their carriers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, false, func, or_, select

from tellfirst.domain.delivery import DeliveryState
from tellfirst.domain.occasion import Channel
from tellfirst.store import tables as t

S = DeliveryState


@dataclass(frozen=True, slots=True)
class Silence:
    """Whether any message waits for its receipt or answer for too long; when the next one will have."""

    too_long: bool
    ends_at: datetime | None


def silence(
    connection: Connection,
    notice_id: int,
    patience: Mapping[Channel, timedelta],
    now: datetime,
    wall: datetime,
) -> Silence:
    """One pass over the notice, which is most of what looking for the unreached costs."""
    d = t.delivery.c
    patient = [and_(d.channel == way.value, d.handed_over_at > now - span) for way, span in patience.items()]
    fresh = and_(d.state == S.SENT, or_(false(), *patient))
    rows = connection.execute(
        select(
            *(d.channel, d.carrier),
            func.min(d.handed_over_at).filter(d.state == S.SENT).label("first_sent"),
            func.min(d.handed_over_at).filter(fresh).label("first_fresh"),
            func.min(d.intended_at).filter(d.state == S.UNKNOWN).label("first_unknown"),
        )
        .where(d.notice_id == notice_id, d.state.in_((S.SENT, S.UNKNOWN)))
        .group_by(d.channel, d.carrier)
    ).all()
    too_long, ends = False, []
    for row in rows:
        span = patience.get(Channel(row.channel))
        if span is None:
            continue
        unknown = row.first_unknown is not None and row.first_unknown <= wall - span
        sent = row.first_sent is not None and row.first_sent <= now - span
        too_long = too_long or unknown or sent
        if row.first_fresh is not None and _speaks(connection, row.carrier):
            ends.append(row.first_fresh + span)
    return Silence(too_long, min(ends, default=None))


def _speaks(connection: Connection, carrier: str | None) -> bool:
    """Whether the carrier has ever sent a receipt."""
    r = t.receipt.c
    return connection.scalar(select(r.event_id).where(r.carrier == carrier).limit(1)) is not None
