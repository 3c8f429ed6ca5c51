"""The survey step: invite everyone who was told, and told that it is over, once."""

from sqlalchemy import Connection

from tellfirst.domain.audience import Whom
from tellfirst.domain.errors import LostRace
from tellfirst.domain.incident import Stage
from tellfirst.domain.occasion import Occasion
from tellfirst.notices.speaking import Spoken, Voice, speak
from tellfirst.store import incidents
from tellfirst.store.announced import announced
from tellfirst.surveys import short_links
from tellfirst.surveys.links import SurveyLinks


def ask(
    connection: Connection, reference: str, voice: Voice, links: SurveyLinks | None = None
) -> Spoken | None:
    """Plan the invitations; `links` makes those that texts carry.

    None when the playbook asks for none, and for work that was cancelled before it hit anybody; the log says which.
    Raises LostRace before verification; that every promise is settled, `domain.lifecycle.decide` waits for.
    """
    it = incidents.by_reference(connection, reference)
    if it.stage is not Stage.VERIFIED or it.playbook is None:
        raise LostRace(f"{reference} is {it.stage}: nobody is asked before service is verified to be back")
    book, asked = it.playbook, None
    work = announced(connection, it, voice.now)
    withheld = _withheld(asks=book.survey, cancelled=bool(work and work.cancelled))
    if withheld:
        incidents.note(connection, it.id, voice.now, "survey", withheld)
    else:
        asked = speak(connection, reference, Occasion.SURVEY, Whom.EVERYONE, "verified_and_settled", voice)
        it = incidents.by_reference(connection, reference)
    closes_at = voice.now + book.survey_open_for if asked else voice.now
    if asked and links:
        short_links.keep(connection, links, asked.notice_id, closes_at)
    incidents.change(connection, it, stage=Stage.SURVEYED, survey_closes_at=closes_at)
    return asked


def _withheld(*, asks: bool, cancelled: bool) -> str:
    """Why nobody at all is asked; empty: whoever may be is."""
    if not asks:
        return "not_in_the_playbook"
    return "never_hit_anybody" if cancelled else ""
