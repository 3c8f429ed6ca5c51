"""Reads all that the decision about an incident's next step looks at; writes down when to look again."""

from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, func, select, update

from tellfirst.audience import sampling
from tellfirst.audience.approving import affected_count
from tellfirst.delivery import halting, reaching, stopping
from tellfirst.delivery.putting_off import wake
from tellfirst.delivery.standing import Standing, standing
from tellfirst.domain.approval import ApprovalState, Question
from tellfirst.domain.audience import Whom
from tellfirst.domain.incident import Stage
from tellfirst.domain.lifecycle import Decision, Situation, Wait, decide
from tellfirst.store import announced, approvals, incidents
from tellfirst.store import tables as t
from tellfirst.store.beliefs import doubted
from tellfirst.store.incidents import Incident
from tellfirst.store.parts import part
from tellfirst.store.prepared import Prepared, number
from tellfirst.timelines.promises import estimate_made_at, next_page_word_due, next_word_due, open_promises


def next_step(
    connection: Connection, reference: str, now: datetime, wall: datetime, *, braked: bool = False
) -> Decision:
    """What the incident needs at `now`; a wait is written to the incident, where the clock finds it.

    `braked`: a brake outside of the database is pulled.
    """
    it = incidents.by_reference(connection, reference)
    decision = decide(now, situation(connection, it, now, wall, braked=braked))
    due_at = decision.until if isinstance(decision, Wait) else now
    due_at = due_at if it.stage is not Stage.CLOSED else None
    # Whoever has changed the incident since it was read has made it due at once: that must stand.
    as_read = (t.incident.c.id == it.id) & (t.incident.c.version == it.version)
    connection.execute(update(t.incident).where(as_read).values(next_due_at=due_at))
    return decision


def situation(
    connection: Connection, it: Incident, now: datetime, wall: datetime, *, braked: bool = False
) -> Situation:
    """The facts of one incident as `domain.lifecycle.decide` wants them."""
    morning_at = wake(connection, it.id, now, wall)
    messages = standing(connection, it.id, wall)
    unheard = _unheard(connection, it.id)
    question = question_of(connection, it) if it.approval_needed else None
    withheld = approvals.withheld(connection, it.id) is not None
    return Situation(
        stage=it.stage,
        held=it.held,
        playbook=it.playbook,
        footprint_changed=it.footprint_changed,
        approval_needed=it.approval_needed,
        approval=question.state if question else None,
        approval_due_at=question.due_at if question else None,
        stopped=braked or stopping.nothing_new(connection, it.id, now),
        newly_affected_count=unheard[Whom.NEWLY_AFFECTED],
        worse_count=unheard[Whom.WORSE],
        back_count=unheard[Whom.BACK],
        wrongly_told_count=unheard[Whom.WRONGLY_TOLD],
        # What nobody has agreed to say to so many waits; they have the safe word, and hear it again in its rhythm.
        word_pending=not withheld and _unsaid(connection, it.id, correction=False),
        correction_pending=not withheld and _unsaid(connection, it.id, correction=True),
        next_update_due_at=next_word_due(connection, it.id),
        page_update_due_at=next_page_word_due(connection, it.id),
        estimate_due_at=None if withheld else it.estimate_at,
        estimate_made_at=estimate_made_at(connection, it.id, it.estimate_at) if it.estimate_at else None,
        causes_left=_causes_left(connection, it.id),
        quiet_since=_quiet_since(connection, it.id),
        retry_due_at=_sends_at(connection, it, messages, morning_at, now),
        reach_due_at=reaching.due(connection, it.id, now, wall),
        doubt_due_at=now + messages.asks_in if messages.asks_in is not None else None,
        verified_at=it.verified_at,
        survey_closes_at=it.survey_closes_at,
        receipts_due_at=_receipts_due(it, messages),
        asked=sampling.last_asked(connection, it.id),
        still_out_count=sampling.still_out_count(connection, it.id),
        open_promise_count=len(open_promises(connection, it.id)),
        work=announced.announced(connection, it, now),
    )


def question_of(connection: Connection, it: Incident) -> Question | None:
    """The question about the present audience, open or declined; None where it is still to be asked."""
    last = approvals.latest(connection, it.id)
    if last is None or last.state not in (ApprovalState.OPEN, ApprovalState.DECLINED):
        return None
    return last if last.is_about(it.audience_revision, affected_count(connection, it)) else None


def _sends_at(
    connection: Connection, it: Incident, messages: Standing, morning_at: datetime | None, now: datetime
) -> datetime | None:
    """When the next message may leave, or a halted notice has waited long enough for a person."""
    marks = [one.ends_at for one in halting.halted(connection, it.id)]
    if morning_at is not None:
        marks.append(morning_at)
    if messages.sends_in is not None:
        marks.append(now + messages.sends_in)
    return min(marks, default=None)


def _receipts_due(it: Incident, messages: Standing) -> datetime | None:
    if it.playbook is None or messages.unreceipted_since is None:
        return None
    return messages.unreceipted_since + it.playbook.receipt_within


SAID_TO = (Whom.NEWLY_AFFECTED, Whom.WORSE, Whom.BACK, Whom.WRONGLY_TOLD)


def _unheard(connection: Connection, incident_id: int) -> dict[Whom, int]:
    """How many there are of each part of the audience to whom something is still to be said."""
    return dict(zip(SAID_TO, _UNHEARD.run(connection, incident_id=incident_id).one(), strict=True))


def _counts(_dialect: str) -> Select[tuple[int, ...]]:
    its = number("incident_id")
    counts = (func.count().filter(part(whom, its)) for whom in SAID_TO)
    return select(*counts).where(t.audience.c.incident_id == its)


_UNHEARD = Prepared(_counts)


def _unsaid(connection: Connection, incident_id: int, *, correction: bool) -> bool:
    return (_CORRECTING if correction else _UPDATING).run(
        connection, incident_id=incident_id
    ).first() is not None


def _waiting(*, correction: bool) -> Select[tuple[int]]:
    w = t.word.c
    its = (w.incident_id == number("incident_id"), w.notice_id.is_(None))
    return select(w.id).where(*its, w.correction.is_(correction)).limit(1)


_UPDATING = Prepared(lambda _dialect: _waiting(correction=False))
_CORRECTING = Prepared(lambda _dialect: _waiting(correction=True))


def _causes_left(connection: Connection, incident_id: int) -> bool:
    return _LEFT.run(connection, incident_id=incident_id).first() is not None


def _left(_dialect: str) -> Select[tuple[str]]:
    c = t.incident_element.c
    broken = (c.verified_at.is_(None), c.withdrawn_at.is_(None))
    return select(c.element_id).where(c.incident_id == number("incident_id"), *broken).limit(1)


_LEFT = Prepared(_left)


def _quiet_since(connection: Connection, incident_id: int) -> datetime | None:
    c = t.incident_element.c
    since: datetime | None = connection.scalar(
        select(func.min(c.until_at)).where(
            c.incident_id == incident_id,
            c.until_at.is_not(None),
            c.verified_at.is_(None),
            c.withdrawn_at.is_(None),
            ~doubted(),
        )
    )
    return since


def due_incidents(connection: Connection, now: datetime) -> list[str]:
    """Incidents whose time has come, the longest due first."""
    return list(_DUE.run(connection, now=now).scalars())


def _due(_dialect: str) -> Select[tuple[str]]:
    i = t.incident.c
    due = i.next_due_at <= bindparam("now", type_=i.next_due_at.type)
    return select(i.reference).where(i.stage != Stage.CLOSED, due).order_by(i.next_due_at, i.id)


_DUE = Prepared(_due)


def make_due(connection: Connection, incident_ids: list[int], now: datetime) -> None:
    """Something came up for these incidents: the clock is to wake them at once, and no sleep undoes that."""
    i = t.incident
    values = {"next_due_at": now, "version": i.c.version + 1}
    connection.execute(update(i).where(i.c.id.in_(incident_ids)).values(values))
