"""A customer calls: what they hear, and what the key does that they press."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, select, update

from tellfirst.contacts import still_out
from tellfirst.contacts.receiving import US, Reply
from tellfirst.contacts.to_a_person import to_a_person
from tellfirst.domain.contact import AnswerState, ContactKind, Door
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.message import Reader
from tellfirst.domain.occasion import Channel, Locale, Occasion
from tellfirst.notices.door_words import CallWords
from tellfirst.notices.rendering import Templates
from tellfirst.notices.wording import AnswerKind, language
from tellfirst.store import incidents
from tellfirst.store import tables as t

READ_AS = {
    AnswerKind.KNOWN: Occasion.FIRST_WORD,
    AnswerKind.ANNOUNCED: Occasion.PLANNED,
    AnswerKind.RESTORED_RECENTLY: Occasion.RESTORED,
}
"""The notice that says aloud what the answer of this kind says in writing, next word and all."""
NOTHING_KNOWN = frozenset({AnswerKind.NONE_KNOWN, AnswerKind.NOT_UNDERSTOOD})
"""Nobody has said anything yet that could be misunderstood."""


class Key(StrEnum):
    """What a caller may press."""

    NOT_WORKING = "1"
    PERSON = "2"


class Pressed(StrEnum):
    """What is answered to a key; each has its sentence in the word list and its recording."""

    NOTED = "noted"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words to be said. Where they are played instead, the notice's `facts`, or the name of one recording."""

    text: str = field(repr=False)
    facts: str = field(default="", repr=False)
    clip: str = ""


def speech(templates: Templates, reply: Reply, now: datetime) -> Spoken:
    """How things stand, as a notice says it aloud; in the language of `reply`."""
    words = templates.phrases(reply.language).calls
    if reply.kind in NOTHING_KNOWN or reply.facts is None:
        return Spoken(words.none_known, clip="call_none_known")
    occasion = READ_AS.get(AnswerKind(reply.kind)) if reply.kind in set(AnswerKind) else None
    if occasion is not None:
        # Today is the day of the call, not that of the notice.
        facts = replace(reply.facts.as_of(now), stated_at=now)
        reader = Reader(language(reply.language), reply.zone, reply.impact or "down", reply.services)
        try:
            message = templates.render(occasion, Channel.VOICE, facts, reader)
        except RuleBroken:
            pass  # A fact that the notice needs is not known: the answer in writing does without it.
        else:
            return Spoken(message.text, message.facts)
    text = templates.answer(
        *(reply.kind, reply.language, reply.facts, reply.zone, now),
        *(reply.impact or "down", reply.services),
    )
    return Spoken(text, clip="call_none_known")


def spoken_language(tag: str, can_say: frozenset[str]) -> Locale:
    """The caller's language where it can be said, else English: no voice reads another language's text."""
    wanted = language(tag)
    return wanted if wanted in can_say else Locale.ENGLISH


def remember_language(connection: Connection, contact_id: int, kind: str, spoken: Locale) -> None:
    """What was spoken, for the keys that follow; that nothing is known was not misunderstood."""
    c = t.contact
    values: dict[str, object] = {"language": spoken}
    if kind == AnswerKind.NOT_UNDERSTOOD:
        values["answer_kind"] = AnswerKind.NONE_KNOWN
    connection.execute(update(c).where(c.c.id == contact_id).values(**values))


def language_of(connection: Connection, contact_id: int) -> Locale:
    """What is spoken in this call."""
    known = connection.scalar(select(t.contact.c.language).where(t.contact.c.id == contact_id))
    return language(known or Locale.ENGLISH)


def sentence(words: CallWords, pressed: Pressed, *, is_connected: bool) -> Spoken:
    """What is said to a key."""
    if pressed is Pressed.NOTED:
        return Spoken(words.noted, clip="call_noted")
    if is_connected:
        return Spoken(words.person, clip="call_person")
    return Spoken(words.call_back, clip="call_back")


def press(connection: Connection, contact_id: int, key: Key, said: str, now: datetime) -> Pressed:
    """The effect of a key, once in a call: pressed again, or asked again by the carrier, it changes nothing.

    `said` is what the caller hears for it.
    """
    pressed = Pressed.PERSON if key is Key.PERSON else Pressed.NOTED
    c, a = t.contact.c, t.contact_answer
    call = connection.execute(select(t.contact).where(c.id == contact_id).with_for_update()).one()
    if connection.scalar(select(a.c.id).where(a.c.contact_id == contact_id, a.c.kind == pressed).limit(1)):
        return pressed
    if key is Key.PERSON:
        to_a_person(connection, contact_id, "asked_for_a_person", now)
    else:
        _not_working(connection, call, now)
    row = {"contact_id": contact_id, "kind": pressed, "author": US, "channel": Door.VOICE, "body": said}
    given = {"at": now, "state": AnswerState.GIVEN, "sent_at": now}
    connection.execute(a.insert().values(**row, **given))
    return pressed


def _not_working(connection: Connection, call: Row[tuple[object, ...]], now: datetime) -> None:
    """Whoever was asked or told that it is over is believed before any monitor; whoever waits goes on waiting; and
    what nobody knows of a person looks at."""
    c, a = t.contact, t.audience.c
    kind = {"kind": ContactKind.INCIDENT_REPORT}
    connection.execute(update(c).where(c.c.id == call.id).values(**kind))
    if call.incident_id is None:
        to_a_person(connection, call.id, "not_working_and_nothing_known", now)
        return
    theirs = connection.execute(
        select(a.address, a.over_at).where(
            a.incident_id == call.incident_id, a.customer_id == call.customer_id
        )
    ).first()
    address = theirs.address if theirs else None
    if theirs and address and (theirs.over_at or still_out.may_say(connection, call.incident_id, address)):
        still_out.say(connection, call.incident_id, address, now)
        return
    incidents.note(connection, call.incident_id, now, "contact", "not_working", contact=call.id)
    if theirs and theirs.over_at:
        to_a_person(connection, call.id, "still_out_and_no_contact_point", now)
