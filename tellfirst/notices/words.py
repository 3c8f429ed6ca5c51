"""What engineers say about an incident, waiting to become the next word to customers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, Select, Update, func, insert, select, update

from tellfirst.domain.audience import Whom
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.incident import RUNNING, Kind, Stage
from tellfirst.domain.occasion import Locale
from tellfirst.store import incidents
from tellfirst.store.incidents import Incident
from tellfirst.store.prepared import among, asked, parameters, prepared
from tellfirst.store.tables import word

NOTE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Words:
    """Everything engineers have said since the last word; a later statement replaces an earlier one."""

    ids: tuple[int, ...] = ()
    author: str = "tellfirst"
    cause: Cause | None = None
    action: Action | None = None
    estimate_at: datetime | None = None
    notes: tuple[tuple[str, str], ...] = ()

    def mark_spoken(self, connection: Connection, notice_id: int) -> None:
        """They are in a notice now and will not be said again."""
        if self.ids:
            _spoken.run(connection, ids=self.ids, notice_id=notice_id)


@prepared
def _spoken() -> Update:
    return update(word).where(among(word.c.id, "ids")).values(parameters(word, "notice_id"))


def say(
    connection: Connection,
    reference: str,
    *,
    author: str,
    now: datetime,
    cause: Cause | None = None,
    action: Action | None = None,
    estimate_at: datetime | None = None,
    notes: Mapping[str, str] | None = None,
    correction: bool = False,
) -> None:
    """Keep an engineer's word; it becomes a notice at once.

    Raises RuleBroken when it says nothing, promises a time that has passed, is too long, is in a language no
    text exists in, or when the incident is over.
    """
    it = incidents.by_reference(connection, reference)
    notes = notes or {}
    if it.stage not in RUNNING:
        raise RuleBroken(f"{reference} is {it.stage}; its customers have had their last word about it")
    if not (cause or action or estimate_at or notes):
        raise RuleBroken("an update must say something: a cause, an action, an estimate or a note")
    if estimate_at and it.kind is Kind.PLANNED_WORK:
        raise RuleBroken(
            f"the end of announced work is that of its window; say `tellfirst work extend {reference}` instead"
        )
    if estimate_at and estimate_at <= now:
        raise RuleBroken(f"the estimate {estimate_at.isoformat()} has passed; give a time still to come")
    if unknown := set(notes) - {locale.value for locale in Locale}:
        raise RuleBroken(f"no text exists in {', '.join(sorted(unknown))}; use en, te, ms or ur")
    if any(len(text) > NOTE_LENGTH for text in notes.values()):
        raise RuleBroken(f"a note may have {NOTE_LENGTH} characters; say it shorter")
    _said.run(
        connection,
        incident_id=it.id,
        at=now,
        author=author,
        correction=correction,
        cause=cause,
        action=action,
        estimate_at=estimate_at,
        notes=dict(notes),
    )
    incidents.change(connection, it, next_due_at=now)
    incidents.note(connection, it.id, now, "word", "correction" if correction else "update", actor=author)


@prepared
def _said() -> Insert:
    its = ("incident_id", "at", "author", "correction", "cause", "action", "estimate_at", "notes")
    return insert(word).values(parameters(word, *its))


def unsaid_count(connection: Connection, incident_id: int) -> int:
    """How many words of engineers wait to become a notice."""
    waiting = select(func.count()).where(word.c.incident_id == incident_id, word.c.notice_id.is_(None))
    return connection.execute(waiting).scalar_one()


def take_words(connection: Connection, it: Incident, whom: Whom) -> Words:
    """What is still unsaid. A word to some must not use it up: all who wait are to hear it.

    The first word of all says what is known by then; not the sentences, for which its texts have no room. They follow.
    """
    first = whom is Whom.NEWLY_AFFECTED and it.stage is Stage.MATCHED
    if whom is not Whom.WAITING and not first:
        return Words()
    said = Words()
    for row in _unsaid.run(connection, incident_id=it.id):
        said = Words(
            ids=said.ids if first and row.notes else (*said.ids, row.id),
            author=row.author,
            cause=Cause(row.cause) if row.cause else said.cause,
            action=Action(row.action) if row.action else said.action,
            estimate_at=row.estimate_at or said.estimate_at,
            notes=() if first else tuple(row.notes.items()) or said.notes,
        )
    return said


@prepared
def _unsaid() -> Select[Any]:
    w = word.c
    return select(word).where(asked(w.incident_id), w.notice_id.is_(None)).order_by(w.id)
