"""Unmet: whom a notice did not reach on the channel that was tried, as conditions on rows of `delivery`."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, FromClause, and_, false, or_, select

from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.store import tables as t

S, R = DeliveryState, DeliveryReason

REFUSED_FOR_GOOD = (
    R.CONTACT_POINT_REFUSED,
    R.REFUSED_BY_CARRIER,
    R.TRIES_USED_UP,
    R.UNWRITABLE,
    R.NEVER_TWICE,
)
"""`no_contact_point` is none of them: there is nothing else to try."""


def did_not_arrive(d: FromClause) -> ColumnElement[bool]:
    """It is certain: refused, reported undelivered, or given up without any word from the carrier."""
    return or_(
        d.c.state == S.UNDELIVERED,
        and_(d.c.state == S.FAILED, d.c.reason.in_(REFUSED_FOR_GOOD)),
        and_(d.c.state == S.UNCONFIRMED, d.c.handed_over_at.is_(None)),
        and_(d.c.state == S.CANCELLED, d.c.reason == R.CONTACT_POINT_REFUSED),
        _carried_by_someone_it_did_not_reach(d),
    )


def may_not_arrive_there(d: FromClause) -> ColumnElement[bool]:
    """They said no to this channel, or it rings at night: another is looked for, and none is no fault."""
    left = and_(d.c.state == S.CANCELLED, d.c.reason.in_((R.OPTED_OUT, R.QUIET_HOURS)))
    return or_(left, and_(d.c.state == S.FAILED, d.c.reason == R.OPTED_OUT))


def no_word_in_time(
    d: FromClause, patience: Mapping[Channel, timedelta], now: datetime, wall: datetime
) -> ColumnElement[bool]:
    """Handed over, and no receipt came although the carrier has sent others since; or its answer was lost."""
    r = t.receipt.c
    # Silence says something only of a carrier that speaks: one without receipts, or whose receipts do not reach
    # us, must not make every customer be told twice.
    others_came = (
        select(r.event_id)
        .where(r.carrier == d.c.carrier, r.applied_at >= d.c.handed_over_at)
        .correlate(d)
        .exists()
    )
    late = [
        and_(
            d.c.channel == way.value,
            or_(
                and_(d.c.state == S.SENT, d.c.handed_over_at <= now - span, others_came),
                and_(d.c.state == S.UNKNOWN, d.c.intended_at <= wall - span),
            ),
        )
        for way, span in patience.items()
    ]
    return or_(false(), *late)


def open_to_more(d: FromClause, n: FromClause, now: datetime) -> ColumnElement[bool]:
    """The notice `n` of the row `d` still says what is true, nothing later was tried or said to them, and being
    told matters: a survey that does not arrive is not sent after them."""
    i, more, later, told = t.incident, *(t.delivery.alias(name) for name in ("more", "later", "told"))
    same = [
        and_(one.c.notice_id == d.c.notice_id, one.c.customer_id == d.c.customer_id) for one in (more, told)
    ]
    newer = and_(
        later.c.incident_id == d.c.incident_id,
        later.c.customer_id == d.c.customer_id,
        later.c.notice_id > d.c.notice_id,
    )
    return and_(
        n.c.occasion != Occasion.SURVEY,
        n.c.halted_at.is_(None),
        or_(n.c.next_update_at.is_(None), n.c.next_update_at > now),
        select(i.c.id).where(i.c.id == d.c.incident_id, i.c.stage != Stage.CLOSED).exists(),
        ~select(more.c.id).where(same[0], more.c.id > d.c.id).exists(),
        ~select(told.c.id).where(same[1], told.c.state == S.DELIVERED).exists(),
        ~select(later.c.id).where(newer).exists(),
        ~_over_since(d, n),
        ~_stopped(d),
    )


def _over_since(d: FromClause, n: FromClause) -> ColumnElement[bool]:
    a = t.audience.alias("then")
    return (
        select(a.c.customer_id)
        .where(
            a.c.incident_id == d.c.incident_id,
            a.c.customer_id == d.c.customer_id,
            a.c.over_revision > n.c.audience_revision,
        )
        .exists()
    )


def _stopped(d: FromClause) -> ColumnElement[bool]:
    s = t.stop.c
    concerns = or_(s.incident_id.is_(None), s.incident_id == d.c.incident_id)
    return select(s.id).where(s.lifted_at.is_(None), concerns).exists()


def _carried_by_someone_it_did_not_reach(d: FromClause) -> ColumnElement[bool]:
    k = t.delivery.alias("carrying")
    refused = and_(k.c.state == S.FAILED, k.c.reason.in_((*REFUSED_FOR_GOOD, R.OPTED_OUT)))
    lost = or_(
        k.c.state == S.UNDELIVERED,
        refused,
        and_(k.c.state == S.UNCONFIRMED, k.c.handed_over_at.is_(None)),
        and_(k.c.state == S.CANCELLED, k.c.reason == R.CONTACT_POINT_REFUSED),
    )
    found = (
        select(k.c.id)
        .where(
            k.c.notice_id == d.c.notice_id,
            k.c.customer_id == d.c.covered_by,
            k.c.channel == d.c.channel,
            lost,
        )
        .correlate(d)
        .exists()
    )
    return and_(d.c.state == S.CANCELLED, d.c.reason == R.COVERED_BY_SHARED_CONTACT, found)
