"""A contact: kept before it is answered, answered once, from the facts all others have."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Insert, Update, case, literal, select, update

from tellfirst.contacts import keeping, missed, reporting, their_word
from tellfirst.contacts.hearing import Heard, hear
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.keeping import BODY_LENGTH, Line
from tellfirst.contacts.reception import Reception
from tellfirst.contacts.standing import facts_for_all
from tellfirst.domain.contact import AnswerState, ContactState, Match, contact_reference
from tellfirst.domain.facts import FactRecord, ServiceKind
from tellfirst.domain.handling import Care, Handling, handle
from tellfirst.domain.impact import Impact
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, number, parameters

__all__ = ["BODY_LENGTH", "US", "Reply", "answered", "receive"]
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
    is_customer: bool = False
    """Whether it is from somebody whom we know."""
    moved: tuple[str, ...] = ()
    """References of incidents that are due because of it; the clock wakes them too."""


@dataclass(frozen=True, slots=True)
class _About:
    """What an answer speaks of: an incident, or what is the customer's own, under its `reference`."""

    incident_id: int | None = None
    reference: str | None = None
    facts: FactRecord | None = None
    impact: str = Impact.DOWN.word
    services: tuple[ServiceKind, ...] = ()


def receive(connection: Connection, it: Inbound, words: Reception, now: datetime) -> Reply:
    """Keep the contact and decide its answer; `answered` writes down what was said."""
    if (seen := keeping.seen(connection, it.event_id)) is not None:
        return Reply(seen.id, seen.answer_kind or "", "en", "UTC", "", None, already=seen.answer or "")
    heard = hear(connection, it, words, now)
    contact_id = keeping.keep(connection, it, heard, now)
    handling = their_word.taken(connection, it, heard, now) or handle(heard.circumstances)
    about = _about(connection, heard, handling, words, now)
    line = _place_in_line(heard, handling, words, now)
    settled = partial(keeping.settle, connection, contact_id, line=line)
    settled(handling=handling, incident_id=about.incident_id)
    sensed = _sensed(connection, heard, words, now) if handling.match is Match.OPENED else None
    if sensed is not None:
        handling = replace(handling, match=Match.KNOWN, answer="noted", reason="many_report_the_same")
        about = replace(about, incident_id=sensed.incident_id, reference=sensed.reference)
        settled(handling=handling, incident_id=about.incident_id)
    if about.incident_id is not None:
        incidents.note(connection, about.incident_id, now, "contact", heard.intent, contact=contact_id)
    known, moves = heard.known, sensed is not None or handling.match is Match.MISSED
    return Reply(
        *(contact_id, handling.answer, known.language, known.zone, about.impact),
        facts=about.facts or _own_facts(contact_id, about, heard, line, words, now),
        services=about.services,
        is_customer=known.customer_id is not None,
        moved=(about.reference,) if moves and about.reference else (),
    )


def answered(connection: Connection, contact_id: int, answer: str, now: datetime) -> None:
    """The words that went back to the customer in the same breath. What a person has to look at still waits."""
    _HAD_IT.run(connection, contact_id=contact_id, answer=answer, answered_at=now)
    _GIVEN.run(connection, contact_id=contact_id)


def _had_it(_dialect: str) -> Update:
    c = t.contact.c
    had_it = case((c.state == ContactState.RECEIVED, ContactState.ANSWERED.value), else_=c.state)
    said = parameters(t.contact, "answer", "answered_at")
    return update(t.contact).where(c.id == number("contact_id")).values(**said, state=had_it)


def _given(_dialect: str) -> Insert:
    c, a = t.contact.c, t.contact_answer
    given = select(
        *(c.id, c.answer_kind, literal(US), c.channel, c.answer, c.answered_at),
        *(literal(AnswerState.GIVEN.value), c.answered_at),
    ).where(c.id == number("contact_id"))
    names = ["contact_id", "kind", "author", "channel", "body", "at", "state", "sent_at"]
    return a.insert().from_select(names, given)


_HAD_IT, _GIVEN = Prepared(_had_it), Prepared(_given)


def _place_in_line(heard: Heard, handling: Handling, reception: Reception, now: datetime) -> Line | None:
    """Which queue it waits in, and until when; None where nobody has to look at it."""
    if handling.care is Care.NOBODY:
        return None
    queue, due_at = reception.place_in_line(heard.understood.kind, now)
    return Line(queue.name, None if handling.care is Care.WITH_OUTAGE else due_at)


def _about(
    connection: Connection, heard: Heard, handling: Handling, reception: Reception, now: datetime
) -> _About:
    known, services = heard.known, (heard.service.kind,) if heard.service else ()
    match handling.match:
        case Match.NONE:
            return _About()
        case Match.OPENED:
            assert heard.service is not None, "only what hangs on something can be opened"
            opened = reporting.open_for(connection, heard.service, reception, now)
            return _About(opened.incident_id, opened.reference, services=services)
        case Match.MISSED:
            return _missed(connection, heard, services, now)
        case Match.KNOWN if known.facts is None:
            return _untold(connection, heard, services)
    facts = known.facts if handling.answer != "queued" else None
    return _About(known.incident_id, None, facts, known.impact, known.services)


def _missed(connection: Connection, heard: Heard, services: tuple[ServiceKind, ...], now: datetime) -> _About:
    hit, customer_id = heard.hit or heard.there, heard.known.customer_id
    assert hit is not None, "missed are those whom something hits"
    assert customer_id is not None, "only a customer can be missed"
    missed.count_in(connection, hit, customer_id, now, seen_there=heard.hit is None)
    facts = facts_for_all(connection, hit.incident_id)
    return _About(hit.incident_id, hit.reference, facts, services=services)


def _untold(connection: Connection, heard: Heard, services: tuple[ServiceKind, ...]) -> _About:
    """What is known and was not told to them: all that is said of it is its reference, unless others were told."""
    known, there = heard.known, heard.there
    if known.incident_id is not None:
        i = t.incident.c
        reference = connection.scalar(select(i.reference).where(i.id == known.incident_id))
        return _About(known.incident_id, reference, services=known.services or services)
    if heard.hit is not None:
        return _About(heard.hit.incident_id, heard.hit.reference, services=services)
    assert there is not None, "something is known"
    facts = facts_for_all(connection, there.incident_id)
    assert facts is not None, "others were told"
    # Nobody will text whom we do not know to be hit.
    return _About(there.incident_id, there.reference, replace(facts, next_update_at=None), services=services)


def _sensed(
    connection: Connection, heard: Heard, reception: Reception, now: datetime
) -> reporting.Opened | None:
    assert heard.service is not None, "only what hangs on something is opened"
    return reporting.sense(connection, heard.service, reception, now)


def _own_facts(
    contact_id: int, about: _About, heard: Heard, line: Line | None, reception: Reception, now: datetime
) -> FactRecord | None:
    """What can be said of something that waits for a person: what it is called, and by when they have an answer."""
    if line is None or line.answer_due_at is None:
        return None
    reference = about.reference or contact_reference(contact_id)
    return reception.facts(reference, heard.service_kind, heard.place or "", line.answer_due_at, now)
