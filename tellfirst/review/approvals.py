"""What waits for a person's approval: how many, of how many, until when, and what telling them would take."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from tellfirst.audience.approving import percent, share
from tellfirst.audience.base import customer_base
from tellfirst.domain.approval import ApprovalState, Question
from tellfirst.domain.incident import Held, Stage
from tellfirst.notices.rendering import Templates
from tellfirst.notices.speaking import House
from tellfirst.review.estimating import Prices, estimate
from tellfirst.review.grouping import groups
from tellfirst.store import approvals, incidents
from tellfirst.store import tables as t

SAFE_WORD = "safe word told"
UNPRICED = Prices(None, None, "")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One incident whose audience waits. `left` is negative once the time is up; an empty audience has no clock."""

    reference: str
    name: str
    state: str
    revision: int
    seen_revision: int
    """The audience's own, a tenth larger at most than what was asked about."""
    affected_count: int
    base_count: int
    needed: int
    agreed: int
    first_by: str | None
    asked_at: datetime | None
    due_at: datetime | None
    left: timedelta | None
    reason: str | None
    segment_count: int
    """Parts of texts that the first word to all who have not had it would be."""
    refused: str = ""
    """Why the last answer was not taken."""

    @property
    def lapsed(self) -> bool:
        """Whether the time was up and the safe word has been told."""
        return self.state == SAFE_WORD

    @property
    def share(self) -> str:
        """Of all active customers."""
        return percent(share(self.affected_count, self.base_count))


def waiting(connection: Connection, templates: Templates, house: House, now: datetime) -> list[Waiting]:
    """The longest waiting first; then audiences of nobody."""
    asked = [
        _asked(connection, reference, name, question, templates, house, now)
        for reference, name, question in approvals.waiting(connection)
    ]
    return [*asked, *_of_nobody(connection)]


def asked_about(
    connection: Connection, reference: str, templates: Templates, house: House, now: datetime
) -> Waiting | None:
    """What an answer about the incident would be about now; None where there is nothing to answer."""
    it = incidents.by_reference(connection, reference)
    question = approvals.withheld(connection, it.id)
    if it.approval_needed:
        question = approvals.latest(connection, it.id)
    if question is None or question.state not in (ApprovalState.OPEN, ApprovalState.LAPSED):
        return None
    return _asked(connection, reference, it.name, question, templates, house, now)


def _asked(
    connection: Connection,
    reference: str,
    name: str,
    question: Question,
    templates: Templates,
    house: House,
    now: datetime,
) -> Waiting:
    it = incidents.by_reference(connection, reference)
    assert it.playbook is not None, "an incident without a playbook is held before anybody is asked"
    found = groups(connection, it, it.playbook.tell_from)
    parts = estimate(connection, it, it.playbook, found, now, templates, house, UNPRICED)
    return Waiting(
        reference,
        name,
        SAFE_WORD if question.state is ApprovalState.LAPSED else str(question.state),
        question.revision,
        it.audience_revision,
        question.affected_count,
        question.base_count,
        question.needed,
        1 if question.first_by and question.state is not ApprovalState.APPROVED else 0,
        question.first_by,
        question.asked_at,
        question.due_at,
        question.due_at - now,
        question.reason,
        parts.segment_count,
        _refused(connection, it.id, question),
    )


def _refused(connection: Connection, incident_id: int, question: Question) -> str:
    e = t.incident_entry.c
    last = (
        select(e.reason, e.details)
        .where(e.incident_id == incident_id, e.topic == "approval", e.at >= question.asked_at)
        .order_by(e.id.desc())
        .limit(1)
    )
    row = connection.execute(last).one_or_none()
    return str(row.details["why"]) if row is not None and row.reason == "answer_refused" else ""


def _of_nobody(connection: Connection) -> list[Waiting]:
    i = t.incident.c
    empty = select(i.reference, i.name, i.audience_revision).where(
        i.held == Held.EMPTY_AUDIENCE, i.stage != Stage.CLOSED
    )
    base = customer_base(connection)
    return [
        Waiting(
            row.reference,
            row.name,
            state="empty",
            revision=row.audience_revision,
            seen_revision=row.audience_revision,
            affected_count=0,
            base_count=base,
            needed=1,
            agreed=0,
            first_by=None,
            asked_at=None,
            due_at=None,
            left=None,
            reason=None,
            segment_count=0,
        )
        for row in connection.execute(empty.order_by(i.id))
    ]
