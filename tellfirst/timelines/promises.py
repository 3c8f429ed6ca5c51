"""The ledger of promises: made by a notice, settled by a later word, or broken by silence."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from tellfirst.domain.audience import Whom
from tellfirst.domain.promise import (
    PromiseKind,
    PromiseState,
    Settled,
    lapse,
    replace_restoration,
    settle_next_update,
    settle_restoration,
)
from tellfirst.store.prepared import Prepared, number
from tellfirst.store.tables import audience, notice, promise


def make(
    connection: Connection,
    incident_id: int,
    notice_id: int,
    kind: PromiseKind,
    due_at: datetime,
    now: datetime,
) -> None:
    """Written with the notice itself: a time that may reach one customer is already owed."""
    connection.execute(
        insert(promise).values(
            incident_id=incident_id,
            notice_id=notice_id,
            kind=kind,
            made_at=now,
            due_at=due_at,
            state=PromiseState.OPEN,
        )
    )


def settle_words(connection: Connection, incident_id: int, by_notice: int, spoken_at: datetime) -> None:
    """A word has gone to everyone who still waits for one: earlier promises of a next word are settled."""
    for row in _unanswered(connection, incident_id, PromiseKind.NEXT_UPDATE, by_notice):
        _settle(connection, row.id, settle_next_update(row.due_at, spoken_at), spoken_at, by_notice)


def settle_page(connection: Connection, incident_id: int, by_notice: int, spoken_at: datetime) -> None:
    """Whoever looks finds a newer word, or that it is over: earlier promises of one are settled."""
    for row in _unanswered(connection, incident_id, PromiseKind.PAGE_UPDATE, by_notice):
        _settle(connection, row.id, settle_next_update(row.due_at, spoken_at), spoken_at, by_notice)


def replace_estimates(connection: Connection, incident_id: int, by_notice: int, told_at: datetime) -> None:
    """Customers heard that the earlier estimate no longer stands."""
    for row in _unanswered(connection, incident_id, PromiseKind.RESTORATION, by_notice):
        _settle(connection, row.id, replace_restoration(row.due_at, told_at), told_at, by_notice)


def settle_estimates(connection: Connection, incident_id: int, by_notice: int, verified_at: datetime) -> None:
    """Service is verified to be back."""
    for row in _unanswered(connection, incident_id, PromiseKind.RESTORATION, by_notice):
        _settle(connection, row.id, settle_restoration(row.due_at, verified_at), verified_at, by_notice)


def release(connection: Connection, incident_id: int, now: datetime) -> None:
    """Nobody is left to whom they were given, and no word can settle them any more."""
    p = promise.c
    connection.execute(
        update(promise)
        .where(p.incident_id == incident_id, p.state == PromiseState.OPEN)
        .values(state=PromiseState.REPLACED, settled_at=now, reason="nobody_waits_any_more")
    )


def lapse_all(connection: Connection, now: datetime) -> list[int]:
    """Record every promise broken whose time has passed in silence. The incidents they belong to."""
    p = promise.c
    rows = connection.execute(
        select(p.id, p.incident_id, p.due_at).where(p.state == PromiseState.OPEN, p.due_at < now)
    ).all()
    for row in rows:
        broken = lapse(row.due_at, now)
        if broken:
            _settle(connection, row.id, broken, now, None)
    return [row.incident_id for row in rows]


def next_word_due(connection: Connection, incident_id: int) -> datetime | None:
    """By when customers must hear again: the earliest promise of a word that no word has answered yet.

    One that was broken in silence still counts: it is due most of all. One that a later notice to everyone is
    about to answer does not: that notice waits for its carrier, and saying it again would not help. One that was
    stopped by a person is concluded and has answered nothing.
    """
    due_at: datetime | None = _NEXT_WORD_DUE.run(connection, incident_id=incident_id).scalar()
    return due_at


def _unanswered_word(_dialect: str) -> Select[tuple[datetime]]:
    p, n = promise.c, notice.c
    on_its_way = (
        select(n.id)
        .where(
            n.incident_id == p.incident_id,
            n.id > p.notice_id,
            n.whom == Whom.WAITING,
            n.spoken_at.is_(None),
        )
        .exists()
    )
    return select(func.min(p.due_at)).where(
        p.incident_id == number("incident_id"),
        p.kind == PromiseKind.NEXT_UPDATE,
        p.settled_by.is_(None),
        ~on_its_way,
    )


_NEXT_WORD_DUE = Prepared(_unanswered_word)


def next_page_word_due(connection: Connection, incident_id: int) -> datetime | None:
    """By when the page must say more: the earliest promise of it that no word has answered yet, broken ones too.

    None when nobody waits any more: what would be published then is about to be untrue.
    """
    p, a = promise.c, audience.c
    waits = select(a.customer_id).where(
        a.incident_id == incident_id, a.affected_revision.is_not(None), a.over_at.is_(None)
    )
    due_at: datetime | None = connection.scalar(
        select(func.min(p.due_at)).where(
            p.incident_id == incident_id,
            p.kind == PromiseKind.PAGE_UPDATE,
            p.settled_by.is_(None),
            p.state.in_((PromiseState.OPEN, PromiseState.BROKEN)),
            waits.exists(),
        )
    )
    return due_at


def estimate_made_at(connection: Connection, incident_id: int, due_at: datetime) -> datetime | None:
    """When customers were first given this estimate; None where no notice has given it."""
    p = promise.c
    same = (p.incident_id == incident_id, p.kind == PromiseKind.RESTORATION, p.due_at == due_at)
    made_at: datetime | None = connection.scalar(select(func.min(p.made_at)).where(*same))
    return made_at


def open_promises(connection: Connection, incident_id: int) -> dict[PromiseKind, datetime]:
    """The earliest open promise of each kind: neither kept, broken nor replaced."""
    rows = _OPEN.run(connection, incident_id=incident_id)
    return {PromiseKind(row.kind): row.due_at for row in rows}


def _opened(_dialect: str) -> Select[tuple[str, datetime]]:
    p = promise.c
    its = (p.incident_id == number("incident_id"), p.state == PromiseState.OPEN)
    return select(p.kind, p.due_at).where(*its).order_by(p.due_at.desc())


_OPEN = Prepared(_opened)


def _unanswered(
    connection: Connection, incident_id: int, kind: PromiseKind, by_notice: int
) -> Sequence[Row[Any]]:
    """Open ones, and broken ones nobody has answered yet: silence ends with the word that breaks it.

    A notice held up at its carrier may leave after a newer one; it answers nothing that was promised since.
    """
    p = promise.c
    return connection.execute(
        select(p.id, p.due_at).where(
            p.incident_id == incident_id,
            p.kind == kind,
            p.notice_id < by_notice,
            p.settled_by.is_(None),
            p.state.in_((PromiseState.OPEN, PromiseState.BROKEN)),
        )
    ).all()


def _settle(
    connection: Connection, promise_id: int, how: Settled, at: datetime, by_notice: int | None
) -> None:
    connection.execute(
        update(promise)
        .where(promise.c.id == promise_id)
        .values(
            state=how.state,
            settled_at=at,
            settled_by=by_notice,
            late_by_seconds=int(how.late_by.total_seconds()),
            reason=how.reason,
        )
    )
