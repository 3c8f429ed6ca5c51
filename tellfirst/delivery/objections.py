"""What may speak against a message at the last moment at which that can be known: the intent.

Each objection is a condition on a row of `delivery`, with its reason; the first that holds cancels the row in the
very statement that would have sent it.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, and_, or_, select

from tellfirst.domain.audience import Over
from tellfirst.domain.delivery import HANDED_OVER, DeliveryReason, DeliveryState, StopEffect
from tellfirst.domain.incident import RUNNING, Stage
from tellfirst.domain.occasion import PROMISING, TOLD_BY, Occasion
from tellfirst.domain.ramp import HaltReason
from tellfirst.store import tables as t
from tellfirst.store.parts import address_of

Objection = tuple[DeliveryReason, ColumnElement[bool]]


def objections(
    d: FromClause,
    notice_id: ColumnElement[int],
    now: ColumnElement[datetime],
    stopped: ColumnElement[bool],
) -> list[Objection]:
    """Against the rows `d` of the notice, the gravest first. `stopped`: a brake outside is pulled."""
    return [
        (DeliveryReason.STOPPED, or_(stopped, stops(notice_id, StopEffect.CANCEL))),
        (DeliveryReason.HALTED, _of_the_notice(notice_id, halt_is_over())),
        (DeliveryReason.SUPERSEDED, _superseded(d)),
        (DeliveryReason.NOT_AFFECTED, _over(d, notice_id, Over.WRONGLY_TOLD)),
        (
            DeliveryReason.RESOLVED,
            or_(_closed(notice_id), and_(_promises(d), _over(d, notice_id, Over.BACK))),
        ),
        (DeliveryReason.STALE, _of_the_notice(notice_id, _out_of_date(now))),
        (DeliveryReason.OPTED_OUT, _opted_out(d)),
        (DeliveryReason.NO_SURVEYS, and_(_is_survey(d), refused_surveys(d))),
        (DeliveryReason.NEVER_TOLD, and_(_is_survey(d), ~_heard(d, *TOLD_BY))),
        (DeliveryReason.NOT_TOLD_IT_IS_OVER, and_(_is_survey(d), ~_heard(d, Occasion.RESTORED))),
        (DeliveryReason.REOPENED, and_(_is_survey(d), _goes_on(notice_id))),
    ]


def stops(notice_id: ColumnElement[int], effect: StopEffect) -> ColumnElement[bool]:
    """Somebody has stopped everything, or this incident. What holds is also a halt that waits for a person."""
    s, n = t.stop.c, t.notice.c
    its_incident = select(n.incident_id).where(n.id == notice_id).scalar_subquery()
    concerns = or_(s.incident_id.is_(None), s.incident_id == its_incident)
    stopped = select(s.id).where(s.lifted_at.is_(None), s.effect == effect, concerns).exists()
    if effect is StopEffect.CANCEL:
        return stopped
    waits = and_(n.halted_at.is_not(None), ~halt_is_over())
    return or_(stopped, _of_the_notice(notice_id, waits))


def halt_is_over() -> ColumnElement[bool]:
    """Nobody let the halted notice go on in time, or somebody cancelled or stopped it: what is left does not leave."""
    n = t.notice.c
    return and_(n.halted_at.is_not(None), n.halted_reason.in_((HaltReason.OVER, DeliveryReason.STOPPED)))


def _out_of_date(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    """The next word it promises is due, or the estimate it gives has lapsed: held up, it would promise the past.

    Who hears only that nothing of theirs was broken is given neither time.
    """
    n = t.notice.c
    lapsed = and_(n.next_update_at.is_not(None), n.estimate_at <= now)
    return or_(n.next_update_at <= now, lapsed)


def _of_the_notice(notice_id: ColumnElement[int], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(t.notice.c.id).where(t.notice.c.id == notice_id, condition).exists()


def _closed(notice_id: ColumnElement[int]) -> ColumnElement[bool]:
    n, i = t.notice.c, t.incident.c
    return (
        select(i.id)
        .join(t.notice, n.incident_id == i.id)
        .where(n.id == notice_id, i.stage == Stage.CLOSED)
        .exists()
    )


def _goes_on(notice_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The incident was opened again: customers may be without service, and are not asked how it went."""
    n, i = t.notice.c, t.incident.c
    its = select(i.id).join(t.notice, n.incident_id == i.id)
    return its.where(n.id == notice_id, i.stage.in_(sorted(RUNNING))).exists()


def _superseded(d: FromClause) -> ColumnElement[bool]:
    """A later notice to the same customer says it better: an old word must not arrive after a new one."""
    later = t.delivery.alias("later")
    return (
        select(later.c.id)
        .where(
            later.c.incident_id == d.c.incident_id,
            later.c.customer_id == d.c.customer_id,
            later.c.notice_id > d.c.notice_id,
            later.c.state != DeliveryState.CANCELLED,
        )
        .exists()
    )


def _over(d: FromClause, notice_id: ColumnElement[int], how: Over) -> ColumnElement[bool]:
    """They are back, or never were affected, since the notice was made."""
    a, n = t.audience.c, t.notice.c
    made_at = select(n.audience_revision).where(n.id == notice_id).scalar_subquery()
    return (
        select(a.customer_id)
        .where(
            a.incident_id == d.c.incident_id,
            a.customer_id == d.c.customer_id,
            a.over == how,
            a.over_revision > made_at,
        )
        .exists()
    )


def _opted_out(d: FromClause) -> ColumnElement[bool]:
    o, a = t.opt_out.c, t.audience
    own = and_(a.c.incident_id == d.c.incident_id, a.c.customer_id == d.c.customer_id)
    return (
        select(o.address)
        .select_from(a.join(t.opt_out, and_(o.channel == d.c.channel, o.address == address_of(d, a))))
        .where(own)
        .correlate(d)
        .exists()
    )


def refused_surveys(whose: FromClause) -> ColumnElement[bool]:
    """The customer of this row asked us not to ask them any more."""
    refusal = t.survey_refusal.c
    return select(refusal.customer_id).where(refusal.customer_id == whose.c.customer_id).exists()


def _heard(d: FromClause, *occasions: Occasion) -> ColumnElement[bool]:
    heard = t.delivery.alias(f"heard_{min(occasions)}")
    return (
        select(heard.c.id)
        .where(
            heard.c.incident_id == d.c.incident_id,
            heard.c.customer_id == d.c.customer_id,
            heard.c.occasion.in_(sorted(occasions)),
            heard.c.state.in_(HANDED_OVER),
        )
        .exists()
    )


def _promises(d: FromClause) -> ColumnElement[bool]:
    return d.c.occasion.in_(PROMISING)


def _is_survey(d: FromClause) -> ColumnElement[bool]:
    return d.c.occasion == Occasion.SURVEY
