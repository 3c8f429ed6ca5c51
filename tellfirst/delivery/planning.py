"""Plan: one delivery per member of a notice's audience, in the notice's own transaction.

Those who will not be written to get their row too, final and with its reason: rows = audience, always.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import ceil

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    not_,
    null,
    or_,
    select,
    union_all,
    update,
)

from tellfirst.delivery import sharing
from tellfirst.domain.audience import Over, Whom
from tellfirst.domain.delivery import HANDED_OVER, UNSAYABLE, DeliveryReason, DeliveryState
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
    a = t.audience
    members = part(whom, incident_id, before_notice=notice_id)
    keepers = sharing.keepers(members, whom)
    covered_by = case((keepers.c.keeper != a.c.customer_id, keepers.c.keeper))
    born = partial(_rows, notice_id, occasion, now)
    # In two parts, each by its own key: joined to everybody, SQLite would read all keepers once per customer.
    alone = born(cast(null(), t.delivery.c.covered_by.type)).where(members, not_(a.c.shared))
    together = born(covered_by).select_from(keepers.join(a, a.c.customer_id == keepers.c.customer_id))
    each = union_all(alone, together.where(a.c.incident_id == incident_id)).subquery("each")
    columns = each.c.keys()
    planned = connection.execute(
        insert(t.delivery).from_select(columns, select(each).order_by(each.c.customer_id)),
        execution_options={"preserve_rowcount": True},
    ).rowcount
    pending, chunks = _cut_into_chunks(connection, notice_id, wall)
    return Plan(planned, pending, chunks)


def _rows(
    notice_id: int, occasion: Occasion, now: datetime, covered_by: ColumnElement[int | None]
) -> Select[tuple[object, ...]]:
    """A delivery for every row of the audience that the caller chooses."""
    a, d = t.audience, t.delivery
    state, reason = _verdict(occasion, covered_by)
    final = case((state == DeliveryState.PENDING.value, null()), else_=literal(now, d.c.final_at.type))
    return select(
        literal(notice_id).label("notice_id"),
        a.c.incident_id,
        a.c.customer_id,
        literal(occasion.value, String).label("occasion"),
        a.c.channel,
        state.label("state"),
        reason.label("reason"),
        final.label("final_at"),
        covered_by.label("covered_by"),
    )


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
        (refused_before(), DeliveryState.CANCELLED, DeliveryReason.CONTACT_POINT_REFUSED),
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


def refused_before() -> ColumnElement[bool]:
    """This contact point was tried and is no good.

    A carrier that was away says nothing about it, nor a text that could not be put this way.
    """
    a, d = t.audience, t.delivery.alias()
    of_ours = UNSAYABLE | {DeliveryReason.TRIES_USED_UP, DeliveryReason.NEVER_TWICE}
    refused = and_(d.c.state == DeliveryState.FAILED, d.c.reason.not_in(of_ours))
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
    d, c = t.delivery, t.chunk
    counted = select(d.c.channel, func.count()).where(
        d.c.notice_id == notice_id, d.c.state == DeliveryState.PENDING
    )
    pending = {row[0]: int(row[1]) for row in connection.execute(counted.group_by(d.c.channel))}
    parts = {channel: ceil(count / CHUNK_SIZE) for channel, count in pending.items()}
    # Chunks are sent in the order of their numbers: the first part of every channel before any second one.
    chunks = sorted((number, channel) for channel, count in parts.items() for number in range(count))
    if not chunks:
        return 0, 0
    same = {"notice_id": notice_id, "due_at": wall}
    connection.execute(
        insert(c), [{**same, "channel": channel, "part": number + 1} for number, channel in chunks]
    )
    cut = _cut(notice_id)
    connection.execute(update(d).where(d.c.id == cut.c.id).values(chunk_id=cut.c.chunk_id))
    return sum(pending.values()), len(chunks)


def _cut(notice_id: int) -> Subquery:
    """(id, chunk_id) of every delivery to be sent, in one pass."""
    a, d, c = t.audience, t.delivery.alias("pending"), t.chunk
    order = (a.c.priority.desc(), a.c.language, a.c.zone, a.c.impact, d.c.customer_id)
    place = func.row_number().over(partition_by=d.c.channel, order_by=order)
    ranked = (
        select(d.c.id, d.c.channel, ((place - 1) // CHUNK_SIZE + 1).label("part"))
        .join(a, and_(a.c.incident_id == d.c.incident_id, a.c.customer_id == d.c.customer_id))
        .where(d.c.notice_id == notice_id, d.c.state == DeliveryState.PENDING)
        .subquery("ranked")
    )
    its = and_(c.c.notice_id == notice_id, c.c.channel == ranked.c.channel, c.c.part == ranked.c.part)
    return select(ranked.c.id, c.c.id.label("chunk_id")).join(c, its).subquery("cut")
