"""The survey step: invite everyone who was told, and told that it is over, once."""

from sqlalchemy import Connection

from tellfirst.domain.audience import Whom
from tellfirst.domain.errors import LostRace
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.speaking import Spoken, Voice, speak
from tellfirst.store import incidents
from tellfirst.store.announced import announced


def ask(connection: Connection, reference: str, voice: Voice) -> Spoken | None:
    """Plan the invitations. None when the playbook asks for none, and for work that was cancelled before it
    hit anybody. Raises LostRace before verification."""
    it = incidents.by_reference(connection, reference)
    if it.stage is not Stage.VERIFIED or it.playbook is None:
        raise LostRace(f"{reference} is {it.stage}: nobody is asked before service is verified to be back")
    asked = None
    work = announced(connection, it, voice.now)
    if it.playbook.survey and not (work and work.cancelled):
        asked = speak(connection, reference, Occasion.SURVEY, Whom.EVERYONE, "verified_and_settled", voice)
        it = incidents.by_reference(connection, reference)
    closes_at = voice.now + it.playbook.survey_open_for if asked and it.playbook else voice.now
    incidents.change(connection, it, stage=Stage.SURVEYED, survey_closes_at=closes_at)
    return asked
