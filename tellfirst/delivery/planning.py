"""Plan: one delivery per member of a notice's audience, in the notice's own transaction.

Those who will not be written to get their row too, final and with its reason: rows = audience, always.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)

from tellfirst.domain.delivery import HANDED_OVER, DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.store import tables as t

CHUNK_SIZE = 1_000
"""Messages one task sends; the unit of a lease."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many rows a notice has, and how many of them are to be sent."""

    planned_count: int
    pending_count: int
    chunk_count: int


def plan(
    connection: Connection,
    notice_id: int,
    incident_id: int,
    occasion: Occasion,
    now: datetime,
    wall: datetime,
) -> Plan:
    """Write the deliveries of a notice. `wall` is when its chunks may leave."""
    a, d = t.audience, t.delivery
    state, reason = _verdict(occasion)
    final = case((state == DeliveryState.PENDING.value, null()), else_=literal(now, d.c.final_at.type))
    rows = select(
        literal(notice_id),
        a.c.incident_id,
        a.c.customer_id,
        literal(occasion.value, String),
        a.c.channel,
        state,
        reason,
        final,
    ).where(a.c.incident_id == incident_id, _whom(occasion, now))
    columns = (
        "notice_id",
        "incident_id",
        "customer_id",
        "occasion",
        "channel",
        "state",
        "reason",
        "final_at",
    )
    planned = connection.execute(
        insert(d).from_select(columns, rows), execution_options={"preserve_rowcount": True}
    ).rowcount
    pending, chunks = _cut_into_chunks(connection, notice_id, wall)
    return Plan(planned, pending, chunks)


def _whom(occasion: Occasion, now: datetime) -> ColumnElement[bool]:
    """Which part of the audience an occasion is for."""
    a = t.audience
    match occasion:
        case Occasion.FIRST_WORD:
            return ~_has_delivery(Occasion.FIRST_WORD)
        case Occasion.RESTORED:
            return a.c.over_at == now
        case Occasion.SURVEY:
            return true()
        case _:
            return and_(a.c.over_at.is_(None), _has_delivery(Occasion.FIRST_WORD))


def _verdict(occasion: Occasion) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """State and reason of a new row: to be sent, or final from the start; the first rule that fits."""
    a, o = t.audience, t.opt_out
    opted_out = select(o.c.address).where(o.c.channel == a.c.channel, o.c.address == a.c.address).exists()
    rules = [
        (a.c.channel == Channel.NONE.value, DeliveryState.FAILED, DeliveryReason.NO_CONTACT_POINT),
        (opted_out, DeliveryState.CANCELLED, DeliveryReason.OPTED_OUT),
        (a.c.covered_by.is_not(None), DeliveryState.CANCELLED, DeliveryReason.COVERED_BY_SHARED_CONTACT),
        (_refused_before(), DeliveryState.CANCELLED, DeliveryReason.CONTACT_POINT_REFUSED),
    ]
    if occasion is Occasion.SURVEY:
        told = _has_delivery(Occasion.FIRST_WORD, handed_over=True)
        over = _has_delivery(Occasion.RESTORED, handed_over=True)
        rules += [
            (~told, DeliveryState.CANCELLED, DeliveryReason.NEVER_TOLD),
            (~over, DeliveryState.CANCELLED, DeliveryReason.NOT_TOLD_IT_IS_OVER),
        ]
    pending, affected = (
        literal(DeliveryState.PENDING.value, String),
        literal(DeliveryReason.AFFECTED.value, String),
    )
    return (
        case(*((rule, literal(state.value, String)) for rule, state, _ in rules), else_=pending),
        case(*((rule, literal(reason.value, String)) for rule, _, reason in rules), else_=affected),
    )


def _has_delivery(occasion: Occasion, *, handed_over: bool = False) -> ColumnElement[bool]:
    a, d = t.audience, t.delivery.alias()
    found = select(d.c.id).where(
        d.c.incident_id == a.c.incident_id,
        d.c.customer_id == a.c.customer_id,
        d.c.occasion == occasion.value,
    )
    return (found.where(d.c.state.in_(HANDED_OVER)) if handed_over else found).exists()


def _refused_before() -> ColumnElement[bool]:
    """This contact point was tried and is no good. A carrier that was away says nothing about it."""
    a, d = t.audience, t.delivery.alias()
    refused = and_(d.c.state == DeliveryState.FAILED, d.c.reason != DeliveryReason.TRIES_USED_UP)
    return (
        select(d.c.id)
        .where(
            d.c.incident_id == a.c.incident_id,
            d.c.customer_id == a.c.customer_id,
            d.c.channel == a.c.channel,
            or_(d.c.state == DeliveryState.UNDELIVERED, refused),
        )
        .exists()
    )


def _cut_into_chunks(connection: Connection, notice_id: int, wall: datetime) -> tuple[int, int]:
    """Life-support customers first; then alike texts together, so that one mail request can carry many."""
    a, d = t.audience, t.delivery
    place = func.row_number().over(
        partition_by=d.c.channel,
        order_by=(a.c.priority.desc(), a.c.language, a.c.zone, a.c.impact, d.c.customer_id),
    )
    ranked = (
        select(d.c.id, d.c.channel, ((place - 1) // CHUNK_SIZE).label("part"))
        .join(a, and_(a.c.incident_id == d.c.incident_id, a.c.customer_id == d.c.customer_id))
        .where(d.c.notice_id == notice_id, d.c.state == DeliveryState.PENDING)
        .subquery()
    )
    parts = connection.execute(
        select(ranked.c.channel, ranked.c.part, func.count().label("size"))
        .group_by(ranked.c.channel, ranked.c.part)
        .order_by(ranked.c.part, ranked.c.channel)
    ).all()
    # All parts before any update: an assigned row would shift the ranks of the rest.
    members = {
        (part.channel, part.part): list(
            connection.scalars(
                select(ranked.c.id).where(ranked.c.channel == part.channel, ranked.c.part == part.part)
            )
        )
        for part in parts
    }
    for (channel, _), ids in members.items():
        row = connection.execute(
            insert(t.chunk).values(notice_id=notice_id, channel=channel, due_at=wall)
        ).inserted_primary_key
        assert row is not None
        connection.execute(update(d).where(d.c.id.in_(ids)).values(chunk_id=row[0]))
    return sum(part.size for part in parts), len(parts)
