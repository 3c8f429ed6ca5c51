"""What is theirs: removed where nothing hangs on it, emptied where a count does. Set-based, one table after another."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    case,
    cast,
    delete,
    func,
    literal,
    null,
    select,
    update,
)

from tellfirst.domain.contact import AnswerState, ContactState
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.incident import RUNNING
from tellfirst.erasing.person import ERASED, Person, theirs
from tellfirst.store import tables as t

Step = Callable[[Connection, Person, datetime], int]
REASON = "erased"
"""Of contacts and answers that will not be worked on any more."""


def _files(connection: Connection, it: Person, _now: datetime) -> int:
    f = t.contact_file
    return connection.execute(delete(f).where(f.c.contact_id.in_(_contacts(it)))).rowcount


def _mails(connection: Connection, it: Person, _now: datetime) -> int:
    m = t.contact_mail
    return connection.execute(delete(m).where(m.c.contact_id.in_(_contacts(it)))).rowcount


def _questions(connection: Connection, it: Person, _now: datetime) -> int:
    q = t.affected_question
    return connection.execute(delete(q).where(q.c.contact_id.in_(_contacts(it)))).rowcount


def _answers(connection: Connection, it: Person, _now: datetime) -> int:
    a = t.contact_answer
    waiting = a.c.state.in_((AnswerState.PENDING, AnswerState.SENDING))
    return connection.execute(
        update(a)
        .where(a.c.contact_id.in_(_contacts(it)))
        .values(
            body="",
            subject=None,
            carrier_reference=None,
            state=case((waiting, AnswerState.FAILED.value), else_=a.c.state),
            reason=case((waiting, REASON), else_=a.c.reason),
            try_at=None,
        )
    ).rowcount


def _brought(connection: Connection, it: Person, now: datetime) -> int:
    k = t.contact
    open_ = k.c.state.in_((ContactState.RECEIVED, ContactState.WAITING, ContactState.TAKEN))
    return connection.execute(
        update(k)
        .where(theirs(it))
        .values(
            # Unique, and no longer what the carrier calls it: by that name it would give back number and text.
            carrier_event=literal(f"{ERASED}:") + cast(k.c.id, String),
            address="",
            body="",
            subject=None,
            answer=case((k.c.answer.is_(None), null()), else_=""),
            place=None,
            because=null(),
            customer_id=it.id,
            state=case((open_, ContactState.CLOSED.value), else_=k.c.state),
            closed_at=case((open_, literal(now, k.c.closed_at.type)), else_=k.c.closed_at),
            state_reason=case((open_, REASON), else_=null()),
        )
    ).rowcount


def _comments(connection: Connection, it: Person, _now: datetime) -> int:
    r = t.response
    return connection.execute(update(r).where(r.c.customer_id == it.id).values(comment="")).rowcount


def _receipts(connection: Connection, it: Person, _now: datetime) -> int:
    """They are in the states of the deliveries already; each still names the message at its carrier."""
    r = t.receipt
    return connection.execute(delete(r).where(r.c.delivery_id.in_(_deliveries(it)))).rowcount


def _anomalies(connection: Connection, it: Person, _now: datetime) -> int:
    a = t.anomaly
    nameless = literal(f"{ERASED}:") + cast(a.c.id, String)
    return connection.execute(
        update(a).where(a.c.delivery_id.in_(_deliveries(it))).values(carrier_ref=nameless)
    ).rowcount


def _messages(connection: Connection, it: Person, now: datetime) -> int:
    """State, reason and times stay: they are what is counted. What waits will not leave."""
    d = t.delivery
    mine = d.c.customer_id == it.id
    for state, ends, reason in (
        (DeliveryState.PENDING, DeliveryState.CANCELLED, DeliveryReason.ERASED),
        (DeliveryState.UNKNOWN, DeliveryState.UNCONFIRMED, DeliveryReason.NO_RECEIPT),
    ):
        ended = {"state": ends, "reason": reason, "final_at": now}
        connection.execute(update(d).where(mine, d.c.state == state).values(**ended))
    return connection.execute(
        update(d).where(mine).values(carrier_ref=None, carrier_code=None, reader=None)
    ).rowcount


def _members(connection: Connection, it: Person, _now: datetime) -> int:
    """In what goes on they have no contact point any more; elsewhere the channel stays, for the counts."""
    a, i = t.audience, t.incident.c
    mine, running = a.c.customer_id == it.id, select(i.id).where(i.stage.in_(RUNNING))
    plain = {"language": "en", "zone": "UTC", "priority": 0, "shared": False}
    connection.execute(
        update(a).where(mine, a.c.incident_id.in_(running)).values(channel="none", address=None, **plain)
    )
    unreachable = case((a.c.channel == "none", null()), else_=f"{ERASED}-{it.id}")
    return connection.execute(update(a).where(mine).values(address=unreachable, **plain)).rowcount


def _rows_of(table: Any) -> Step:
    def removed(connection: Connection, it: Person, _now: datetime) -> int:
        return connection.execute(delete(table).where(table.c.customer_id == it.id)).rowcount

    return removed


def _opt_outs(connection: Connection, it: Person, _now: datetime) -> int:
    o = t.opt_out
    return connection.execute(delete(o).where(o.c.address.in_(sorted(it.addresses)))).rowcount


def _self(connection: Connection, it: Person, _now: datetime) -> int:
    """A row that counts, and says of nobody that it is theirs."""
    c = t.customer
    nothing: dict[str, Any] = dict.fromkeys(
        (
            *("phone", "email", "wish", "household", "district", "area_code"),
            *("lat", "lon", "location", "located_at"),
        )
    )
    flags = dict.fromkeys(("phone_shared", "email_shared", "phone_checked", "phone_landline"), False)
    nameless = {
        "reference": f"{ERASED}-{it.id}",
        "status": ERASED,
        "language": "en",
        "zone": "UTC",
        "priority": 0,
    }
    return connection.execute(
        update(c).where(c.c.id == it.id).values(**nothing, **flags, **nameless)
    ).rowcount


STEPS: Mapping[str, Step] = {
    "contact_file": _files,
    "contact_mail": _mails,
    "affected_question": _questions,
    "contact_answer": _answers,
    "contact": _brought,
    "response": _comments,
    "receipt": _receipts,
    "anomaly": _anomalies,
    "delivery": _messages,
    "audience": _members,
    "service": _rows_of(t.service),
    "presence": _rows_of(t.presence),
    "contact_point": _rows_of(t.contact_point),
    "survey_refusal": _rows_of(t.survey_refusal),
    "link_token": _rows_of(t.link_token),
    "link_revocation": _rows_of(t.link_revocation),
    "preference_change": _rows_of(t.preference_change),
    "opt_out": _opt_outs,
    "customer": _self,
}


def count(connection: Connection, it: Person) -> dict[str, int]:
    """How many rows of each table are theirs."""
    conditions: Mapping[str, ColumnElement[bool]] = {
        "contact_file": t.contact_file.c.contact_id.in_(_contacts(it)),
        "contact_mail": t.contact_mail.c.contact_id.in_(_contacts(it)),
        "affected_question": t.affected_question.c.contact_id.in_(_contacts(it)),
        "contact_answer": t.contact_answer.c.contact_id.in_(_contacts(it)),
        "contact": theirs(it),
        "receipt": t.receipt.c.delivery_id.in_(_deliveries(it)),
        "anomaly": t.anomaly.c.delivery_id.in_(_deliveries(it)),
        "opt_out": t.opt_out.c.address.in_(sorted(it.addresses)),
        "customer": t.customer.c.id == it.id,
    }
    found = {}
    for name in STEPS:
        table = t.metadata.tables[name]
        condition = conditions.get(name)
        if condition is None:
            condition = and_(table.c.customer_id == it.id)
        found[name] = connection.execute(
            select(func.count()).select_from(table).where(condition)
        ).scalar_one()
    return found


def _contacts(it: Person) -> Any:
    return select(t.contact.c.id).where(theirs(it))


def _deliveries(it: Person) -> Any:
    return select(t.delivery.c.id).where(t.delivery.c.customer_id == it.id)
