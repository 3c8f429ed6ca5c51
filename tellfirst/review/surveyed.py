"""How the survey of each incident stands: who was asked, who was not and why, what came back, who is to be called.

Counted by the database, so that it can be looked at while an incident of a million customers is being asked about.
"""

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from tellfirst.domain.contact import ContactState
from tellfirst.domain.delivery import HANDED_OVER, UNSETTLED, DeliveryReason, DeliveryState
from tellfirst.domain.incident import RUNNING, Stage
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.survey import SurveyKind
from tellfirst.review.interval import Interval, NetPromoters
from tellfirst.review.scored import scored
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.surveys.calling_back import QUEUE
from tellfirst.timelines.promises import open_promises

NOT_ASKED = (DeliveryState.CANCELLED, DeliveryState.FAILED)


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One incident. `gate` is why it is asked about, or is not: `asked`, or the reason that holds it."""

    incident: str
    place: str
    stage: str
    gate: str
    kind: SurveyKind
    closes_at: datetime | None
    waiting_count: int
    """Invitations that have not left; at night they wait for the morning."""
    asked_count: int
    answered_count: int
    mean: float | None
    mean_interval: Interval | None
    satisfied_share: float | None
    satisfied_interval: Interval | None
    promoters: NetPromoters | None
    low_count: int
    to_call_count: int
    late_call_count: int
    withheld: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def surveyed(connection: Connection, now: datetime, reference: str = "", most: int = 50) -> list[Surveyed]:
    """The newest `most` incidents, or the one of this reference. Raises NotFound for one there is not."""
    if reference:
        return [_surveyed(connection, incidents.by_reference(connection, reference), now)]
    i = t.incident.c
    newest = connection.scalars(select(i.reference).order_by(i.id.desc()).limit(most)).all()
    return [_surveyed(connection, incidents.by_reference(connection, one), now) for one in newest]


def withheld_from(connection: Connection, reference: str) -> list[dict[str, str]]:
    """Each customer who was not asked, with the reason; by reference."""
    d, c, i = t.delivery.c, t.customer.c, t.incident.c
    rows = connection.execute(
        select(c.reference, d.reason, d.channel)
        .join(t.customer, c.id == d.customer_id)
        .join(t.incident, i.id == d.incident_id)
        .where(i.reference == reference, d.occasion == Occasion.SURVEY, d.state.in_(NOT_ASKED))
        .order_by(c.reference, d.id)
    )
    return [{"customer": row.reference, "because": row.reason, "channel": row.channel} for row in rows]


def _surveyed(connection: Connection, it: Incident, now: datetime) -> Surveyed:
    states = _states(connection, it.id)
    kind, scores = _scores(connection, it)
    found = scored(scores, kind)
    to_call, late = _calls(connection, it.id, now)
    withheld: Counter[str] = Counter()
    for (state, reason), count in states.items():
        if state in NOT_ASKED and reason != DeliveryReason.ALREADY_ASKED:
            withheld[reason] += count
    return Surveyed(
        incident=it.reference,
        place=it.place,
        stage=it.stage,
        gate=_gate(connection, it, asked=bool(states)),
        kind=kind,
        closes_at=it.survey_closes_at,
        waiting_count=sum(count for (state, _), count in states.items() if state in UNSETTLED),
        asked_count=sum(count for (state, _), count in states.items() if state in HANDED_OVER),
        answered_count=len(scores),
        mean=found.mean,
        mean_interval=found.mean_interval,
        satisfied_share=found.satisfied_share,
        satisfied_interval=found.satisfied_interval,
        promoters=found.promoters,
        low_count=found.low_count,
        to_call_count=to_call,
        late_call_count=late,
        withheld=dict(sorted(withheld.items())),
    )


def _states(connection: Connection, incident_id: int) -> dict[tuple[str, str], int]:
    d = t.delivery.c
    rows = connection.execute(
        select(d.state, d.reason, func.count().label("how_many"))
        .where(d.incident_id == incident_id, d.occasion == Occasion.SURVEY)
        .group_by(d.state, d.reason)
    )
    return {(row.state, row.reason): row.how_many for row in rows}


def _scores(connection: Connection, it: Incident) -> tuple[SurveyKind, list[int]]:
    """Of the kind most answered; without answers, of the one that the playbook asks."""
    r = t.response.c
    rows = connection.execute(select(r.kind, r.score).where(r.incident_id == it.id)).all()
    if not rows:
        return it.playbook.asking.kind if it.playbook else SurveyKind.CSAT, []
    kind = Counter(row.kind for row in rows).most_common(1)[0][0]
    return SurveyKind(kind), [row.score for row in rows if row.kind == kind]


def _calls(connection: Connection, incident_id: int, now: datetime) -> tuple[int, int]:
    """Customers who are still to be called, and those of them who have waited too long."""
    c = t.contact.c
    open_ = c.state.in_((ContactState.WAITING, ContactState.TAKEN))
    row = connection.execute(
        select(func.count().label("open"), func.count().filter(c.answer_due_at < now).label("late")).where(
            c.incident_id == incident_id, c.queue == QUEUE, open_
        )
    ).one()
    return row.open, row.late


def _gate(connection: Connection, it: Incident, *, asked: bool) -> str:
    if it.stage in RUNNING:
        return "withdrawn_reopened" if asked else "not_verified"
    if it.stage is Stage.VERIFIED:
        return "promises_not_settled" if open_promises(connection, it.id) else "survey_not_yet"
    if asked:
        return "asked"
    e = t.incident_entry.c
    last = select(e.reason).where(e.incident_id == it.id, e.topic == "survey").order_by(e.id.desc()).limit(1)
    return str(connection.scalar(last) or "nobody_was_told")
