"""Speak: one notice for one audience and occasion, with its facts, its promise and its deliveries, at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, func, insert, or_, select
from sqlalchemy.sql.dml import ReturningInsert

from tellfirst.audience.grading import grade
from tellfirst.delivery.planning import Plan, plan
from tellfirst.domain.approval import unclaiming
from tellfirst.domain.audience import Over, Whom
from tellfirst.domain.errors import LostRace, RuleBroken
from tellfirst.domain.facts import Action, Cause, FactRecord
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import PROMISING, Occasion
from tellfirst.domain.promise import PromiseKind
from tellfirst.notices.announcing import of_work
from tellfirst.notices.kept import keep
from tellfirst.notices.words import Words, take_words
from tellfirst.store import approvals, incidents
from tellfirst.store import tables as t
from tellfirst.store.announced import announced
from tellfirst.store.incidents import Incident
from tellfirst.store.prepared import asked, parameters, prepared
from tellfirst.timelines import promises
from tellfirst.timelines.applying import word_every

STATES_THE_INCIDENT = frozenset({Whom.NEWLY_AFFECTED, Whom.WAITING})
"""Notices whose facts stand as the incident's own afterwards."""
ON_THE_PAGE = STATES_THE_INCIDENT
"""Those that are shown to whoever looks: not what only some were told."""


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
    version: Callable[[str], str]
    """Of the texts in a folder below templates/."""
    now: datetime
    wall: datetime
    texts: Callable[[str], Mapping[str, str]] = lambda _folder: {}
    """Every text and word list behind `version`, by name; kept with the first notice that uses them."""


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
    connection: Connection,
    reference: str,
    occasion: Occasion,
    whom: Whom,
    reason: str,
    voice: Voice,
    *,
    safe: bool = False,
) -> Spoken | None:
    """Make the notice for `occasion` to a part of the audience. None, and nothing written, when it is empty.

    `safe`: it claims nothing that nobody has agreed to; so does every word until so large an audience is approved.

    The notice, its promises and one delivery per member of its audience are one transaction: there is never a
    message without a promise on record, nor a promise without its messages.
    """
    it = incidents.held(connection, reference)
    if it.stage is Stage.CLOSED or it.playbook is None:
        raise LostRace(f"{reference} is no longer in a stage to speak about ({it.stage})")
    safe = occasion in PROMISING and (safe or approvals.withheld(connection, it.id) is not None)
    words = Words() if safe else take_words(connection, it, whom)
    facts = _facts_to_say(connection, it, occasion, whom, words, voice, safe=safe)
    notice_id = _insert(connection, it, occasion, whom, reason, facts, words, voice)
    planned = plan(connection, notice_id, it.id, occasion, whom, voice.now, voice.wall)
    if not planned.planned_count:
        connection.execute(t.notice.delete().where(t.notice.c.id == notice_id))
        return None
    folder = it.playbook.folder(occasion)
    keep(connection, voice.version(folder), lambda: voice.texts(folder))
    _promise(connection, it, notice_id, facts, voice.now)
    if whom in ON_THE_PAGE:
        # The page shows it from the moment it is in the books, whatever its carriers do.
        promises.settle_page(connection, it.id, notice_id, voice.now)
    words.mark_spoken(connection, notice_id)
    if whom in STATES_THE_INCIDENT and not safe:
        _state(connection, it, occasion, facts, voice.now)
    _note(connection, it, occasion, whom, reason, facts, planned, words.author, voice.now)
    return Spoken(notice_id, facts.sequence, occasion, planned, facts.next_update_at, facts.estimate_at)


def _facts_to_say(
    connection: Connection,
    it: Incident,
    occasion: Occasion,
    whom: Whom,
    words: Words,
    voice: Voice,
    *,
    safe: bool,
) -> FactRecord:
    assert it.playbook is not None
    facts = facts_of(connection, it, occasion, whom, words, voice)
    facts = unclaiming(facts) if safe else facts
    if work := announced(connection, it, voice.now):
        facts = of_work(facts, occasion, work, it.playbook)
    return facts


def _state(
    connection: Connection, it: Incident, occasion: Occasion, facts: FactRecord, now: datetime
) -> None:
    """The incident stands as the notice states it.

    What an all-clear or a correction says to some does not touch what the others were told. An estimate that lapsed
    unsaid is kept until the overrun has withdrawn it.
    """
    withdrawn = facts.estimate_at is not None or occasion is Occasion.OVERRUN
    estimate_at = facts.estimate_at if withdrawn else it.estimate_at
    incidents.change(connection, it, cause=facts.cause, action=facts.action, estimate_at=estimate_at)
    if facts.estimate_at and facts.estimate_at != it.estimate_at:
        grade(connection, it.reference, now)


def _note(
    connection: Connection,
    it: Incident,
    occasion: Occasion,
    whom: Whom,
    reason: str,
    facts: FactRecord,
    planned: Plan,
    author: str,
    now: datetime,
) -> None:
    incidents.note(
        *(connection, it.id, now, "notice", reason),
        actor=author,
        occasion=occasion,
        whom=whom,
        sequence=facts.sequence,
        planned_count=planned.planned_count,
        pending_count=planned.pending_count,
    )


def first_word_facts(connection: Connection, it: Incident, voice: Voice) -> FactRecord:
    """What a first word would say now."""
    words = take_words(connection, it, Whom.NEWLY_AFFECTED)
    return facts_of(connection, it, Occasion.FIRST_WORD, Whom.NEWLY_AFFECTED, words, voice)


def facts_of(
    connection: Connection, it: Incident, occasion: Occasion, whom: Whom, words: Words, voice: Voice
) -> FactRecord:
    """What is true of the incident now, with what engineers have said since."""
    assert it.playbook is not None
    # What has lapsed meanwhile, in a stop or while nobody ran, is not said as if it stood.
    estimate = next((one for one in (words.estimate_at, it.estimate_at) if one and one > voice.now), None)
    if occasion in (Occasion.OVERRUN, Occasion.RESTORED, Occasion.SURVEY) and not words.estimate_at:
        estimate = None
    over = occasion in (Occasion.RESTORED, Occasion.SURVEY)
    waits = occasion in PROMISING and whom is not Whom.WRONGLY_TOLD
    every = word_every(connection, it.id, it.playbook.next_update_every)
    promised = voice.now + every if waits else None
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
        asks_back=whom is Whom.SAMPLE,
        next_page_update_at=page_word_at(it, voice.now)
        if occasion in PROMISING and whom in ON_THE_PAGE
        else None,
    )


def page_word_at(it: Incident, now: datetime) -> datetime | None:
    """By when the page will say more; None where it speaks only when texts are sent."""
    every = it.playbook.pull_every if it.playbook else None
    return now + every if every else None


def _action(it: Incident, occasion: Occasion) -> Action:
    """While a claimed repair is being verified, saying that work goes on would be untrue."""
    if it.stage is Stage.RESTORED and occasion is Occasion.UPDATE:
        return Action.TESTING
    return Action(it.action)


def _next_sequence(connection: Connection, incident_id: int) -> int:
    return int(_last_sequence.run(connection, incident_id=incident_id).scalar() or 0) + 1


@prepared
def _last_sequence() -> Select[tuple[int]]:
    n = t.notice.c
    return select(func.max(n.sequence)).where(asked(n.incident_id))


def _ended(connection: Connection, incident_id: int) -> datetime:
    ended: datetime | None = _last_repair.run(connection, incident_id=incident_id).scalar()
    if ended is None:
        # Nothing of its own is repaired: they are back because of another incident's repair, or moved away.
        ended = _last_return.run(connection, incident_id=incident_id).scalar()
    if ended is None:
        raise RuleBroken("nobody of this incident is verified to be back; the all-clear must wait")
    return ended


@prepared
def _last_repair() -> Select[tuple[datetime]]:
    c = t.incident_element.c
    over = or_(c.verified_at.is_not(None), c.withdrawn_at.is_not(None))
    return select(func.max(func.coalesce(c.until_at, c.withdrawn_at))).where(asked(c.incident_id), over)


@prepared
def _last_return() -> Select[tuple[datetime]]:
    a = t.audience.c
    return select(func.max(a.over_at)).where(asked(a.incident_id), a.over == Over.BACK)


def _insert(
    connection: Connection,
    it: Incident,
    occasion: Occasion,
    whom: Whom,
    reason: str,
    facts: FactRecord,
    words: Words,
    voice: Voice,
) -> int:
    assert it.playbook is not None
    made = _made.run(
        connection,
        incident_id=it.id,
        sequence=facts.sequence,
        occasion=occasion,
        whom=whom,
        reason=reason,
        holding=_says_nothing_new(it, occasion, whom, facts, words),
        facts=facts.to_json(),
        template_version=voice.version(it.playbook.folder(occasion)),
        audience_revision=it.audience_revision,
        author=words.author,
        created_at=voice.now,
        next_update_at=facts.next_update_at,
        estimate_at=facts.estimate_at,
        doubt=it.playbook.in_doubt,
    )
    return int(made.scalar_one())


@prepared
def _made() -> ReturningInsert[tuple[int]]:
    given = parameters(
        t.notice,
        *("incident_id", "sequence", "occasion", "whom", "reason", "holding", "facts", "template_version"),
        *("audience_revision", "author", "created_at", "next_update_at", "estimate_at", "doubt"),
    )
    return insert(t.notice).values(given).returning(t.notice.c.id)


def _says_nothing_new(it: Incident, occasion: Occasion, whom: Whom, facts: FactRecord, words: Words) -> bool:
    news = words.ids or (facts.estimate_at and facts.estimate_at != it.estimate_at)
    return occasion is Occasion.UPDATE and whom is Whom.WAITING and not news


def _promise(connection: Connection, it: Incident, notice_id: int, facts: FactRecord, now: datetime) -> None:
    if facts.next_update_at:
        due_at = facts.next_update_at
        promises.make(connection, it.id, notice_id, PromiseKind.NEXT_UPDATE, due_at, now)
    if facts.estimate_at and facts.estimate_at != it.estimate_at:
        due_at = facts.estimate_at
        promises.make(connection, it.id, notice_id, PromiseKind.RESTORATION, due_at, now)
    if facts.next_page_update_at:
        due_at = facts.next_page_update_at
        promises.make(connection, it.id, notice_id, PromiseKind.PAGE_UPDATE, due_at, now)
