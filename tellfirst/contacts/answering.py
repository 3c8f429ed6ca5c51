"""The one place where what a door hands over is kept, understood and answered: at once, or as a promise to send it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import IntegrityError

from tellfirst.contacts import files
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.receiving import Reply, answered, receive
from tellfirst.contacts.reception import Reception
from tellfirst.domain.contact import ContactState
from tellfirst.notices.rendering import Templates
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

BY_THE_CARRIER = "answered_by_the_carrier"
"""The reason of a contact that the carrier itself has answered: a second word of ours would not arrive."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What whoever answers works with."""

    engine: Engine
    words: Reception
    templates: Templates

    def text(self, reply: Reply, now: datetime) -> str:
        """The answer in words that are read."""
        return self.templates.answer(
            reply.kind,
            reply.language,
            reply.facts,
            reply.zone,
            now,
            reply.impact or "down",
            reply.services,
        )


@dataclass(frozen=True, slots=True)
class Said:
    """What was decided. `again`: the same thing had come before, and `text` is what was said then."""

    contact_id: int
    text: str = field(repr=False)
    reply: Reply
    again: bool = False


Speak = Callable[[Reply, datetime], str]
Give = Callable[[Connection, Reply, str, datetime], None]
"""How an answer is given: said in the same breath, promised to be sent, or left to others."""
Keep = Callable[[Connection, int], None]


def said_at_once(connection: Connection, reply: Reply, text: str, now: datetime) -> None:
    """The answer goes back with the request that is being answered."""
    answered(connection, reply.contact_id, text, now)


def left_to_the_carrier(connection: Connection, reply: Reply, text: str, now: datetime) -> None:
    """The carrier has answered it already: nothing is said, and that stands in the books."""
    c = t.contact
    done = {"state": ContactState.ANSWERED, "state_reason": BY_THE_CARRIER, "answered_at": now, "answer": ""}
    connection.execute(update(c).where(c.c.id == reply.contact_id).values(**done))


def _nothing_more(_connection: Connection, _contact_id: int) -> None:
    pass


def take(
    desk: Desk,
    it: Inbound,
    now: datetime,
    *,
    speak: Speak | None = None,
    give: Give = said_at_once,
    keep: Keep = _nothing_more,
) -> Said:
    """Keep `it`, with its files and what `keep` adds, and answer it once; whatever comes again changes nothing.

    All of it is one transaction: a contact without its answer is in no books. Files must be within their limits
    (`files.within_limits`).
    """
    try:
        with writing(desk.engine) as connection:
            return take_in(connection, desk, it, now, speak=speak, give=give, keep=keep)
    except IntegrityError:
        # The same thing at the same moment: the other one has been kept by now, and this one finds it.
        with writing(desk.engine) as connection:
            return take_in(connection, desk, it, now, speak=speak, give=give, keep=keep)


def take_in(
    connection: Connection,
    desk: Desk,
    it: Inbound,
    now: datetime,
    *,
    speak: Speak | None = None,
    give: Give = said_at_once,
    keep: Keep = _nothing_more,
) -> Said:
    """The same in a transaction of the caller's. Raises IntegrityError for what is being kept at the same moment."""
    reply = receive(connection, it, desk.words, now)
    if reply.already is not None:
        return Said(reply.contact_id, reply.already, reply, again=True)
    files.keep(connection, reply.contact_id, it.files)
    keep(connection, reply.contact_id)
    text = (speak or desk.text)(reply, now)
    give(connection, reply, text, now)
    return Said(reply.contact_id, text, reply)


def event(door: str, *parts: str) -> str:
    """A name for what has none of its own, so that it is known again."""
    return ":".join((door, *parts))


def in_language(reply: Reply, language: str) -> Reply:
    """The same reply to somebody we know nothing of, in the language that they chose."""
    return replace(reply, language=language)
