"""The notify step: the first word to everyone affected who has not had it."""

from sqlalchemy import Connection, select

from tellfirst.delivery import stopping
from tellfirst.domain.audience import Whom
from tellfirst.domain.delivery import HANDED_OVER, UNSETTLED
from tellfirst.domain.errors import LostRace
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import Occasion
from tellfirst.notices import approving
from tellfirst.notices.speaking import Spoken, Voice, speak
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.announced import announced

TELLING = frozenset({Stage.MATCHED, Stage.TOLD, Stage.FOLLOWING_UP, Stage.RESTORED})
AFTERWARDS = frozenset({Stage.VERIFIED, Stage.SURVEYED})
"""Everyone has been told; the notify step only sends what could not leave before."""


def tell_first(connection: Connection, reference: str, voice: Voice) -> Spoken | None:
    """None when everyone affected has been told, so many wait for a person's approval, or sending is stopped.

    Whoever waits for approval longer than the playbook allows is told what is safe to say. Raises LostRace before
    the audience is known or after the end.
    """
    it = incidents.by_reference(connection, reference)
    if it.stage in AFTERWARDS:
        return None
    if it.stage not in TELLING:
        raise LostRace(f"{reference} is {it.stage}; there is nobody to tell first now")
    if stopping.nothing_new(connection, it.id, voice.now):
        return None
    safe = it.approval_needed
    if safe and not approving.lapses(connection, it, voice):
        return None
    if not safe and not approving.still_fits(connection, it, voice):
        return None
    usual = "nobody_told_yet" if it.stage is Stage.MATCHED else "newly_affected"
    reason = "approval_lapsed" if safe else usual
    work = announced(connection, it, voice.now)
    occasion = work.first_word(voice.now) if work else Occasion.FIRST_WORD
    spoken = speak(connection, reference, occasion, Whom.NEWLY_AFFECTED, reason, voice, safe=safe)
    it = incidents.by_reference(connection, reference)
    approving.mark_told(connection, it, voice)
    if it.stage is Stage.MATCHED:
        incidents.change(connection, it, stage=Stage.TOLD)
    return spoken


def has_been_told(connection: Connection, reference: str) -> bool:
    """Whether a first word was handed over to somebody, or none is left to hear one. False before that."""
    it = incidents.by_reference(connection, reference)
    if it.stage not in TELLING | AFTERWARDS | {Stage.CLOSED} or it.stage is Stage.MATCHED:
        return False
    d = t.delivery.c
    first = select(d.state).where(d.incident_id == it.id, d.occasion == Occasion.FIRST_WORD).distinct()
    states = set(connection.scalars(first))
    return bool(states & HANDED_OVER) or not states & UNSETTLED
