"""Conclude: once a notice has been offered to its carriers as a whole, the words it owed are settled."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Update, and_, bindparam, select, update

from tellfirst.delivery.standing import unsent
from tellfirst.domain.audience import Whom
from tellfirst.domain.delivery import HANDED_OVER, UNSETTLED, DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.promise import PromiseKind
from tellfirst.store import tables as t
from tellfirst.store.prepared import Prepared, number
from tellfirst.timelines import promises


def conclude_all(connection: Connection, incident_id: int, now: datetime) -> int:
    """Conclude the notices of an incident that have no chunk left to send, oldest first. How many."""
    ready = list(_READY.run(connection, incident_id=incident_id).scalars())
    for notice_id in ready:
        conclude(connection, notice_id, now)
    return len(ready)


def _ready(_dialect: str) -> Select[tuple[int]]:
    n = t.notice.c
    its = n.incident_id == number("incident_id")
    return select(n.id).where(its, n.spoken_at.is_(None), ~unsent()).order_by(n.sequence)


_READY = Prepared(_ready)


def conclude(connection: Connection, notice_id: int, now: datetime) -> None:
    """Every message of the notice has been offered to its carrier: the words it owed are settled now.

    Not by one that somebody stopped: whoever did not get it still waits for the word that was promised.
    """
    n = t.notice
    row = _NOTICE.run(connection, notice_id=notice_id).one()
    if row.spoken_at is not None:
        return
    _SPOKEN.run(connection, notice_id=notice_id, now=now)
    if row.was_stopped:
        halted = {"halted_at": now, "halted_reason": DeliveryReason.STOPPED}
        connection.execute(update(n).where(n.c.id == notice_id, n.c.halted_at.is_(None)).values(**halted))
        return
    if row.was_overtaken:
        # Nobody had it: the newer word that took its place settles what it would have.
        return
    if row.halted_at is not None:
        # Most of it never left: what was promised before is still owed, and the next word settles it.
        return
    occasion = Occasion(row.occasion)
    to_everyone = row.whom == Whom.WAITING
    ends = row.whom in (Whom.BACK, Whom.WRONGLY_TOLD)
    over = ends and not _still_without(connection, row.incident_id)
    if to_everyone or over:
        promises.settle_words(connection, row.incident_id, notice_id, now)
    if over and occasion is Occasion.RESTORED:
        promises.settle_estimates(connection, row.incident_id, notice_id, now)
    elif over or (to_everyone and (occasion is Occasion.OVERRUN or row.promises_restoration)):
        promises.replace_estimates(connection, row.incident_id, notice_id, now)


def _still_without(connection: Connection, incident_id: int) -> bool:
    return _WITHOUT.run(connection, incident_id=incident_id).first() is not None


def _notice(_dialect: str) -> Select[Any]:
    n = t.notice.c
    return select(
        *(n.incident_id, n.occasion, n.whom, n.spoken_at, n.halted_at),
        _stopped().label("was_stopped"),
        _overtaken().label("was_overtaken"),
        _restoration().label("promises_restoration"),
    ).where(n.id == number("notice_id"))


def _spoken(_dialect: str) -> Update:
    n = t.notice
    now = bindparam("now", type_=n.c.spoken_at.type)
    return update(n).where(n.c.id == number("notice_id")).values(spoken_at=now)


def _stopped() -> ColumnElement[bool]:
    d = t.delivery.c
    stopped = (d.state == DeliveryState.CANCELLED, d.reason == DeliveryReason.STOPPED)
    return select(d.id).where(d.notice_id == number("notice_id"), *stopped).exists()


def _overtaken() -> ColumnElement[bool]:
    """Whether messages of it gave way to a newer word, and none of the others has left or may have."""
    d = t.delivery.c
    its = select(d.id).where(d.notice_id == number("notice_id"))
    gave_way = its.where(d.state == DeliveryState.CANCELLED, d.reason == DeliveryReason.SUPERSEDED).exists()
    left = its.where(d.state.in_((*HANDED_OVER, *UNSETTLED))).exists()
    return and_(gave_way, ~left)


def _restoration() -> ColumnElement[bool]:
    p = t.promise.c
    its = (p.notice_id == number("notice_id"), p.kind == PromiseKind.RESTORATION)
    return select(p.id).where(*its).exists()


def _without(_dialect: str) -> Select[tuple[int]]:
    a = t.audience.c
    waits = (a.affected_revision.is_not(None), a.over_at.is_(None))
    return select(a.customer_id).where(a.incident_id == number("incident_id"), *waits).limit(1)


_NOTICE, _SPOKEN, _WITHOUT = Prepared(_notice), Prepared(_spoken), Prepared(_without)
