"""Plan: one delivery per member of a notice's audience, in the notice's own transaction.

Those who will not be written to get their row too, final and with its reason: rows = audience, always.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    false,
    insert,
    literal,
    not_,
    null,
    or_,
    select,
    union_all,
)

from tellfirst.delivery import sharing
from tellfirst.delivery.chunking import CHUNK_SIZE, cut
from tellfirst.delivery.fatigue import asked_before, asked_enough, fatigue
from tellfirst.delivery.nights import Nights, nights_for, playbook_of
from tellfirst.delivery.objections import refused_surveys
from tellfirst.domain.audience import Over, Whom
from tellfirst.domain.delivery import HANDED_OVER, UNSAYABLE, DeliveryReason, DeliveryState
from tellfirst.domain.occasion import TOLD_BY, Channel, Occasion
from tellfirst.domain.quiet_hours import Instead, QuietHours
from tellfirst.store import channels
from tellfirst.store import tables as t
from tellfirst.store.parts import part
from tellfirst.store.prepared import Prepared, number

__all__ = ["CHUNK_SIZE", "Plan", "plan"]


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
    """Write the deliveries of a notice to a part of the audience, numbered in the order in which they are to leave.

    `wall` is when its chunks may leave, but for those that it is night for and those of a later wave.
    """
    book = playbook_of(connection, incident_id)
    nights = nights_for(connection, incident_id, occasion, book, now, wall)
    order = tuple(book.channels) if book else ()
    known = {"notice_id": notice_id, "incident_id": incident_id, "now": now}
    known |= fatigue(occasion, book, now)
    # By day, which is nearly always, the statement is one of few and was written before.
    statement = _by_day(occasion, whom, order) if not nights.nights else _plan(occasion, whom, order, nights)
    planned = statement.run(connection, **known).rowcount
    pending, chunks = cut(connection, notice_id, wall, nights.nights, book.canary if book else None)
    return Plan(planned, pending, chunks)


@lru_cache(maxsize=256)
def _by_day(occasion: Occasion, whom: Whom, order: Sequence[Channel]) -> Prepared:
    return _plan(occasion, whom, order, Nights())


def _plan(occasion: Occasion, whom: Whom, order: Sequence[Channel], nights: Nights) -> Prepared:
    return Prepared(lambda _dialect: _planned(occasion, whom, order, nights))


def _planned(occasion: Occasion, whom: Whom, order: Sequence[Channel], nights: Nights) -> Insert:
    a = t.audience
    notice_id, incident_id = number("notice_id"), number("incident_id")
    members = part(whom, incident_id, before_notice=notice_id)
    keepers = sharing.keepers(members, whom)
    covered_by = case((keepers.c.keeper != a.c.customer_id, keepers.c.keeper))
    born = partial(_rows, notice_id, occasion, nights, order)
    # In two parts, each by its own key: joined to everybody, SQLite would read all keepers once per customer.
    alone = born(cast(null(), t.delivery.c.covered_by.type)).where(members, not_(a.c.shared))
    together = born(covered_by).select_from(keepers.join(a, a.c.customer_id == keepers.c.customer_id))
    each = union_all(alone, together.where(a.c.incident_id == incident_id)).subquery("each")
    columns = [column.key for column in each.c if column.key not in ORDER]
    # Priority customers first; then alike texts together, so that one mail request can carry many.
    leaving = (each.c.priority.desc(), each.c.language, each.c.zone, each.c.impact, each.c.customer_id)
    rows = select(*(each.c[name] for name in columns)).order_by(*leaving)
    return insert(t.delivery).from_select(columns, rows)


ORDER = ("priority", "language", "zone", "impact")
"""What the rows are put in order by, besides the customer's number."""


def _rows(
    notice_id: ColumnElement[int],
    occasion: Occasion,
    nights: Nights,
    order: Sequence[Channel],
    covered_by: ColumnElement[int | None],
) -> Select[tuple[object, ...]]:
    """A delivery for every row of the audience that the caller chooses."""
    a, d = t.audience, t.delivery
    state, reason = _verdict(occasion, nights, order, covered_by)
    now = bindparam("now", type_=d.c.final_at.type)
    final = case((state == DeliveryState.PENDING.value, null()), else_=now)
    return select(
        notice_id.label("notice_id"),
        a.c.incident_id,
        a.c.customer_id,
        literal(occasion.value, String).label("occasion"),
        a.c.channel,
        state.label("state"),
        reason.label("reason"),
        final.label("final_at"),
        covered_by.label("covered_by"),
        *(a.c[name] for name in ORDER),
    )


def _verdict(
    occasion: Occasion, nights: Nights, order: Sequence[Channel], covered_by: ColumnElement[int | None]
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
        told, over = _heard(*TOLD_BY), _heard(Occasion.RESTORED)
        rules += [
            (a.c.over == Over.WRONGLY_TOLD, DeliveryState.CANCELLED, DeliveryReason.NOT_AFFECTED),
            (~told, DeliveryState.CANCELLED, DeliveryReason.NEVER_TOLD),
            (~over, DeliveryState.CANCELLED, DeliveryReason.NOT_TOLD_IT_IS_OVER),
            (refused_surveys(a), DeliveryState.CANCELLED, DeliveryReason.NO_SURVEYS),
            (asked_before(a), DeliveryState.CANCELLED, DeliveryReason.ALREADY_ASKED),
            (asked_enough(a), DeliveryState.CANCELLED, DeliveryReason.SURVEYED_LATELY),
        ]
    if nights.nights:
        if nights.hours and nights.hours.instead is Instead.NEXT_CHANNEL:
            elsewhere = and_(nights.bind(a.c.channel, a), _reached_in_silence(nights.hours, order))
            rules.append((elsewhere, DeliveryState.CANCELLED, DeliveryReason.QUIET_HOURS))
        rules.append((nights.bind(a.c.channel, a), DeliveryState.PENDING, DeliveryReason.QUIET_HOURS))
    pending, affected = (
        literal(DeliveryState.PENDING.value, String),
        literal(DeliveryReason.AFFECTED.value, String),
    )
    return (
        case(*((rule, literal(state.value, String)) for rule, state, _ in rules), else_=pending),
        case(*((rule, literal(reason.value, String)) for rule, _, reason in rules), else_=affected),
    )


def _reached_in_silence(hours: QuietHours, order: Sequence[Channel]) -> ColumnElement[bool]:
    """They have another channel of the playbook that does not ring."""
    silent = [way for way in order if way not in hours.channels]
    a, c = t.audience, t.customer
    never: dict[Channel, ColumnElement[bool]] = {way: false() for way in silent}
    other = (
        select(channels.next_channel(silent, channels.NOTHING_DOWN, never) if silent else null())
        .select_from(channels.with_contact_points(c, silent))
        .where(c.c.id == a.c.customer_id)
        .correlate(a)
    )
    return other.scalar_subquery().is_not(None)


def _heard(*occasions: Occasion) -> ColumnElement[bool]:
    a, d = t.audience, t.delivery.alias()
    found = select(d.c.id).where(
        d.c.incident_id == a.c.incident_id,
        d.c.customer_id == a.c.customer_id,
        d.c.occasion.in_(sorted(occasions)),
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
