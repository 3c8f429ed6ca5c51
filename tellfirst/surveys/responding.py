"""A customer's answer, from the page or by SMS: once per invitation, while the survey is open."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, Select, and_, select

from tellfirst.domain.delivery import HANDED_OVER
from tellfirst.domain.errors import NotFound
from tellfirst.domain.occasion import OTHER_CHANNELS, Channel, Occasion
from tellfirst.domain.survey import Asking, Score, SurveyKind
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into
from tellfirst.store.prepared import Prepared, moment, text
from tellfirst.surveys.calling_back import call_back


class Standing(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A survey one customer was asked to answer, and whether it may still be."""

    delivery_id: int
    incident_id: int
    customer_id: int
    reference: str
    place: str
    language: str
    zone: str
    standing: Standing
    asking: Asking

    @property
    def kind(self) -> SurveyKind:
        return self.asking.kind


def invitation(connection: Connection, delivery_id: int, now: datetime) -> Invitation:
    """Raises NotFound when this delivery is not a survey that went out."""
    row = connection.execute(_invitations().where(t.delivery.c.id == delivery_id)).one_or_none()
    if row is None:
        raise NotFound("this survey does not exist")
    return _invitation(row, now)


def open_invitation_for(connection: Connection, phone: str, now: datetime) -> Invitation | None:
    """The latest survey sent to this phone that is still open and unanswered."""
    waiting = (_invitation(row, now) for row in _OF_PHONE.run(connection, phone=phone, now=now))
    return next((one for one in waiting if one.standing is Standing.OPEN), None)


def _of_phone(_dialect: str) -> Select[tuple[object, ...]]:
    c, p, d = t.customer.c, t.contact_point.c, t.delivery.c
    phone = text("phone")
    # From the number to its customers to what they were sent: an audience cannot be looked through by its addresses.
    own = select(c.id).where(c.phone == phone)
    other = select(p.customer_id).where(p.address == phone, p.channel.in_(OTHER_CHANNELS))
    return (
        _invitations()
        .where(
            d.customer_id.in_(own.union_all(other)),
            *(t.audience.c.address == phone, d.channel == Channel.SMS),
            # Most of the time nobody is asked.
            t.incident.c.survey_closes_at > moment("now"),
        )
        .order_by(t.delivery.c.id.desc())
    )


_OF_PHONE = Prepared(_of_phone)


def respond(
    connection: Connection, asked: Invitation, score: Score, channel: Channel | str, now: datetime
) -> Standing:
    """Keep the answer; a low score is followed by a call. ANSWERED or CLOSED when it came twice or too late: then
    nothing is changed."""
    if asked.standing is not Standing.OPEN:
        return asked.standing
    # Two clicks may both have read the invitation while it was open: the first one counts.
    kept = connection.execute(
        insert_into(connection, t.response)
        .values(
            delivery_id=asked.delivery_id,
            incident_id=asked.incident_id,
            customer_id=asked.customer_id,
            score=score.value,
            # PostgreSQL keeps every sign but NUL.
            comment=score.comment.replace("\x00", ""),
            channel=str(channel),
            at=now,
            kind=asked.kind,
        )
        .on_conflict_do_nothing(),
        execution_options={"preserve_rowcount": True},
    )
    if not kept.rowcount:
        return Standing.ANSWERED
    call_back(connection, asked.delivery_id, score, asked.asking, str(channel), now)
    return Standing.OPEN


def _invitations() -> Select[tuple[object, ...]]:
    d, a, i, r = t.delivery, t.audience, t.incident, t.response
    return (
        select(
            d.c.id,
            d.c.incident_id,
            d.c.customer_id,
            i.c.reference,
            i.c.place,
            a.c.language,
            a.c.zone,
            i.c.survey_closes_at,
            i.c.playbook,
            r.c.score,
        )
        .join(a, and_(a.c.incident_id == d.c.incident_id, a.c.customer_id == d.c.customer_id))
        .join(i, i.c.id == d.c.incident_id)
        .outerjoin(r, r.c.delivery_id == d.c.id)
        .where(d.c.occasion == Occasion.SURVEY, d.c.state.in_(HANDED_OVER))
    )


def _invitation(row: Row[tuple[object, ...]], now: datetime) -> Invitation:
    if row.score is not None:
        standing = Standing.ANSWERED
    elif row.survey_closes_at is None or row.survey_closes_at <= now:
        standing = Standing.CLOSED
    else:
        standing = Standing.OPEN
    asking = playbook_copy.from_json(row.playbook).asking if row.playbook else Asking()
    return Invitation(
        *(row.id, row.incident_id, row.customer_id, row.reference, row.place, row.language),
        row.zone,
        standing,
        asking,
    )
