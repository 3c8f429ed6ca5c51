"""Reach: whoever a notice did not reach gets it on their next channel, until they are told or nothing is left.

A row that says `unreachable` ends what could not be reached: its channel is `none`, as for those whom no contact
point is known of.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    text,
    union_all,
)

from tellfirst.crashpoints import crashpoint
from tellfirst.delivery.chunking import cut
from tellfirst.delivery.nights import Nights, nights_for, playbook_of
from tellfirst.delivery.silence import Silence, silence
from tellfirst.delivery.unmet import did_not_arrive, may_not_arrive_there, no_word_in_time, open_to_more
from tellfirst.domain.delivery import HANDED_OVER, UNSETTLED, DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.playbook import Playbook
from tellfirst.domain.quiet_hours import WAKING
from tellfirst.store import channels
from tellfirst.store import tables as t
from tellfirst.store.parts import behind
from tellfirst.store.prepared import Prepared, number

S, R = DeliveryState, DeliveryReason
NEW = ("notice_id", "incident_id", "customer_id", "occasion", "channel", "state", "reason", "final_at")


@dataclass(frozen=True, slots=True)
class Reached:
    """How many customers got another channel, and how many have none left."""

    next_count: int
    unreachable_count: int


def reach(connection: Connection, incident_id: int, now: datetime, wall: datetime) -> Reached:
    """Give everybody of the incident's running notices who was not reached their next channel, or the end.

    Making it again changes nothing: the key of a delivery is notice, customer and channel.
    """
    running = _running(connection, incident_id, now)
    book = playbook_of(connection, incident_id) if running else None
    written: list[str] = []
    for one in running:
        if book is not None:
            written += _next_channels(connection, incident_id, one, book, now, wall)
    crashpoint("reach: next channels planned, not committed")
    unreachable_count = written.count(Channel.NONE)
    return Reached(len(written) - unreachable_count, unreachable_count)


def _next_channels(
    connection: Connection, incident_id: int, one: "_Running", book: Playbook, now: datetime, wall: datetime
) -> list[str]:
    """The channels that whoever the notice did not reach gets it on now."""
    quiet = _silence(connection, one, book, now, wall)
    if not one.may_be_unmet(quiet):
        return []
    nights = nights_for(connection, incident_id, one.occasion, book, now, wall)
    found = _found(one.notice_id, book, nights, now, wall, too_long=quiet.too_long)
    rows = _rows(found, nights, now)
    columns = [*NEW, "covered_by"]
    written = connection.scalars(
        insert(t.delivery).from_select(columns, rows).returning(t.delivery.c.channel)
    ).all()
    if written:
        cut(connection, one.notice_id, wall, nights.nights)
    return list(written)


def due(connection: Connection, incident_id: int, now: datetime, wall: datetime) -> datetime | None:
    """When `reach` has something to do next: now, or when the patience with the next receipt ends; None: never."""
    running = _running(connection, incident_id, now)
    book = playbook_of(connection, incident_id) if running else None
    if book is None:
        return None
    ends: list[datetime] = []
    for one in running:
        quiet = _silence(connection, one, book, now, wall)
        if one.may_be_unmet(quiet):
            found = _found(one.notice_id, book, Nights(), now, wall, too_long=quiet.too_long)
            if connection.scalar(select(found.c.customer_id).limit(1)) is not None:
                return now
        ends += [quiet.ends_at] if quiet.ends_at else []
    return min(ends, default=None)


def waiting_incidents(connection: Connection, now: datetime, wall: datetime) -> list[int]:
    """Incidents in which somebody waits for their next channel; for the clock, which wakes them."""
    i, n = t.incident.c, t.notice.c
    spoken = select(n.id).where(n.incident_id == i.id).exists()
    running = select(i.id).where(i.closed_at.is_(None), i.held.is_(None), spoken, i.next_due_at > now)
    return [one for one in connection.scalars(running).all() if due(connection, one, now, wall) == now]


def told_twice_count(connection: Connection, incident_id: int) -> int:
    """Customers who may have one notice on two channels: no receipt came for the first, or it came later."""
    d = t.delivery.c
    several = (
        select(d.notice_id, d.customer_id)
        .where(d.incident_id == incident_id, d.state.in_(HANDED_OVER))
        .group_by(d.notice_id, d.customer_id)
        .having(func.count() > 1)
        .subquery()
    )
    return connection.execute(select(func.count()).select_from(several)).scalar_one()


@dataclass(frozen=True, slots=True)
class _Running:
    """A notice that still says what is true, and whether it has messages that ended unmet, or wait for a receipt."""

    notice_id: int
    occasion: Occasion
    has_unmet: bool
    has_waiting: bool

    def may_be_unmet(self, quiet: Silence) -> bool:
        """Whether it is worth looking for customers it did not reach, which costs more than all else here."""
        return self.has_unmet or quiet.too_long


def _silence(connection: Connection, of: _Running, book: Playbook, now: datetime, wall: datetime) -> Silence:
    if not of.has_waiting:
        return Silence(False, None)
    return silence(connection, of.notice_id, book.receipt_patience, now, wall)


def _running(connection: Connection, incident_id: int, now: datetime) -> list[_Running]:
    """Notices that still say what is true and may not have reached somebody, oldest first."""
    rows = RUNNING.run(connection, incident_id=incident_id, now=now)
    return [_Running(row.id, Occasion(row.occasion), row.has_unmet, row.has_waiting) for row in rows]


def _running_notices(_dialect: str) -> Select[tuple[object, ...]]:
    n, d = t.notice.c, t.delivery.c
    now = bindparam("now", type_=n.next_update_at.type)
    its = select(d.id).where(d.notice_id == n.id)
    has_unmet = its.where(text(f"delivery.{t.UNMET_STATES}")).exists()
    has_waiting = its.where(d.state.in_((S.SENT, S.UNKNOWN))).exists()
    return (
        select(n.id, n.occasion, has_unmet.label("has_unmet"), has_waiting.label("has_waiting"))
        .where(
            n.incident_id == number("incident_id"),
            n.occasion != Occasion.SURVEY,
            n.halted_at.is_(None),
            or_(n.next_update_at.is_(None), n.next_update_at > now),
            or_(has_unmet, has_waiting),
        )
        .order_by(n.id)
    )


RUNNING = Prepared(_running_notices)
"""Notices that somebody may be unmet by; while there is none, nothing is `due`."""


def _found(
    notice_id: int, book: Playbook, nights: Nights, now: datetime, wall: datetime, *, too_long: bool
) -> Subquery:
    """Everybody whom the notice did not reach, with their next channel; NULL where nothing is left."""
    d, a, c, n = t.delivery, t.audience, t.customer, t.notice
    down = channels.down_of(a) if book.around_outage else channels.NOTHING_DOWN
    tried = {way: _tried(d, way, nights) for way in book.channels}
    chosen = channels.next_channel(book.channels, down, tried)
    certain = did_not_arrive(d)
    # Each by its own way to the rows: those that ended so are few and have an index, which an OR would not use.
    ended = and_(text(f"delivery.{t.UNMET_STATES}"), or_(certain, may_not_arrive_there(d)))
    late = no_word_in_time(d, book.receipt_patience, now, wall)
    rows = channels.with_contact_points(
        d.join(n, n.c.id == d.c.notice_id)
        .join(a, and_(a.c.incident_id == d.c.incident_id, a.c.customer_id == d.c.customer_id))
        .join(c, c.c.id == d.c.customer_id),
        book.channels,
    )
    each = union_all(
        *(
            select(
                *(d.c.notice_id, d.c.incident_id, d.c.customer_id, d.c.occasion, a.c.zone, a.c.priority),
                *(a.c.language, a.c.impact),
                chosen.label("chosen"),
                certain.label("certain"),
            )
            .select_from(rows)
            .where(d.c.notice_id == notice_id, which, open_to_more(d, n, now))
            for which in ((ended, late) if too_long else (ended,))
        )
    ).subquery("each")
    return select(each).where(or_(each.c.chosen.is_not(None), each.c.certain)).subquery("found")


def _tried(d: FromClause, way: Channel, nights: Nights) -> ColumnElement[bool]:
    """This notice was tried there, or something else of the incident failed there."""
    o = t.delivery.alias(f"tried_{way}")
    failed = and_(o.c.state == S.FAILED, o.c.reason != R.TRIES_USED_UP)
    there = (
        select(o.c.id)
        .where(
            o.c.incident_id == d.c.incident_id,
            o.c.customer_id == d.c.customer_id,
            o.c.channel == way.value,
            or_(o.c.notice_id == d.c.notice_id, o.c.state == S.UNDELIVERED, failed),
        )
        .correlate(d)
        .exists()
    )
    rings = way in (nights.hours.channels if nights.hours else WAKING)
    if not rings:
        return there
    return or_(there, and_(d.c.state == S.CANCELLED, d.c.reason == R.QUIET_HOURS))


def _rows(found: Subquery, nights: Nights, now: datetime) -> Select[tuple[object, ...]]:
    """The new deliveries. Behind one contact point one of them carries the message, as when it was planned."""
    at = _addressed(found)
    first = func.first_value(at.c.customer_id).over(
        partition_by=(at.c.chosen, at.c.address), order_by=(at.c.priority.desc(), at.c.customer_id)
    )
    keeper = func.coalesce(_told_there(at), first)
    covered = case((and_(at.c.shared, keeper != at.c.customer_id), keeper), else_=null())
    each = select(at, covered.label("covered_by")).subquery("covered")
    night = nights.bind(each.c.chosen, each)
    rules = (
        (each.c.chosen.is_(None), S.FAILED, R.UNREACHABLE),
        (each.c.covered_by.is_not(None), S.CANCELLED, R.COVERED_BY_SHARED_CONTACT),
        (night, S.PENDING, R.QUIET_HOURS),
    )
    state = case(*((rule, literal(one.value, String)) for rule, one, _ in rules), else_=S.PENDING.value)
    reason = case(*((rule, literal(one.value, String)) for rule, _, one in rules), else_=R.NEXT_CHANNEL.value)
    final = case((state == S.PENDING.value, null()), else_=literal(now, t.delivery.c.final_at.type))
    return select(
        *(each.c.notice_id, each.c.incident_id, each.c.customer_id, each.c.occasion),
        func.coalesce(each.c.chosen, Channel.NONE.value).label("channel"),
        state.label("state"),
        reason.label("reason"),
        final.label("final_at"),
        each.c.covered_by,
    ).order_by(each.c.priority.desc(), each.c.language, each.c.zone, each.c.impact, each.c.customer_id)


def _addressed(found: Subquery) -> Subquery:
    """`found` with the contact point of the chosen channel, and whether others have it too."""
    order = [way for way in Channel if way is not Channel.NONE]
    rows = channels.with_contact_points(found.join(t.customer, t.customer.c.id == found.c.customer_id), order)
    address = channels.address(order, found.c.chosen).label("address")
    shared = channels.shared(order, found.c.chosen).label("shared")
    return select(found, address, shared).select_from(rows).subquery("at")


def _told_there(at: Subquery) -> ColumnElement[int | None]:
    """Who has this notice at the same contact point already."""
    o = t.delivery.alias("there")
    return (
        select(func.min(o.c.customer_id))
        .where(
            at.c.shared,
            o.c.notice_id == at.c.notice_id,
            o.c.channel == at.c.chosen,
            o.c.state.in_(HANDED_OVER | UNSETTLED),
            o.c.customer_id.in_(behind(at.c.chosen, at.c.address, at)),
        )
        .correlate(at)
        .scalar_subquery()
    )
