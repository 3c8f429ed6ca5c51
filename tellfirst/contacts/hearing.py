"""What a contact is about and whom it is from, before anything is decided."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, select

from tellfirst.contacts import hitting, missed, opting_out
from tellfirst.contacts.callers import caller
from tellfirst.contacts.hitting import Hitting, Subscribed
from tellfirst.contacts.inbound import Inbound
from tellfirst.contacts.naming import Named, place_in
from tellfirst.contacts.reception import Reception
from tellfirst.contacts.standing import Known, known_to
from tellfirst.domain.contact import ContactKind, Door, Intent, understand
from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.handling import ABOUT_TROUBLE, Circumstances, Hit
from tellfirst.domain.understanding import Reason, Understood, plain_words, read
from tellfirst.store import tables as t

BY_THEIR_SERVICE = Reason("service", "the only service they have", 1.0)

LINES = (ServiceKind.MOBILE, ServiceKind.BROADBAND, ServiceKind.VOICE)
"""Services that people take for one another."""


@dataclass(frozen=True, slots=True)
class Heard:
    """All that is known of a contact. `service` is the one of theirs that they mean, `hit` what explains it and is not
    in their books, `there` what is told at the place they name."""

    intent: Intent
    understood: Understood
    known: Known
    named: Named | None
    speaks_of_trouble: bool
    words: str = field(repr=False)
    at: datetime
    service: Subscribed | None = None
    hit: Hitting | None = None
    there: Hitting | None = None
    is_missed: bool = False
    heard_it_is_over: bool = False

    @property
    def service_kind(self) -> ServiceKind | None:
        if self.service:
            return self.service.kind
        hit = self.known.services
        return self.understood.service or (hit[0] if len(hit) == 1 else None)

    @property
    def place(self) -> str | None:
        if self.named:
            return self.named.name
        facts = self.known.facts
        return self.service.area if self.service else facts.place if facts else None

    @property
    def because(self) -> list[dict[str, object]]:
        """Every reason, as it is kept."""
        reasons = list(self.understood.because)
        if self.service and not self.understood.service:
            reasons.append(BY_THEIR_SERVICE)
        if self.named:
            reasons.append(Reason("place", self.named.name, 1.0))
        return [one.to_json() for one in reasons]

    @property
    def circumstances(self) -> Circumstances:
        return Circumstances(
            kind=self.understood.kind,
            speaks_of_trouble=self.speaks_of_trouble,
            word_count=len(self.words.split()),
            hit=self._hit,
            missed=self.is_missed,
            heard_it_is_over=self.heard_it_is_over,
            there=self.there is not None,
            can_be_opened=self.service is not None,
        )

    @property
    def is_told(self) -> bool:
        """What hits them goes on, and they or others were told of it."""
        return self._hit is Hit.TOLD

    @property
    def _hit(self) -> Hit:
        facts = self.known.facts
        if self.known.incident_id is not None and facts is not None:
            if self.known.over:
                return Hit.OVER
            ahead = facts.window_from is not None and facts.window_from > self.at
            return Hit.ANNOUNCED if ahead else Hit.TOLD
        untold = self.known.incident_id is not None or (self.hit is not None and not self.hit.told)
        return Hit.UNTOLD if untold else Hit.NONE


def hear(connection: Connection, it: Inbound, reception: Reception, now: datetime) -> Heard:
    """A handful of looks into indexes, and the rules of all languages over its first words."""
    text = f"{it.subject}\n{it.body}" if it.subject else it.body
    intent = opting_out.meant_by(it, it.meant or understand(it.body, reception.words))
    understood = read(text, reception.speeches, reception.queues.sure_from)
    if intent is Intent.OTHER and understood.kind is ContactKind.INCIDENT_REPORT:
        intent = Intent.PROBLEM
    known = known_to(connection, caller(it), now)
    named = place_in(connection, text)
    words = plain_words(text)
    # Whoever calls has said nothing yet, and calls because something is wrong.
    trouble = intent is Intent.PROBLEM or (it.door is Door.VOICE and not words)
    heard = Heard(intent, understood, known, named, trouble, words, now)
    about_trouble = heard.speaks_of_trouble or understood.kind in ABOUT_TROUBLE
    return _explained(connection, heard) if about_trouble else heard


def _explained(connection: Connection, heard: Heard) -> Heard:
    """What may explain a report: looked for only where nothing that they were told does."""
    known, customer_id, said = heard.known, heard.known.customer_id, heard.understood.service
    if heard.is_told and (said is None or said in known.services):
        return heard
    services = hitting.services_of(connection, customer_id) if customer_id is not None else []
    heard = replace(heard, service=_meant(services, said))
    if heard.is_told:
        if said not in {one.kind for one in services}:
            return heard
        # It is another service of theirs that they mean: what hits this one is no answer.
        known = Known(customer_id, None, known.language, known.zone)
        heard = replace(heard, known=known)
    if known.facts is not None:
        return replace(heard, heard_it_is_over=known.over and _heard_it_is_over(connection, known))
    hit = hitting.hitting(connection, customer_id, services, said) if customer_id and services else None
    if hit and hit.told and customer_id is not None:
        if missed.is_counted(connection, hit.incident_id, customer_id):
            return replace(heard, there=hit)
        return replace(heard, hit=hit, is_missed=True)
    if hit or heard.named is None:
        return replace(heard, hit=hit)
    there = hitting.told_at(connection, heard.named.area, heard.named.name)
    return replace(heard, there=there, is_missed=_is_there_too(heard, there, services))


def _is_there_too(heard: Heard, there: Hitting | None, services: list[Subscribed]) -> bool:
    """A mobile customer is hit wherever they are, not where their service is in the books."""
    mobile = any(one.kind is ServiceKind.MOBILE for one in services)
    means_it = heard.understood.service in (ServiceKind.MOBILE, None)
    return bool(there and there.element and mobile and means_it)


def _meant(services: list[Subscribed], said: ServiceKind | None) -> Subscribed | None:
    """The one they name, or the only one they have; None where it could be several.

    Whoever has no line at home means the mobile one with their internet.
    """
    of_kind = [one for one in services if one.kind is said]
    if said is None or (not of_kind and said in LINES):
        of_kind = [one for one in services if said is None or one.kind in LINES]
    elements = {one.element for one in of_kind}
    return of_kind[0] if len(elements) == 1 and len({one.kind for one in of_kind}) == 1 else None


def _heard_it_is_over(connection: Connection, known: Known) -> bool:
    c = t.contact.c
    answered = select(c.id).where(
        c.customer_id == known.customer_id,
        c.incident_id == known.incident_id,
        c.answer_kind == "restored_recently",
    )
    return connection.scalar(answered.limit(1)) is not None
