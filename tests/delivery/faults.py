"""Faults that other projects have shipped, each put into our code for as long as a test wants it there."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from bench import Bench
from sqlalchemy import ColumnElement, Connection, exists, select, update

from tellfirst.carriers.port import Outbound, Outcome, ReceiptState, Verdict
from tellfirst.delivery import (
    intending,
    leasing,
    objections,
    permitting,
    planning,
    receipts,
    reconciling,
    recording,
    sending,
)
from tellfirst.delivery.intending import Addressed
from tellfirst.delivery.leasing import Lease
from tellfirst.domain.delivery import DeliveryReason, DeliveryState
from tellfirst.domain.promise import PromiseState, Settled
from tellfirst.store import tables as t
from tellfirst.timelines import promises

S = DeliveryState


@contextmanager
def checkpoint_at_fetch(_: Bench) -> Iterator[None]:
    def lease(connection: Connection, chunk_id: int, wall: datetime, *more: Any) -> Lease | None:
        taken = leasing.lease(connection, chunk_id, wall, *more)
        connection.execute(update(t.chunk).where(t.chunk.c.id == chunk_id).values(done_at=wall))
        return taken

    with patch.object(sending, "lease", lease):
        yield


@contextmanager
def rescue_without_a_look(_: Bench) -> Iterator[None]:
    def reap(connection: Connection, wall: datetime, terms: Any = None) -> int:
        doubted = update(t.delivery).where(t.delivery.c.state == S.SENDING)
        values = {"state": S.UNKNOWN, "reason": DeliveryReason.WORKER_LOST, "look_up_at": wall}
        return connection.execute(doubted.values(**values)).rowcount

    with patch.object(leasing, "reap", reap):
        yield


@contextmanager
def the_whole_window_again(_: Bench) -> Iterator[None]:
    def record(
        connection: Connection, carrier: str, fence: int, outcomes: Iterable[Outcome], *more: Any
    ) -> int:
        ended = list(outcomes)
        if any(one.verdict is Verdict.REFUSED_AGAIN for one in ended):
            ended = [replace(one, verdict=Verdict.REFUSED_AGAIN, carrier_ref="") for one in ended]
        return recording.record(connection, carrier, fence, ended, *more)

    with patch.object(sending, "record", record):
        yield


@contextmanager
def claim_in_two_steps(_: Bench) -> Iterator[None]:
    def lease(
        connection: Connection, chunk_id: int, wall: datetime, terms: Any = leasing.TERMS
    ) -> Lease | None:
        # Both have read that it is free before either writes.
        until = wall + terms.lease_for
        connection.execute(update(t.chunk).where(t.chunk.c.id == chunk_id).values(lease_until=until))
        row = connection.execute(select(t.chunk).where(t.chunk.c.id == chunk_id)).one()
        return Lease(row.id, row.notice_id, leasing.Channel(row.channel), row.fence, until)

    with patch.object(leasing, "lease", lease), patch.object(sending, "lease", lease):
        yield


@contextmanager
def sweep_away_what_is_stale(_: Bench) -> Iterator[None]:
    def reap(connection: Connection, wall: datetime, terms: Any = leasing.TERMS) -> int:
        c = t.chunk.c
        swept = update(t.chunk).where(c.done_at.is_(None), c.lease_until < wall - terms.skew)
        return connection.execute(swept.values(done_at=wall)).rowcount

    with patch.object(leasing, "reap", reap):
        yield


@contextmanager
def mark_before_sending(_: Bench) -> Iterator[None]:
    def intend(connection: Connection, held: Lease, *more: Any, **named: Any) -> list[Addressed]:
        window = intending.intend(connection, held, *more, **named)
        ids = [one.delivery_id for one in window]
        connection.execute(update(t.delivery).where(t.delivery.c.id.in_(ids)).values(state=S.SENT))
        return window

    with patch.object(sending, "intend", intend):
        yield


@contextmanager
def retry_a_timeout(_: Bench) -> Iterator[None]:
    blindly = {Verdict.UNKNOWN: (S.PENDING, DeliveryReason.THROTTLED)}
    with patch.dict(recording.ENDS, blindly), patch.object(recording, "_REASONS", frozenset()):
        yield


@contextmanager
def no_look_at_the_lease(_: Bench) -> Iterator[None]:
    async def permit(_self: object, _messages: Sequence[Outbound]) -> str:
        return ""

    with patch.object(permitting.Permits, "__call__", permit):
        yield


@contextmanager
def no_unique_key(bench: Bench) -> Iterator[None]:
    key = r",\s*CONSTRAINT \S+ UNIQUE \(notice_id, customer_id, channel\)"
    columns = ", ".join(column.name for column in t.delivery.columns)
    with bench.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")
        create = raw.execute("SELECT sql FROM sqlite_master WHERE name = 'delivery'").fetchone()[0]
        bare, found = re.subn(key, "", create)
        assert found == 1
        # The second thing in its way: no chunk is cut twice either.
        raw.execute("DROP INDEX ix_chunk_part")
        raw.execute("ALTER TABLE delivery RENAME TO delivery_before")
        raw.execute(bare)
        raw.execute(f"INSERT INTO delivery ({columns}) SELECT {columns} FROM delivery_before")
    yield


@contextmanager
def a_receipt_lowers(bench: Bench) -> Iterator[None]:
    lower = {state: tuple(S) for state in ReceiptState}
    with bench.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER delivery_moves_by_the_table")
    with patch.object(receipts, "RAISES", lower), patch.object(receipts, "CLEARLY_FINAL", frozenset()):
        yield


@contextmanager
def _without_objections(*reasons: DeliveryReason) -> Iterator[None]:
    def fewer(*held: Any, **named: Any) -> list[objections.Objection]:
        return [one for one in objections.objections(*held, **named) if one[0] not in reasons]

    with patch.object(intending, "objections", fewer):
        yield


def stale_after_resolution(_: Bench) -> Any:
    return _without_objections(DeliveryReason.RESOLVED, DeliveryReason.SUPERSEDED)


def late_after_a_restore(_: Bench) -> Any:
    return _without_objections(DeliveryReason.STALE)


@contextmanager
def the_gate_reads_creation(bench: Bench) -> Iterator[None]:
    def created(a: Any, *occasions: Any) -> ColumnElement[bool]:
        d = t.delivery.alias()
        same = (d.c.incident_id == a.c.incident_id, d.c.customer_id == a.c.customer_id)
        return exists(select(d.c.id).where(*same, d.c.occasion.in_(sorted(occasions))))

    with bench.engine.begin() as connection:
        for guard in ("survey_is_born_after_telling", "survey_leaves_after_telling"):
            connection.exec_driver_sql(f"DROP TRIGGER {guard}")
    with (
        patch.object(planning, "_heard", lambda *occasions: created(t.audience, *occasions)),
        patch.object(objections, "_heard", created),
    ):
        yield


@contextmanager
def late_is_kept(_: Bench) -> Iterator[None]:
    def kept(_due_at: datetime, _spoken_at: datetime) -> Settled:
        return Settled(PromiseState.KEPT, timedelta(0), "")

    with patch.object(promises, "settle_next_update", kept):
        yield


@contextmanager
def the_asker_leaves_a_mark(_: Bench) -> Iterator[None]:
    def asked(connection: Connection, notice_id: int, *more: Any) -> dict[int, int]:
        found = reconciling_unknown(connection, notice_id, *more)
        if found:
            marking = connection.engine
            connection.rollback()
            with marking.begin() as other:
                other.execute(update(t.delivery).where(t.delivery.c.id.in_(found)).values(look_up_at=None))
        return found

    reconciling_unknown = reconciling._unknown
    with patch.object(reconciling, "_unknown", asked):
        yield


@contextmanager
def its_own_orphans(_: Bench) -> Iterator[None]:
    """The worker that comes back has the name of the one that died, so its messages look cared for."""
    with patch.object(leasing, "_doubt_what_the_last_holder_left", lambda *_: None):
        yield
