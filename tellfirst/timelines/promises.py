"""The ledger of promises: made by a notice, settled by a later word, or broken by silence."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, Row, Select, Update, func, insert, select, update

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
from tellfirst.store.prepared import asked, moment, number, parameters, prepared
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
    _made.run(
        connection,
        incident_id=incident_id,
        notice_id=notice_id,
        kind=kind,
        made_at=now,
        due_at=due_at,
    )


@prepared
def _made() -> Insert:
    given = parameters(promise, "incident_id", "notice_id", "kind", "made_at", "due_at")
    return insert(promise).values(state=PromiseState.OPEN, **given)


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
    rows = _lapsed.run(connection, now=now).all()
    for row in rows:
        broken = lapse(row.due_at, now)
        if broken:
            _settle(connection, row.id, broken, now, None)
    return [row.incident_id for row in rows]


@prepared
def _lapsed() -> Select[tuple[int, int, datetime]]:
    p = promise.c
    return select(p.id, p.incident_id, p.due_at).where(p.state == PromiseState.OPEN, p.due_at < moment("now"))


@prepared
def next_word_due() -> Select[tuple[datetime]]:
    """By when customers must hear again: the earliest promise of a word that no word has answered yet.

    One that was broken in silence still counts: it is due most of all. One that a later notice to everyone is
    about to answer does not: that notice waits for its carrier, and saying it again would not help. One that was
    stopped by a person is concluded and has answered nothing.
    """
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
        asked(p.incident_id),
        p.kind == PromiseKind.NEXT_UPDATE,
        p.settled_by.is_(None),
        ~on_its_way,
    )


@prepared
def next_page_word_due() -> Select[tuple[datetime]]:
    """By when the page must say more: the earliest promise of it that no word has answered yet, broken ones too.

    None when nobody waits any more: what would be published then is about to be untrue.
    """
    p, a = promise.c, audience.c
    waits = select(a.customer_id).where(
        asked(a.incident_id), a.affected_revision.is_not(None), a.over_at.is_(None)
    )
    return select(func.min(p.due_at)).where(
        asked(p.incident_id),
        p.kind == PromiseKind.PAGE_UPDATE,
        p.settled_by.is_(None),
        p.state.in_((PromiseState.OPEN, PromiseState.BROKEN)),
        waits.exists(),
    )


@prepared
def estimate_made_at() -> Select[tuple[datetime]]:
    """When customers were first given the estimate `estimate_at`; None where no notice has given it."""
    p = promise.c
    same = (asked(p.incident_id), p.kind == PromiseKind.RESTORATION, p.due_at == moment("estimate_at"))
    return select(func.min(p.made_at)).where(*same)


def open_promises(connection: Connection, incident_id: int) -> dict[PromiseKind, datetime]:
    """The earliest open promise of each kind: neither kept, broken nor replaced."""
    rows = _open.run(connection, incident_id=incident_id)
    return {PromiseKind(row.kind): row.due_at for row in rows}


@prepared
def open_kinds() -> Select[tuple[int]]:
    """How many kinds of promises are open."""
    p = promise.c
    its = (asked(p.incident_id), p.state == PromiseState.OPEN)
    return select(func.count(p.kind.distinct())).where(*its)


@prepared
def _open() -> Select[tuple[str, datetime]]:
    p = promise.c
    its = (asked(p.incident_id), p.state == PromiseState.OPEN)
    return select(p.kind, p.due_at).where(*its).order_by(p.due_at.desc())


def _unanswered(
    connection: Connection, incident_id: int, kind: PromiseKind, by_notice: int
) -> Sequence[Row[Any]]:
    """Open ones, and broken ones nobody has answered yet: silence ends with the word that breaks it.

    A notice held up at its carrier may leave after a newer one; it answers nothing that was promised since.
    """
    return _open_or_broken.run(connection, incident_id=incident_id, kind=kind, by_notice=by_notice).all()


@prepared
def _open_or_broken() -> Select[tuple[int, datetime]]:
    p = promise.c
    return select(p.id, p.due_at).where(
        asked(p.incident_id),
        asked(p.kind),
        p.notice_id < number("by_notice"),
        p.settled_by.is_(None),
        p.state.in_((PromiseState.OPEN, PromiseState.BROKEN)),
    )


def _settle(
    connection: Connection, promise_id: int, how: Settled, at: datetime, by_notice: int | None
) -> None:
    _settled.run(
        connection,
        promise_id=promise_id,
        state=how.state,
        settled_at=at,
        settled_by=by_notice,
        late_by_seconds=int(how.late_by.total_seconds()),
        reason=how.reason,
    )


@prepared
def _settled() -> Update:
    settled = parameters(promise, "state", "settled_at", "settled_by", "late_by_seconds", "reason")
    return update(promise).where(promise.c.id == number("promise_id")).values(settled)
