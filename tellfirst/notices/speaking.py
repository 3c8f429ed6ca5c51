"""Speak: one notice for one audience and occasion, with its facts, its promise and its deliveries, at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from tellfirst.delivery.planning import Plan, plan
from tellfirst.domain.errors import LostRace, RuleBroken
from tellfirst.domain.facts import Action, Cause, FactRecord
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import PROMISING, Occasion
from tellfirst.domain.promise import PromiseKind
from tellfirst.notices.words import Words, take_words
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.incidents import Incident
from tellfirst.timelines import promises


@dataclass(frozen=True, slots=True)
class House:
    """Who speaks: the same in every text. `page` is where the status can be read."""

    company: str
    contact: str
    page: str


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks, with which texts, and when: `now` for promises, `wall` (the machine's) for sending."""

    house: House
    version: Callable[[Occasion], str]
    now: datetime
    wall: datetime


@dataclass(frozen=True, slots=True)
class Spoken:
    """A notice in the books, not yet on its way."""

    notice_id: int
    sequence: int
    occasion: Occasion
    plan: Plan
    next_update_at: datetime | None
    estimate_at: datetime | None


def speak(
    connection: Connection, reference: str, occasion: Occasion, reason: str, voice: Voice
) -> Spoken | None:
    """Make the notice for `occasion`. None when nobody is left to hear it: then nothing is written.

    The notice, its promises and one delivery per member of its audience are one transaction: there is never a
    message without a promise on record, nor a promise without its messages.
    """
    it = incidents.by_reference(connection, reference)
    if it.stage is Stage.CLOSED or it.playbook is None:
        raise LostRace(f"{reference} is no longer in a stage to speak about ({it.stage})")
    words = take_words(connection, it, occasion)
    facts = _facts(connection, it, occasion, words, voice)
    notice_id = _insert(connection, it, occasion, reason, facts, words, voice)
    planned = plan(connection, notice_id, it.id, occasion, voice.now, voice.wall)
    if not planned.planned_count:
        connection.execute(t.notice.delete().where(t.notice.c.id == notice_id))
        return None
    _promise(connection, it, notice_id, facts, voice.now)
    words.mark_spoken(connection, notice_id)
    if occasion in PROMISING:
        # An all-clear or a survey may be for a part of the customers: what the others were told still stands.
        incidents.change(
            connection, it, cause=facts.cause, action=facts.action, estimate_at=facts.estimate_at
        )
    incidents.note(
        connection,
        it.id,
        voice.now,
        "notice",
        reason,
        actor=words.author,
        occasion=occasion,
        sequence=facts.sequence,
        planned_count=planned.planned_count,
        pending_count=planned.pending_count,
    )
    return Spoken(notice_id, facts.sequence, occasion, planned, facts.next_update_at, facts.estimate_at)


def _facts(
    connection: Connection, it: Incident, occasion: Occasion, words: Words, voice: Voice
) -> FactRecord:
    assert it.playbook is not None
    estimate = words.estimate_at or it.estimate_at
    if occasion in (Occasion.OVERRUN, Occasion.RESTORED, Occasion.SURVEY) and not words.estimate_at:
        estimate = None
    over = occasion in (Occasion.RESTORED, Occasion.SURVEY)
    promised = voice.now + it.playbook.next_update_every if occasion in PROMISING else None
    return FactRecord(
        reference=it.reference,
        sequence=_next_sequence(connection, it.id),
        company=voice.house.company,
        service=it.playbook.service,
        place=it.place,
        started_at=it.started_at,
        cause=words.cause or Cause(it.cause),
        action=words.action or _action(it, occasion),
        emergency_calls=it.playbook.emergency_calls,
        contact=voice.house.contact,
        page=voice.house.page,
        stated_at=voice.now,
        next_update_at=promised,
        estimate_at=estimate,
        previous_estimate_at=it.estimate_at if it.estimate_at != estimate else None,
        ended_at=_ended(connection, it.id) if over else None,
        notes=words.notes,
    )


def _action(it: Incident, occasion: Occasion) -> Action:
    """While a claimed repair is being verified, saying that work goes on would be untrue."""
    if it.stage is Stage.RESTORED and occasion is Occasion.UPDATE:
        return Action.TESTING
    return Action(it.action)


def _next_sequence(connection: Connection, incident_id: int) -> int:
    last = connection.scalar(
        select(func.max(t.notice.c.sequence)).where(t.notice.c.incident_id == incident_id)
    )
    return int(last or 0) + 1


def _ended(connection: Connection, incident_id: int) -> datetime:
    c = t.incident_element.c
    ended: datetime | None = connection.scalar(
        select(func.max(c.until_at)).where(c.incident_id == incident_id, c.verified_at.is_not(None))
    )
    if ended is None:
        raise RuleBroken("nothing of this incident is verified to be back; the all-clear must wait")
    return ended


def _insert(
    connection: Connection,
    it: Incident,
    occasion: Occasion,
    reason: str,
    facts: FactRecord,
    words: Words,
    voice: Voice,
) -> int:
    key = connection.execute(
        insert(t.notice).values(
            incident_id=it.id,
            sequence=facts.sequence,
            occasion=occasion,
            reason=reason,
            holding=occasion is Occasion.UPDATE and not words.ids,
            facts=facts.to_json(),
            template_version=voice.version(occasion),
            audience_revision=it.audience_revision,
            author=words.author,
            created_at=voice.now,
            next_update_at=facts.next_update_at,
            estimate_at=facts.estimate_at,
        )
    ).inserted_primary_key
    assert key is not None
    return int(key[0])


def _promise(connection: Connection, it: Incident, notice_id: int, facts: FactRecord, now: datetime) -> None:
    if facts.next_update_at:
        due_at = facts.next_update_at
        promises.make(connection, it.id, notice_id, PromiseKind.NEXT_UPDATE, due_at, now)
    if facts.estimate_at and facts.estimate_at != it.estimate_at:
        due_at = facts.estimate_at
        promises.make(connection, it.id, notice_id, PromiseKind.RESTORATION, due_at, now)
