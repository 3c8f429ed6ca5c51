"""The books of one incident as tables in memory, for pandas to count. Contact points are never read."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, or_, select

from tellfirst.domain.audience import Over
from tellfirst.domain.contact import Intent
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident

SURVEY_ANSWER = "thanks_for_score"
NUMBERS = frozenset({"customer_id", "covered_by", "notice_id", "resend_count", "score"})


@dataclass(frozen=True, slots=True)
class Frames:
    """Row for row as in the tables; `contacts` are those about the incident."""

    audience: pd.DataFrame
    deliveries: pd.DataFrame
    contacts: pd.DataFrame
    responses: pd.DataFrame


def read_frames(connection: Connection, it: Incident) -> Frames:
    """Everything about the customers of `it`, in four statements."""
    a, d, r = t.audience.c, t.delivery.c, t.response.c
    return Frames(
        audience=_frame(
            connection,
            select(
                a.customer_id,
                a.channel,
                a.language,
                a.zone,
                case((a.over == Over.BACK, a.over_at)).label("over_at"),
            ).where(a.incident_id == it.id, a.affected_revision.is_not(None)),
        ),
        deliveries=_frame(
            connection,
            select(
                *(d.notice_id, d.customer_id, d.occasion, d.channel, a.language, d.state, d.reason),
                *(d.covered_by, d.resend_count, d.handed_over_at, d.final_at),
            )
            .join(t.audience, and_(a.incident_id == d.incident_id, a.customer_id == d.customer_id))
            .where(d.incident_id == it.id)
            .order_by(d.id),
        ),
        contacts=_frame(connection, _contacts(it)),
        responses=_frame(connection, select(r.customer_id, r.score, r.kind).where(r.incident_id == it.id)),
    )


def _contacts(it: Incident) -> Select[Any]:
    """Contacts about the incident: those tied to it, and reports of a problem from before it was known.

    Who complains before we know of the outage is tied to nothing, and is exactly whom we did not tell first.
    A wish to hear no more and an answer to our survey are not contacts about the incident.
    """
    a, c = t.audience.c, t.contact.c
    member = and_(a.incident_id == it.id, a.customer_id == c.customer_id)
    unknown_then = and_(
        c.incident_id.is_(None),
        c.intent == Intent.PROBLEM,
        a.customer_id.is_not(None),
        c.received_at >= it.started_at,
        _before_it_was_over(it),
    )
    return (
        select(c.customer_id, c.received_at, c.match)
        .join(t.audience, member, isouter=True)
        .where(
            c.intent.in_((Intent.PROBLEM, Intent.OTHER)),
            func.coalesce(c.answer_kind, "") != SURVEY_ANSWER,
            or_(c.incident_id == it.id, unknown_then),
        )
    )


def _before_it_was_over(it: Incident) -> ColumnElement[bool]:
    a, c = t.audience.c, t.contact.c
    if it.verified_at is None:
        return or_(a.over_at.is_(None), c.received_at <= a.over_at)
    return c.received_at <= func.coalesce(a.over_at, literal(it.verified_at, a.over_at.type))


def _frame(connection: Connection, statement: Select[Any]) -> pd.DataFrame:
    """The rows, with column types that an empty table has too. Times are the columns that end in `_at`."""
    result = connection.execute(statement)
    columns = list(result.keys())
    frame = pd.DataFrame([tuple(row) for row in result], columns=columns)
    for name in columns:
        if name.endswith("_at"):
            frame[name] = pd.to_datetime(frame[name], utc=True)
        elif name in NUMBERS:
            frame[name] = frame[name].astype("Int64")
        else:
            frame[name] = frame[name].astype("object")
    return frame
