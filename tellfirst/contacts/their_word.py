"""Words that are obeyed before anybody thinks about them: stop, start, still out, and the score of a survey."""

from datetime import datetime

from sqlalchemy import Connection, select

from tellfirst.contacts import opting_out, still_out
from tellfirst.contacts.hearing import Heard
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.standing import Known
from tellfirst.domain.contact import Match, normalise
from tellfirst.domain.handling import ASKED_IF_FIXED, Care, Handling
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.domain.survey import read_score
from tellfirst.domain.verification import STILL_OUT
from tellfirst.store import tables as t
from tellfirst.surveys.responding import Standing, open_invitation_for, respond


def taken(connection: Connection, it: Inbound, heard: Heard, now: datetime) -> Handling | None:
    """What became of it, where it is such a word. START is obeyed and then answered like any other text."""
    if opting_out.mirror(connection, it, heard.intent, now):
        return _done("stopped", "asked_to_stop", heard)
    if not it.is_proven:
        # Anybody can write a stranger's number into a form.
        return None
    incident_id = heard.known.incident_id
    if incident_id is not None and (address := _still_out_at(connection, it, heard.known, incident_id)):
        still_out.say(connection, incident_id, address, now)
        return _done("still_out", "says_still_out", heard)
    asked = open_invitation_for(connection, it.address, now)
    score = read_score(it.body, asked.kind) if asked else None
    if asked and score and respond(connection, asked, score, Channel.SMS, now) is Standing.OPEN:
        return _done("thanks_for_score", "answers_the_survey", heard)
    return None


def _done(answer: str, reason: str, heard: Heard) -> Handling:
    match = Match.NONE if heard.known.incident_id is None else Match.OVER if heard.known.over else Match.KNOWN
    return Handling(match, answer, Care.NOBODY, reason)


def _still_out_at(connection: Connection, it: Inbound, known: Known, incident_id: int) -> str | None:
    """The contact point behind which it is still out: the word alone says so, where it was asked or told that it is
    over; a survey asks for more than that word.

    Whoever was asked in answer to a contact may reply from there, wherever their notices go.
    """
    if normalise(it.body) != STILL_OUT:
        return None
    if still_out.may_say(connection, incident_id, it.address):
        return it.address
    c, a, n = t.contact.c, t.audience.c, t.notice.c
    surveyed = select(n.id).where(n.incident_id == incident_id, n.occasion == Occasion.SURVEY).exists()
    theirs = (c.incident_id == incident_id, c.customer_id == known.customer_id, c.address == it.address)
    asked = select(c.id).where(*theirs, c.state_reason == ASKED_IF_FIXED).exists()
    notices_go_to: str | None = connection.scalar(
        select(a.address).where(
            a.incident_id == incident_id, a.customer_id == known.customer_id, asked, ~surveyed
        )
    )
    return notices_go_to
