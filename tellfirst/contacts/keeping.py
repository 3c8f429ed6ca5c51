"""Writing contacts down: as they came, and what becomes of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    Update,
    insert,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from tellfirst.contacts.hearing import Heard
from tellfirst.contacts.inbound import Inbound
from tellfirst.domain.contact import ContactState
from tellfirst.domain.handling import Handling
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, number, parameters, text

BODY_LENGTH = 1_600
SUBJECT_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Line:
    """Where a contact waits for a person; None: what it is about must be over before its time runs."""

    queue: str
    answer_due_at: datetime | None


def seen(connection: Connection, event_id: str) -> Row[Any] | None:
    """The contact that came under this name before, with its answer."""
    return _SEEN.run(connection, event_id=event_id).one_or_none()


def _seen(_dialect: str) -> Select[Any]:
    c = t.contact.c
    known_as = text("event_id")
    return select(c.id, c.answer_kind, c.answer).where(c.carrier_event == known_as)


_SEEN = Prepared(_seen)


def keep(connection: Connection, it: Inbound, heard: Heard, now: datetime) -> int:
    """The contact as it came and as it was understood, before anything is done about it. Its number."""
    understood, known = heard.understood, heard.known
    element = heard.service.element if heard.service else heard.named.element if heard.named else None
    return int(
        _KEEP.run(
            connection,
            channel=it.door,
            carrier_event=it.event_id,
            address=it.address,
            customer_id=known.customer_id,
            kind=understood.kind,
            intent=heard.intent,
            subject=_clean(it.subject, SUBJECT_LENGTH) or None,
            # The customer is answered however long it is.
            body=_clean(it.body, BODY_LENGTH),
            received_at=now,
            language=known.language,
            service=heard.service_kind,
            place=heard.place,
            element_id=element,
            sureness=understood.sureness,
            because=heard.because,
        ).scalar_one()
    )


_KEPT = (
    *(
        "channel",
        "carrier_event",
        "address",
        "customer_id",
        "kind",
        "intent",
        "subject",
        "body",
        "received_at",
    ),
    *("language", "service", "place", "element_id", "sureness", "because"),
)


def _keep(_dialect: str) -> ReturningInsert[Any]:
    return insert(t.contact).values(parameters(t.contact, *_KEPT)).returning(t.contact.c.id)


_KEEP = Prepared(_keep)


def settle(
    connection: Connection,
    contact_id: int,
    *,
    handling: Handling,
    incident_id: int | None,
    line: Line | None,
) -> None:
    """What becomes of it. In a line it waits for a person; without one it is answered as soon as that was said."""
    _SETTLE.run(
        connection,
        contact_id=contact_id,
        answer_kind=handling.answer,
        match=handling.match,
        state_reason=handling.reason,
        incident_id=incident_id,
        queue=line.queue if line else None,
        answer_due_at=line.answer_due_at if line else None,
        state=ContactState.WAITING if line else ContactState.RECEIVED,
    )


_SETTLED = ("answer_kind", "match", "state_reason", "incident_id", "queue", "answer_due_at", "state")


def _settle(_dialect: str) -> Update:
    c = t.contact.c
    return update(t.contact).where(c.id == number("contact_id")).values(parameters(t.contact, *_SETTLED))


_SETTLE = Prepared(_settle)


def _clean(text: str, length: int) -> str:
    """PostgreSQL keeps every sign but NUL."""
    return text.replace("\x00", "")[:length]
