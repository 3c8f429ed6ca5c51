"""A contact: kept before it is answered, answered once, from the facts all others have."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Row, literal, select, update

from tellfirst.contacts import opting_out, still_out
from tellfirst.contacts.callers import behind
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.standing import Known, known_to
from tellfirst.domain.contact import (
    AnswerState,
    ContactKind,
    ContactState,
    Intent,
    Wordlist,
    normalise,
    understand,
)
from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.occasion import Channel
from tellfirst.domain.survey import read_score
from tellfirst.domain.verification import STILL_OUT
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.surveys.responding import Standing, open_invitation_for, respond

BODY_LENGTH = 1_600
US = "tellfirst"
"""The author of an answer that nobody wrote."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say: a kind of answer, the language, and the facts of the incident it is about."""

    contact_id: int
    kind: str
    language: str
    zone: str
    impact: str
    facts: FactRecord | None
    services: tuple[ServiceKind, ...] = ()
    already: str | None = field(default=None, repr=False)
    """The answer given before, when the carrier delivers the same text again."""


def receive(connection: Connection, text: Inbound, words: Wordlist, now: datetime) -> Reply:
    """Keep the contact and decide its answer; `answered` writes down what was said."""
    if (seen := _seen(connection, text.event_id)) is not None:
        return Reply(seen.id, seen.answer_kind or "", "en", "UTC", "", None, already=seen.answer or "")
    intent = opting_out.meant_by(text, text.meant or understand(text.body, words))
    known = known_to(connection, behind(text), now)
    contact_id = _keep(connection, text, intent, known, now)
    kind = _act(connection, text, intent, known, now)
    connection.execute(update(t.contact).where(t.contact.c.id == contact_id).values(answer_kind=kind))
    return Reply(contact_id, kind, known.language, known.zone, known.impact, known.facts, known.services)


def answered(connection: Connection, contact_id: int, answer: str, now: datetime) -> None:
    """The words that went back to the customer in the same breath."""
    c, a = t.contact.c, t.contact_answer
    done = {"answer": answer, "answered_at": now, "state": ContactState.ANSWERED}
    connection.execute(update(t.contact).where(c.id == contact_id).values(**done))
    given = select(
        *(c.id, c.answer_kind, literal(US), c.channel, literal(answer), c.answered_at),
        *(literal(AnswerState.GIVEN.value), c.answered_at),
    ).where(c.id == contact_id)
    names = ["contact_id", "kind", "author", "channel", "body", "at", "state", "sent_at"]
    connection.execute(a.insert().from_select(names, given))


def _act(connection: Connection, text: Inbound, intent: Intent, known: Known, now: datetime) -> str:
    if opting_out.mirror(connection, text, intent, now):
        return "stopped"
    if known.incident_id is not None and _is_still_out(connection, text, known.incident_id):
        still_out.say(connection, known.incident_id, text.address, now)
        return "still_out"
    asked = open_invitation_for(connection, text.address, now) if text.is_proven else None
    score = read_score(text.body, asked.kind) if asked else None
    if asked and score and respond(connection, asked, score, Channel.SMS, now) is Standing.OPEN:
        return "thanks_for_score"
    if known.facts is not None:
        if known.over:
            return "restored_recently"
        return "announced" if known.facts.window_from and known.facts.window_from > now else "known"
    return "not_understood" if intent is Intent.OTHER else "none_known"


def _is_still_out(connection: Connection, text: Inbound, incident_id: int) -> bool:
    """The word alone, where it was asked or told that it is over; a survey asks for more than that word."""
    said = normalise(text.body) == STILL_OUT and text.is_proven
    return said and still_out.may_say(connection, incident_id, text.address)


def _seen(connection: Connection, event_id: str) -> Row[tuple[object, ...]] | None:
    c = t.contact
    return connection.execute(
        select(c.c.id, c.c.answer_kind, c.c.answer).where(c.c.carrier_event == event_id)
    ).one_or_none()


def _keep(connection: Connection, text: Inbound, intent: Intent, known: Known, now: datetime) -> int:
    kind = ContactKind.INCIDENT_REPORT if intent is Intent.PROBLEM else ContactKind.ENQUIRY
    key = connection.execute(
        t.contact.insert().values(
            channel=text.door,
            carrier_event=text.event_id,
            address=text.address,
            customer_id=known.customer_id,
            incident_id=known.incident_id,
            kind=kind,
            intent=intent,
            # PostgreSQL keeps every sign but NUL; the customer is answered all the same.
            body=text.body.replace("\x00", "")[:BODY_LENGTH],
            received_at=now,
        )
    ).inserted_primary_key
    assert key is not None
    if known.incident_id is not None:
        incidents.note(connection, known.incident_id, now, "contact", intent, contact=int(key[0]))
    return int(key[0])
