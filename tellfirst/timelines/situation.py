"""Reads all that the decision about an incident's next step looks at; writes down when to look again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Update, func, select, update

from tellfirst.audience import sampling
from tellfirst.audience.approving import affected_count
from tellfirst.delivery import halting, reaching, stopping
from tellfirst.delivery.halting import Halt
from tellfirst.delivery.putting_off import SLEEPING, wake
from tellfirst.delivery.standing import STANDING, Standing, standing_of
from tellfirst.domain.approval import ApprovalState, Question
from tellfirst.domain.audience import Whom
from tellfirst.domain.incident import Stage
from tellfirst.domain.lifecycle import Decision, Situation, Wait, decide
from tellfirst.store import announced, approvals, incidents
from tellfirst.store import tables as t
from tellfirst.store.beliefs import doubted
from tellfirst.store.incidents import Incident
from tellfirst.store.parts import part
from tellfirst.store.prepared import asked, moment, number, parameters, prepared
from tellfirst.timelines.promises import estimate_made_at, next_page_word_due, next_word_due, open_kinds


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
    _due_as_read.run(connection, id=it.id, version=it.version, next_due_at=due_at)
    return decision


@prepared
def _due_as_read() -> Update:
    """Whoever has changed the incident since it was read has made it due at once: that must stand."""
    i = t.incident
    as_read = (asked(i.c.id), asked(i.c.version))
    return update(i).where(*as_read).values(parameters(i, "next_due_at"))


def situation(
    connection: Connection, it: Incident, now: datetime, wall: datetime, *, braked: bool = False
) -> Situation:
    """The facts of one incident as `domain.lifecycle.decide` wants them."""
    asked_of = {"incident_id": it.id, "estimate_at": it.estimate_at, "since": stopping.met_since(now)}
    found = _look.run(connection, **asked_of, now=now, wall=wall).one()
    morning_at = wake(connection, it.id, now, wall) if found.sleeping else None
    messages = standing_of(connection, it.id, found, wall)
    halts = halting.halted(connection, it.id) if found.halted else []
    question = question_of(connection, it) if it.approval_needed else None
    return Situation(
        stage=it.stage,
        held=it.held,
        playbook=it.playbook,
        footprint_changed=it.footprint_changed,
        approval_needed=it.approval_needed,
        approval=question.state if question else None,
        approval_due_at=question.due_at if question else None,
        stopped=braked or bool(found.stopped),
        newly_affected_count=found.newly_affected,
        worse_count=found.worse,
        back_count=found.back,
        wrongly_told_count=found.wrongly_told,
        # What nobody has agreed to say to so many waits; they have the safe word, and hear it again in its rhythm.
        word_pending=found.word_pending and not found.withheld,
        correction_pending=found.correction_pending and not found.withheld,
        next_update_due_at=found.next_word_due,
        page_update_due_at=found.next_page_word_due,
        estimate_due_at=None if found.withheld else it.estimate_at,
        estimate_made_at=found.estimate_made_at,
        causes_left=found.causes_left,
        quiet_since=found.quiet_since,
        retry_due_at=_sends_at(messages, morning_at, now, halts),
        reach_due_at=reaching.due(connection, it.id, now, wall) if found.somebody_unmet else None,
        doubt_due_at=now + messages.asks_in if messages.asks_in is not None else None,
        verified_at=it.verified_at,
        survey_closes_at=it.survey_closes_at,
        receipts_due_at=_receipts_due(it, messages),
        asked=sampling.last_asked(connection, it.id) if found.asked else None,
        still_out_count=found.still_out_count,
        open_promise_count=found.open_kinds,
        work=announced.announced(connection, it, now),
    )


SAID_TO = (Whom.NEWLY_AFFECTED, Whom.WORSE, Whom.BACK, Whom.WRONGLY_TOLD)


@prepared
def _look() -> Select[Any]:
    """Everything that is one value, at once: asked one by one, the asking took longer than the answers.

    Of each part of the audience to whom something is still to be said, how many there are.
    """
    its = number("incident_id")
    counts = (func.count().filter(part(whom, its)).label(whom.value) for whom in SAID_TO)
    unheard = select(*counts).where(t.audience.c.incident_id == its).subquery("unheard")
    return select(
        unheard,
        STANDING.rows("standing"),
        stopping.NOTHING_NEW.value().label("stopped"),
        approvals.last_withheld.finds_any().label("withheld"),
        _updates.finds_any().label("word_pending"),
        _corrections.finds_any().label("correction_pending"),
        next_word_due.value().label("next_word_due"),
        next_page_word_due.value().label("next_page_word_due"),
        estimate_made_at.value().label("estimate_made_at"),
        open_kinds.value().label("open_kinds"),
        _causes_left.finds_any().label("causes_left"),
        _quiet_since.value().label("quiet_since"),
        SLEEPING.finds_any().label("sleeping"),
        halting.HALTED.finds_any().label("halted"),
        reaching.RUNNING.finds_any().label("somebody_unmet"),
        sampling.last_sample.finds_any().label("asked"),
        sampling.still_out_count.value().label("still_out_count"),
    )


def question_of(connection: Connection, it: Incident) -> Question | None:
    """The question about the present audience, open or declined; None where it is still to be asked."""
    last = approvals.latest(connection, it.id)
    if last is None or last.state not in (ApprovalState.OPEN, ApprovalState.DECLINED):
        return None
    return last if last.is_about(it.audience_revision, affected_count(connection, it)) else None


def _sends_at(
    messages: Standing, morning_at: datetime | None, now: datetime, halts: Sequence[Halt]
) -> datetime | None:
    """When the next message may leave, or a halted notice has waited long enough for a person."""
    marks = [one.ends_at for one in halts]
    if morning_at is not None:
        marks.append(morning_at)
    if messages.sends_in is not None:
        marks.append(now + messages.sends_in)
    return min(marks, default=None)


def _receipts_due(it: Incident, messages: Standing) -> datetime | None:
    if it.playbook is None or messages.unreceipted_since is None:
        return None
    return messages.unreceipted_since + it.playbook.receipt_within


def _waiting(*, correction: bool) -> Select[tuple[int]]:
    w = t.word.c
    its = (asked(w.incident_id), w.notice_id.is_(None))
    return select(w.id).where(*its, w.correction.is_(correction)).limit(1)


_updates = prepared(lambda: _waiting(correction=False))
_corrections = prepared(lambda: _waiting(correction=True))


@prepared
def _causes_left() -> Select[tuple[str]]:
    c = t.incident_element.c
    broken = (c.verified_at.is_(None), c.withdrawn_at.is_(None))
    return select(c.element_id).where(asked(c.incident_id), *broken).limit(1)


@prepared
def _quiet_since() -> Select[tuple[datetime]]:
    c = t.incident_element.c
    return select(func.min(c.until_at)).where(
        asked(c.incident_id),
        c.until_at.is_not(None),
        c.verified_at.is_(None),
        c.withdrawn_at.is_(None),
        ~doubted(),
    )


def due_incidents(connection: Connection, now: datetime) -> list[str]:
    """Incidents whose time has come, the longest due first."""
    return list(_due.run(connection, now=now).scalars())


@prepared
def _due() -> Select[tuple[str]]:
    i = t.incident.c
    due = i.next_due_at <= moment("now")
    return select(i.reference).where(i.stage != Stage.CLOSED, due).order_by(i.next_due_at, i.id)


def make_due(connection: Connection, incident_ids: list[int], now: datetime) -> None:
    """Something came up for these incidents: the clock is to wake them at once, and no sleep undoes that."""
    i = t.incident
    values = {"next_due_at": now, "version": i.c.version + 1}
    connection.execute(update(i).where(i.c.id.in_(incident_ids)).values(values))
