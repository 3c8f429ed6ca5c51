"""What people do with what customers bring: keep it, take it, answer it, pass it on, close it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from tellfirst.acting.deed import Deed, deed
from tellfirst.bootstrap import World
from tellfirst.contacts import hands
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.listing import shown
from tellfirst.contacts.receiving import answered, receive
from tellfirst.domain.audit import Actor, Audited
from tellfirst.domain.contact import ContactKind, contact_reference
from tellfirst.domain.errors import NotFound
from tellfirst.store import tables as t

Kept = dict[str, Any]
"""A contact with all that is known of it, as `contacts.listing.shown` gives it."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A contact that one of our people wrote down: what to say to the customer, and which incidents it has moved."""

    kept: Kept
    answer: str
    moved: tuple[str, ...]


def bring(here: World, actor: Actor, it: Inbound) -> Brought:
    """Keep what a customer told `actor`, and find what to say to them. Raises NotFound for an unknown customer."""
    now = here.clock.now()
    with deed(here, actor, Audited.CONTACT_BROUGHT, door=it.door) as doing:
        connection = doing.connection
        known = select(t.customer.c.id).where(t.customer.c.reference == it.customer)
        if it.customer and connection.scalar(known) is None:
            raise NotFound(
                f"there is no customer {it.customer}; references look like C000123, nothing was kept"
            )
        reply = receive(connection, it, here.contact_words, now)
        said = here.templates.answer(
            *(reply.kind, reply.language, reply.facts, reply.zone, now),
            *(reply.impact or "down", reply.services),
        )
        answered(connection, reply.contact_id, said, now)
        kept = _kept(doing, contact_reference(reply.contact_id))
    return Brought(kept, said, tuple(reply.moved))


def take(here: World, actor: Actor, reference: str) -> Kept:
    """It is the actor's. Raises NotFound, and RuleBroken for one that is closed."""
    with deed(here, actor, Audited.CONTACT_TAKEN) as doing:
        hands.take(doing.connection, reference, actor.name, here.clock.now())
        return _kept(doing, reference)


def answer(
    here: World,
    actor: Actor,
    reference: str,
    body: str,
    *,
    given: bool = False,
    kind: ContactKind | None = None,
) -> Kept:
    """In the actor's words, promised to be sent, or `given` already. Raises as `contacts.hands.answer` does."""
    with deed(here, actor, Audited.CONTACT_ANSWERED, given=given) as doing:
        hands.answer(doing.connection, reference, body, actor.name, here.clock.now(), given=given, kind=kind)
        return _kept(doing, reference)


def pass_on(
    here: World, actor: Actor, reference: str, queue: str, *, kind: ContactKind | None = None
) -> Kept:
    """To whoever answers in another queue. Raises as `contacts.hands.pass_on` does."""
    with deed(here, actor, Audited.CONTACT_PASSED_ON) as doing:
        now, reception = here.clock.now(), here.contact_words
        hands.pass_on(doing.connection, reference, queue, reception, actor.name, now, kind=kind)
        kept = _kept(doing, reference)
        doing.details["queue"] = kept["queue"]
        return kept


def close(here: World, actor: Actor, reference: str, reason: str, *, kind: ContactKind | None = None) -> Kept:
    """It needs no answer, and why. Raises as `contacts.hands.close` does."""
    with deed(here, actor, Audited.CONTACT_CLOSED) as doing:
        hands.close(doing.connection, reference, reason, actor.name, here.clock.now(), kind=kind)
        return _kept(doing, reference)


def _kept(doing: Deed, reference: str) -> Kept:
    """The contact as it stands now; the entry of the act says which it is, and whose."""
    kept = shown(doing.connection, reference)
    doing.details["contact"] = kept["contact"]
    doing.incident, doing.customer = kept["incident"] or "", kept["customer"] or ""
    return kept
