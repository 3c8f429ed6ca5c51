"""The parts of an audience that a notice may be for, as conditions on its rows.

A notice is made for everyone of its part at its revision, in one transaction: so whoever came into the part at
a later revision than the last such notice has not heard it, and nobody has to be looked up one by one.
"""

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    case,
    func,
    or_,
    select,
    union_all,
)

from tellfirst.domain.audience import Over, Whom
from tellfirst.domain.delivery import HANDED_OVER, UNSETTLED, DeliveryReason, DeliveryState
from tellfirst.domain.occasion import PROMISING, Channel
from tellfirst.store import tables as t

Number = int | ColumnElement[int]
"""A number that is known, or the parameter of a statement that is prepared."""
NEVER_LEFT = (DeliveryState.PENDING, DeliveryState.CANCELLED, DeliveryState.FAILED)


def part(whom: Whom, incident_id: Number, before_notice: Number | None = None) -> ColumnElement[bool]:
    """Which rows of `audience` a notice to `whom` is for; `before_notice` is the notice itself, if it is made."""
    a = t.audience.c
    heard_until = told_until(incident_id, before_notice)
    stopped = _was_stopped(incident_id, whom)
    waits = and_(a.affected_revision.is_not(None), a.over_at.is_(None))
    condition: ColumnElement[bool]
    match whom:
        case Whom.NEWLY_AFFECTED:
            condition = and_(waits, or_(a.affected_revision > heard_until, stopped))
        case Whom.WAITING:
            condition = and_(waits, a.affected_revision <= heard_until)
        case Whom.WORSE:
            worse_until = _last_revision(incident_id, before_notice, Whom.WAITING, Whom.WORSE)
            worse = and_(a.worse_revision > worse_until, a.worse_revision > a.affected_revision)
            condition = and_(waits, a.affected_revision <= heard_until, worse)
        case Whom.BACK:
            newly = a.over_revision > _last_revision(incident_id, before_notice, whom)
            condition = and_(a.over == Over.BACK, or_(newly, stopped), _was_to_be_told(incident_id))
        case Whom.WRONGLY_TOLD:
            newly = a.over_revision > _last_revision(incident_id, before_notice, whom)
            condition = and_(a.over == Over.WRONGLY_TOLD, or_(newly, stopped), _was_told())
        case Whom.SAMPLE:
            condition = and_(waits, _is_asked(incident_id))
        case Whom.EVERYONE:
            condition = a.affected_revision.is_not(None)
    return and_(a.incident_id == incident_id, condition)


def count(whom: Whom, incident_id: Number) -> Select[tuple[int]]:
    """How many rows a notice to `whom` would have now."""
    return select(func.count()).select_from(t.audience).where(part(whom, incident_id))


def told_until(incident_id: Number, before_notice: Number | None = None) -> ColumnElement[int]:
    """Whoever became affected at a later revision has had no first word yet."""
    return _last_revision(incident_id, before_notice, Whom.NEWLY_AFFECTED)


def behind_its_contact_point() -> ColumnElement[bool]:
    """Customers who have the contact point of a row of `audience`; found by the index of each kind of it.

    A list that is made once per row, not an OR: for that SQLite would look at every customer.
    """
    a = t.audience.c
    return t.customer.c.id.in_(behind(a.channel, a.address, t.audience))


def behind(
    channel: ColumnElement[str], address: ColumnElement[str], of: FromClause
) -> CompoundSelect[tuple[int]]:
    """The numbers of all customers with this contact point; both columns are those of `of`."""
    own, p = t.customer.alias("having").c, t.contact_point.c
    calls = channel.in_((Channel.SMS.value, Channel.VOICE.value))
    by_phone = select(own.id).where(calls, own.phone == address)
    by_mail = select(own.id).where(channel == Channel.EMAIL.value, own.email == address)
    others = select(p.customer_id).where(p.channel == channel, p.address == address)
    return union_all(*(one.correlate(of) for one in (by_phone, by_mail, others)))


def address_of(d: FromClause, a: FromClause) -> ColumnElement[str]:
    """Where the deliveries `d` go, joined with their rows `a` of the audience.

    On the channel chosen when the audience was made it is the contact point of that moment; on another one, which
    is tried when the first did not reach them, it is the one the customer has now.
    """
    c, p = t.customer.c, t.contact_point.c

    def of_customer(column: ColumnElement[str]) -> ColumnElement[str]:
        return select(column).where(c.id == d.c.customer_id).correlate(d).scalar_subquery()

    other = (
        select(p.address)
        .where(p.customer_id == d.c.customer_id, p.channel == d.c.channel)
        .correlate(d)
        .scalar_subquery()
    )
    return case(
        (d.c.channel == a.c.channel, a.c.address),
        (d.c.channel == Channel.SMS.value, of_customer(c.phone)),
        (d.c.channel == Channel.EMAIL.value, of_customer(c.email)),
        (d.c.channel == Channel.VOICE.value, func.coalesce(other, of_customer(c.phone))),
        else_=other,
    )


def _last_revision(incident_id: Number, before_notice: Number | None, *whoms: Whom) -> ColumnElement[int]:
    n = t.notice.c
    last = select(func.coalesce(func.max(n.audience_revision), 0)).where(
        n.incident_id == incident_id, n.whom.in_(whoms)
    )
    return (last if before_notice is None else last.where(n.id < before_notice)).scalar_subquery()


def _was_stopped(incident_id: Number, whom: Whom) -> ColumnElement[bool]:
    """The last word of this kind to them was stopped by a person, so it is still to be said.

    Only here is one customer after the other looked up, and only where a notice of the kind was stopped at all:
    the first condition is asked once.
    """
    a, d, n = t.audience.c, t.delivery.alias("stopped"), t.notice
    of_kind = (n.c.incident_id == incident_id, n.c.whom == whom)
    met_one = select(n.c.id).where(*of_kind, n.c.halted_at.is_not(None)).exists()
    other, its = t.delivery.alias("other"), n.alias("its")
    said_since = (
        select(other.c.id)
        .join(its, and_(its.c.id == other.c.notice_id, its.c.whom == whom))
        .where(
            other.c.incident_id == d.c.incident_id,
            other.c.customer_id == d.c.customer_id,
            or_(
                other.c.notice_id > d.c.notice_id,
                # On another channel the same notice may have reached them.
                and_(other.c.notice_id == d.c.notice_id, other.c.state.in_(HANDED_OVER | UNSETTLED)),
            ),
        )
        .exists()
    )
    stopped = (
        select(d.c.id)
        .join(n, n.c.id == d.c.notice_id)
        .where(
            d.c.incident_id == a.incident_id,
            d.c.customer_id == a.customer_id,
            d.c.state == DeliveryState.CANCELLED,
            or_(
                d.c.reason == DeliveryReason.STOPPED,
                # What came back to it from a carrier that had never had it.
                and_(d.c.reason == DeliveryReason.HALTED, n.c.halted_reason == DeliveryReason.STOPPED),
            ),
            *of_kind,
            n.c.halted_at.is_not(None),
            ~said_since,
        )
        .correlate(t.audience)
        .exists()
    )
    return and_(met_one, stopped)


def _is_asked(incident_id: Number) -> ColumnElement[bool]:
    """They are in the last sample."""
    m, s = t.sample_member.c, t.sample.c
    last = select(func.max(s.round)).where(s.incident_id == incident_id).scalar_subquery()
    found = select(m.customer_id).where(m.incident_id == incident_id, m.round == last)
    return t.audience.c.customer_id.in_(found)


def says_still_out() -> ColumnElement[bool]:
    """Of a row of `audience`: its customer says that theirs is still out, and nobody has mended it since."""
    a, o = t.audience.c, t.still_out.c
    said = (o.incident_id == a.incident_id, o.customer_id == a.customer_id, o.settled_at.is_(None))
    return select(o.customer_id).where(*said).correlate(t.audience).exists()


def _was_to_be_told(incident_id: Number) -> ColumnElement[bool]:
    """A first word was made for them before they were back. Who was back sooner reads of no end without beginning."""
    a, n = t.audience.c, t.notice.c
    between = n.audience_revision.between(a.affected_revision, a.over_revision - 1)
    found = select(n.id).where(n.incident_id == incident_id, n.whom == Whom.NEWLY_AFFECTED, between)
    return found.correlate(t.audience).exists()


def _was_told() -> ColumnElement[bool]:
    a, d = t.audience.c, t.delivery.c
    return (
        select(d.id)
        .where(
            d.incident_id == a.incident_id,
            d.customer_id == a.customer_id,
            d.occasion.in_(PROMISING),
            d.state.not_in(NEVER_LEFT),
        )
        .exists()
    )
