"""Say something to everyone affected: an update, an estimate, a correction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tellfirst.acting.deed import deed
from tellfirst.bootstrap import World
from tellfirst.domain.audit import Actor, Audited
from tellfirst.domain.facts import Action, Cause
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


def speak(here: World, actor: Actor, reference: str, said: Statement) -> bool:
    """It leaves at once and promises the next word. True where it waits, because nobody has agreed yet to tell so
    many more than the safe word. Raises RuleBroken as `notices.words.say` does."""
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
        return (
            approvals.withheld(doing.connection, incidents.by_reference(doing.connection, reference).id)
            is not None
        )
