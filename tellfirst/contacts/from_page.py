"""A customer says on their own page that theirs is still out: kept as a contact, and believed."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from tellfirst.contacts import still_out
from tellfirst.contacts.links import Owner
from tellfirst.contacts.own_page import Concern
from tellfirst.contacts.receiving import answered
from tellfirst.domain.contact import ContactKind, ContactState, Door, Intent, Match
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into
from tellfirst.surveys.calling_back import QUEUE

STILL_OUT = "still_out"


@dataclass(frozen=True, slots=True)
class Said:
    """What the button said, and what the page says back; `sent` is the same each time a form is sent again."""

    sent: str
    words: str = field(repr=False)
    answer: str = field(repr=False)


def take(connection: Connection, person: Owner, about: Concern, said: Said, now: datetime) -> bool:
    """False when it was sent before: then nothing is changed.

    While the incident is open the customer waits again, with all behind their contact point. One that is closed stays
    closed: a person looks, within the rhythm in which the customer would have heard from us.
    """
    it = incidents.by_reference(connection, about.reference)
    a = t.audience.c
    address = connection.scalar(
        select(a.address).where(a.incident_id == it.id, a.customer_id == person.customer_id)
    )
    values = {
        "channel": Door.WEB,
        "carrier_event": f"page:{said.sent}",
        "address": address or "",
        "customer_id": person.customer_id,
        "incident_id": it.id,
        "kind": ContactKind.INCIDENT_REPORT,
        "intent": Intent.PROBLEM,
        "body": said.words,
        "received_at": now,
        "answer_kind": STILL_OUT,
        "language": person.language,
        "match": Match.OVER if about.over else Match.KNOWN,
    }
    if about.closed and it.playbook:
        values |= {"state": ContactState.WAITING, "state_reason": STILL_OUT, "queue": QUEUE}
        values |= {"answer_due_at": now + it.playbook.next_update_every}
    made = insert_into(connection, t.contact).values(**values).on_conflict_do_nothing()
    contact_id = connection.scalar(made.returning(t.contact.c.id))
    if contact_id is None:
        return False
    incidents.note(connection, it.id, now, "contact", Intent.PROBLEM, contact=int(contact_id))
    if not about.closed:
        answered(connection, int(contact_id), said.answer, now)
        theirs = a.address == address if address else a.customer_id == person.customer_id
        still_out.say_of(connection, it.id, theirs, now)
    return True
