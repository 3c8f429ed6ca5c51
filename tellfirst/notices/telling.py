"""The notify step: the first word to everyone affected who has not had it."""

from sqlalchemy import Connection

from tellfirst.delivery import stopping
from tellfirst.domain.audience import Whom
from tellfirst.domain.errors import LostRace
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.speaking import Spoken, Voice, speak
from tellfirst.store import incidents
from tellfirst.store.announced import announced

TELLING = frozenset({Stage.MATCHED, Stage.TOLD, Stage.FOLLOWING_UP, Stage.RESTORED})
AFTERWARDS = frozenset({Stage.VERIFIED, Stage.SURVEYED})
"""Everyone has been told; the notify step only sends what could not leave before."""


def tell_first(connection: Connection, reference: str, voice: Voice) -> Spoken | None:
    """None when everyone affected has been told, so many wait for a person's approval, or sending is stopped.

    Raises LostRace before the audience is known or after the end.
    """
    it = incidents.by_reference(connection, reference)
    if it.stage in AFTERWARDS:
        return None
    if it.approval_needed or stopping.nothing_new(connection, it.id, voice.now):
        return None
    if it.stage not in TELLING:
        raise LostRace(f"{reference} is {it.stage}; there is nobody to tell first now")
    reason = "nobody_told_yet" if it.stage is Stage.MATCHED else "newly_affected"
    work = announced(connection, it, voice.now)
    occasion = work.first_word(voice.now) if work else Occasion.FIRST_WORD
    spoken = speak(connection, reference, occasion, Whom.NEWLY_AFFECTED, reason, voice)
    it = incidents.by_reference(connection, reference)
    if it.stage is Stage.MATCHED:
        incidents.change(connection, it, stage=Stage.TOLD)
    return spoken
