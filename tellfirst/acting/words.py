"""Say something to everyone affected: an update, an estimate, a correction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from tellfirst.acting.deed import deed
from tellfirst.bootstrap import World
from tellfirst.domain.audit import Actor, Audited
from tellfirst.domain.facts import Action, Cause
from tellfirst.domain.incident import Stage
from tellfirst.notices import approving
from tellfirst.notices.words import say
from tellfirst.store import approvals, incidents


@dataclass(frozen=True, slots=True)
class Statement:
    """What an engineer says: at least one of its parts. `notes` are sentences by language."""

    cause: Cause | None = None
    action: Action | None = None
    estimate_at: datetime | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    correction: bool = False


class Heard(StrEnum):
    """What becomes of a word."""

    ON_ITS_WAY = "updated"
    WAITS = "word_waits"
    """Nobody has agreed yet to tell so many more than the safe word."""
    ASKED_ANEW = "asked_anew"
    """The first word says it, and is asked about again: what was approved, or was to be, said something else."""


def speak(here: World, actor: Actor, reference: str, said: Statement) -> Heard:
    """It leaves at once and promises the next word; before the first word it becomes a part of that. Raises RuleBroken
    as `notices.words.say` does."""
    parts = {
        "cause": said.cause,
        "action": said.action,
        "estimate_at": said.estimate_at.isoformat() if said.estimate_at else None,
        "languages": sorted(said.notes) or None,
        "correction": said.correction or None,
    }
    known = {name: value for name, value in parts.items() if value is not None}
    with deed(here, actor, Audited.SAID, reference, **known) as doing:
        say(
            doing.connection,
            reference,
            author=actor.name,
            now=here.clock.now(),
            cause=said.cause,
            action=said.action,
            estimate_at=said.estimate_at,
            notes=said.notes,
            correction=said.correction,
        )
        heard = _heard(here, doing.connection, reference)
        if heard is Heard.ASKED_ANEW:
            doing.details["asked_anew"] = True
        return heard


def _heard(here: World, connection: Connection, reference: str) -> Heard:
    if approving.ask_anew(connection, reference, here.voice()):
        return Heard.ASKED_ANEW
    it = incidents.by_reference(connection, reference)
    waits = it.stage is Stage.MATCHED and it.approval_needed
    return Heard.WAITS if waits or approvals.withheld(connection, it.id) else Heard.ON_ITS_WAY
