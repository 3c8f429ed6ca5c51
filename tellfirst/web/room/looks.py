"""What the room shows before an act, whatever form or body it was asked for with: nothing of it is written."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from tellfirst.acting import causes
from tellfirst.acting.words import Statement
from tellfirst.bootstrap import World
from tellfirst.delivery.looking_back import would_leave
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.incident import UNTOLD
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.words import say
from tellfirst.review.room.wording import Wording
from tellfirst.store import incidents
from tellfirst.store.engine import reading
from tellfirst.web.room.looking import wording_of


@dataclass(frozen=True, slots=True)
class Look:
    """What is shown before it is done: `sentence` is a key of the room's words."""

    sentence: str
    wording: Wording | None = None
    count: int | None = None
    named: tuple[str, ...] = ()
    words: str = ""
    """What somebody wrote themselves."""


def at_word(here: World, reference: str, author: str, said: Statement) -> Look:
    """The update, the correction or the first word that it would become. Raises RuleBroken for what cannot be said."""

    def first(connection: Connection) -> None:
        say(
            connection,
            reference,
            author=author,
            now=here.clock.now(),
            cause=said.cause,
            action=said.action,
            estimate_at=said.estimate_at,
            notes=said.notes,
            correction=said.correction,
        )

    with reading(here.engine) as connection:
        it = incidents.by_reference(connection, reference)
    if it.stage in UNTOLD:
        changes = said.cause or said.action or said.estimate_at
        waits = "will_change_first_word" if it.approval_needed else "will_first_word"
        key = waits if changes else "will_follow_first_word"
        return Look(key, wording_of(here, reference, Occasion.FIRST_WORD, first=first))
    occasion = Occasion.CORRECTION if said.correction else Occasion.UPDATE
    key = "will_correction" if said.correction else "will_update"
    return Look(key, wording_of(here, reference, occasion, first=first))


def at_restoring(here: World, reference: str, elements: Sequence[str]) -> Look:
    """The all-clear that leaves once it is verified."""
    known = causes_of(here, reference)
    if unknown := set(elements) - set(known):
        raise RuleBroken(f"{', '.join(sorted(unknown))} is no cause of {reference}; nothing was changed")
    texts = wording_of(here, reference, Occasion.RESTORED)
    return Look("will_restore", texts, named=tuple(elements or known))


def at_withdrawing(here: World, reference: str, elements: Sequence[str]) -> Look:
    """The correction to those who were told because of these causes alone. Raises RuleBroken without one."""
    if not elements or set(elements) - set(causes_of(here, reference)):
        raise RuleBroken("choose at least one of its causes that never was part of it; nothing was changed")
    texts = wording_of(here, reference, Occasion.CORRECTION, withdrawn=elements)
    return Look("will_withdraw", texts, named=tuple(elements))


def at_waiting(here: World, reference: str, key: str) -> Look:
    """How many messages have not left, of one incident or of all."""
    with reading(here.engine) as connection:
        its = incidents.by_reference(connection, reference).id if reference else None
        return Look(key, count=would_leave(connection, its))


def causes_of(here: World, reference: str) -> list[str]:
    """Every cause of the incident."""
    with reading(here.engine) as connection:
        return causes.known_causes(connection, incidents.by_reference(connection, reference).id)
