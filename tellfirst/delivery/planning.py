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
    update,
)

from tellfirst.delivery import sharing
from tellfirst.domain.audience import Over, Whom
from tellfirst.domain.delivery import HANDED_OVER, DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.store import tables as t
from tellfirst.store.parts import part

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
    whom: Whom,
    now: datetime,
    wall: datetime,
) -> Plan:
    """Write the deliveries of a notice to a part of the audience. `wall` is when its chunks may leave."""
    a, d = t.audience, t.delivery
    members = part(whom, incident_id, before_notice=notice_id)
    keepers = sharing.keepers(members, whom)
    covered_by = case((keepers.c.keeper != a.c.customer_id, keepers.c.keeper))
    state, reason = _verdict(occasion, covered_by)
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
        covered_by,
    )
    rows = rows.outerjoin(keepers, keepers.c.customer_id == a.c.customer_id).where(members)
    columns = (
        "notice_id",
        "incident_id",
        "customer_id",
        "occasion",
        "channel",
        "state",
        "reason",
        "final_at",
        "covered_by",
    )
    planned = connection.execute(
        insert(d).from_select(columns, rows), execution_options={"preserve_rowcount": True}
    ).rowcount
    pending, chunks = _cut_into_chunks(connection, notice_id, wall)
    return Plan(planned, pending, chunks)


def _verdict(
    occasion: Occasion, covered_by: ColumnElement[int | None]
) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """State and reason of a new row: to be sent, or final from the start; the first rule that fits."""
    a, o = t.audience, t.opt_out
    opted_out = select(o.c.address).where(o.c.channel == a.c.channel, o.c.address == a.c.address).exists()
    rules = [
        (a.c.channel == Channel.NONE.value, DeliveryState.FAILED, DeliveryReason.NO_CONTACT_POINT),
        (opted_out, DeliveryState.CANCELLED, DeliveryReason.OPTED_OUT),
        (covered_by.is_not(None), DeliveryState.CANCELLED, DeliveryReason.COVERED_BY_SHARED_CONTACT),
        (_refused_before(), DeliveryState.CANCELLED, DeliveryReason.CONTACT_POINT_REFUSED),
    ]
    if occasion is Occasion.SURVEY:
        told, over = _heard(Occasion.FIRST_WORD), _heard(Occasion.RESTORED)
        rules += [
            (a.c.over == Over.WRONGLY_TOLD, DeliveryState.CANCELLED, DeliveryReason.NOT_AFFECTED),
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


def _heard(occasion: Occasion) -> ColumnElement[bool]:
    a, d = t.audience, t.delivery.alias()
    found = select(d.c.id).where(
        d.c.incident_id == a.c.incident_id,
        d.c.customer_id == a.c.customer_id,
        d.c.occasion == occasion.value,
        d.c.state.in_(HANDED_OVER),
    )
    return found.exists()


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
