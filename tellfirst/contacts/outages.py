"""Contacts that are about an outage: they wait with it, and are asked whether theirs is fixed when it is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from tellfirst.contacts import reporting
from tellfirst.contacts.receiving import US
from tellfirst.domain.audience import Over, Whom, kinds
from tellfirst.domain.contact import AnswerState, ContactKind, ContactState, Match
from tellfirst.domain.facts import FactRecord
from tellfirst.domain.handling import ASKED_IF_FIXED
from tellfirst.domain.impact import Impact
from tellfirst.domain.incident import Kind, Stage
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.rendering import Templates
from tellfirst.notices.wording import AnswerKind
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.parts import part

HIT_AFTER_ALL = "hit_by_an_outage"
AT_ONCE = 500
"""Customers who are answered in one turn of the clock: each text is made for its reader."""
_ABOUT_SERVICE = (ContactKind.INCIDENT_REPORT, ContactKind.COMPLAINT)
_FOLLOWED = (Stage.TOLD, Stage.FOLLOWING_UP, Stage.RESTORED)
_ENDING = (*_FOLLOWED, Stage.VERIFIED, Stage.SURVEYED)


@dataclass(frozen=True, slots=True)
class Tended:
    """How many contacts an outage took over, and how many customers were asked whether theirs is fixed."""

    joined_count: int = 0
    asked_count: int = 0


def tend(connection: Connection, templates: Templates, now: datetime) -> Tended:
    """Look at what waits and at what is over. A second look at the same books changes nothing."""
    return Tended(_join(connection, now), _ask(connection, templates, now))


def _join(connection: Connection, now: datetime) -> int:
    """Whoever waits with a report of their own and is told of an outage by now waits with that.

    Their time stands still until it is over: they have the word that everybody has.
    """
    i, c = t.incident.c, t.contact
    outages = select(i.id).where(i.stage.in_(_FOLLOWED), i.kind == Kind.OUTAGE, i.held.is_(None))
    joined = 0
    for incident_id in connection.scalars(outages.order_by(i.id)).all():
        told = select(t.audience.c.customer_id).where(part(Whom.WAITING, incident_id))
        waits = and_(
            c.c.state == ContactState.WAITING,
            c.c.answer_due_at.is_not(None),
            c.c.kind.in_(_ABOUT_SERVICE),
            c.c.customer_id.in_(told.where(t.audience.c.customer_id == c.c.customer_id).correlate(c)),
        )
        rows = connection.execute(select(c.c.id, c.c.incident_id).where(waits)).all()
        if not rows:
            continue
        ids = [row.id for row in rows]
        takes = {"incident_id": incident_id, "match": Match.KNOWN, "answer_due_at": None}
        takes["state_reason"] = HIT_AFTER_ALL
        connection.execute(update(c).where(c.c.id.in_(ids)).values(**takes))
        incidents.note(connection, incident_id, now, "contact", HIT_AFTER_ALL, contacts=ids)
        before = [row.incident_id for row in rows if row.incident_id not in (None, incident_id)]
        reporting.settle(connection, before, now, "became_part_of_another")
        joined += len(ids)
    return joined


def _ask(connection: Connection, templates: Templates, now: datetime) -> int:
    """One answer to each customer whose outage is over and who had written about it, on the way they wrote last."""
    rows = _over(connection)
    facts = _ends(connection, {row.incident_id for row in rows})
    asked = [row for row in rows if row.incident_id in facts]
    if not asked:
        return 0
    connection.execute(insert(t.contact_answer), [_question(row, facts, templates, now) for row in asked])
    c = t.contact
    had_it = {"answer_due_at": None, "state_reason": ASKED_IF_FIXED}
    for row in asked:
        its = and_(c.c.customer_id == row.customer_id, c.c.incident_id == row.incident_id)
        open_ = c.c.state.in_((ContactState.RECEIVED, ContactState.ANSWERED, ContactState.WAITING))
        answered = {"state": ContactState.ANSWERED, "answered_at": func.coalesce(c.c.answered_at, now)}
        connection.execute(update(c).where(its, open_).values(**had_it, **answered))
    for incident_id in sorted({row.incident_id for row in asked}):
        count = sum(row.incident_id == incident_id for row in asked)
        incidents.note(connection, incident_id, now, "contact", ASKED_IF_FIXED, count=count)
    return len(asked)


def _over(connection: Connection) -> Sequence[Row[Any]]:
    """The last contact of each customer about an outage that is over for them, and that was not asked about yet."""
    c, a, i, o = t.contact.c, t.audience.c, t.incident.c, t.still_out.c
    newest = (
        select(func.max(c.id).label("id"))
        .join(t.incident, i.id == c.incident_id)
        .join(t.audience, and_(a.incident_id == c.incident_id, a.customer_id == c.customer_id))
        .where(
            i.stage.in_(_ENDING),
            a.over == Over.BACK,
            c.match.in_((Match.KNOWN, Match.MISSED, Match.OPENED)),
            c.received_at <= a.over_at,
            or_(c.state_reason.is_(None), c.state_reason != ASKED_IF_FIXED),
            c.state.in_((ContactState.ANSWERED, ContactState.WAITING)),
        )
        .group_by(c.customer_id, c.incident_id)
        .limit(AT_ONCE)
        .subquery()
    )
    says_otherwise = select(o.customer_id).where(
        o.incident_id == c.incident_id, o.customer_id == c.customer_id, o.settled_at.is_(None)
    )
    return connection.execute(
        select(
            *(c.id, c.channel, c.customer_id, c.incident_id),
            *(a.language, a.zone, a.impact, a.services),
        )
        .join(newest, newest.c.id == c.id)
        .join(t.audience, and_(a.incident_id == c.incident_id, a.customer_id == c.customer_id))
        .where(~says_otherwise.exists())
        .order_by(c.id)
    ).all()


def _ends(connection: Connection, incident_ids: set[int]) -> Mapping[int, FactRecord]:
    """The facts of the all-clear of each incident, where there is one."""
    n = t.notice.c
    rows = connection.execute(
        select(n.incident_id, n.facts)
        .where(n.incident_id.in_(incident_ids), n.occasion == Occasion.RESTORED, n.whom == Whom.BACK)
        .order_by(n.sequence)
    )
    return {row.incident_id: FactRecord.from_json(row.facts) for row in rows}


def _question(
    row: Row[Any], facts: Mapping[int, FactRecord], templates: Templates, now: datetime
) -> dict[str, object]:
    body = templates.answer(
        *(AnswerKind.IS_IT_FIXED, row.language, facts[row.incident_id], row.zone, now),
        *(Impact(row.impact).word, kinds(row.services)),
    )
    return {
        "contact_id": row.id,
        "kind": AnswerKind.IS_IT_FIXED,
        "author": US,
        "channel": row.channel,
        "body": body,
        "at": now,
        "state": AnswerState.PENDING,
    }
