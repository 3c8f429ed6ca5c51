"""Sixteen faults that other projects have shipped, each put into our code, and the demand that notices it.

`python tests/delivery/mutants.py` writes the table of them into docs/proof.md.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import checks
from bench import Bench
from sqlalchemy import ColumnElement, Connection, exists, select, update

from tellfirst.carriers.port import Outbound, Outcome, ReceiptState, Verdict
from tellfirst.delivery import (
    intending,
    leasing,
    objections,
    permitting,
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
PAGE = Path(__file__).parents[2] / "docs" / "proof.md"
BEGINS, ENDS_HERE = "<!-- mutants begin -->", "<!-- mutants end -->"
Mutation = Callable[[Bench], Any]


@dataclass(frozen=True)
class Mutant:
    """One fault: who shipped it, what it does, how it is put in, and which demand it fails."""

    number: str
    fault: str
    shipped_by: str
    mutate: Mutation
    killed_by: Callable[[Bench], None]


@contextmanager
def _checkpoint_at_fetch(_: Bench) -> Iterator[None]:
    def lease(connection: Connection, chunk_id: int, wall: datetime, *more: Any) -> Lease | None:
        taken = leasing.lease(connection, chunk_id, wall, *more)
        connection.execute(update(t.chunk).where(t.chunk.c.id == chunk_id).values(done_at=wall))
        return taken

    with patch.object(sending, "lease", lease):
        yield


@contextmanager
def _rescue_without_a_look(_: Bench) -> Iterator[None]:
    def reap(connection: Connection, wall: datetime, terms: Any = None) -> int:
        doubted = update(t.delivery).where(t.delivery.c.state == S.SENDING)
        values = {"state": S.UNKNOWN, "reason": DeliveryReason.WORKER_LOST, "look_up_at": wall}
        return connection.execute(doubted.values(**values)).rowcount

    with patch.object(leasing, "reap", reap):
        yield


@contextmanager
def _the_whole_window_again(_: Bench) -> Iterator[None]:
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
def _claim_in_two_steps(_: Bench) -> Iterator[None]:
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
def _sweep_away_what_is_stale(_: Bench) -> Iterator[None]:
    def reap(connection: Connection, wall: datetime, terms: Any = leasing.TERMS) -> int:
        c = t.chunk.c
        swept = update(t.chunk).where(c.done_at.is_(None), c.lease_until < wall - terms.skew)
        return connection.execute(swept.values(done_at=wall)).rowcount

    with patch.object(leasing, "reap", reap):
        yield


@contextmanager
def _mark_before_sending(_: Bench) -> Iterator[None]:
    def intend(connection: Connection, held: Lease, *more: Any, **named: Any) -> list[Addressed]:
        window = intending.intend(connection, held, *more, **named)
        ids = [one.delivery_id for one in window]
        connection.execute(update(t.delivery).where(t.delivery.c.id.in_(ids)).values(state=S.SENT))
        return window

    with patch.object(sending, "intend", intend):
        yield


@contextmanager
def _retry_a_timeout(_: Bench) -> Iterator[None]:
    blindly = {Verdict.UNKNOWN: (S.PENDING, DeliveryReason.THROTTLED)}
    with patch.dict(recording.ENDS, blindly), patch.object(recording, "_REASONS", frozenset()):
        yield


@contextmanager
def _no_look_at_the_lease(_: Bench) -> Iterator[None]:
    async def permit(_self: object, _messages: Sequence[Outbound]) -> str:
        return ""

    with patch.object(permitting.Permits, "__call__", permit):
        yield


@contextmanager
def _no_unique_key(bench: Bench) -> Iterator[None]:
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
def _a_receipt_lowers(bench: Bench) -> Iterator[None]:
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


def _stale_after_resolution(_: Bench) -> Any:
    return _without_objections(DeliveryReason.RESOLVED, DeliveryReason.SUPERSEDED)


def _late_after_a_restore(_: Bench) -> Any:
    return _without_objections(DeliveryReason.STALE)


@contextmanager
def _the_gate_reads_creation(bench: Bench) -> Iterator[None]:
    from tellfirst.delivery import planning

    def created(a: Any, occasion: Any) -> ColumnElement[bool]:
        d = t.delivery.alias()
        same = (d.c.incident_id == a.c.incident_id, d.c.customer_id == a.c.customer_id)
        return exists(select(d.c.id).where(*same, d.c.occasion == str(occasion)))

    with bench.engine.begin() as connection:
        for guard in ("survey_is_born_after_telling", "survey_leaves_after_telling"):
            connection.exec_driver_sql(f"DROP TRIGGER {guard}")
    with (
        patch.object(planning, "_heard", lambda occasion: created(t.audience, occasion)),
        patch.object(objections, "_heard", created),
    ):
        yield


@contextmanager
def _late_is_kept(_: Bench) -> Iterator[None]:
    def kept(_due_at: datetime, _spoken_at: datetime) -> Settled:
        return Settled(PromiseState.KEPT, timedelta(0), "")

    with patch.object(promises, "settle_next_update", kept):
        yield


@contextmanager
def _the_asker_leaves_a_mark(_: Bench) -> Iterator[None]:
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
def _its_own_orphans(_: Bench) -> Iterator[None]:
    """The worker that comes back has the name of the one that died, so its messages look cared for."""
    with patch.object(leasing, "_doubt_what_the_last_holder_left", lambda *_: None):
        yield


MUTANTS = (
    Mutant("M1", "progress is recorded when a chunk is fetched", "listmonk #3022", _checkpoint_at_fetch,
           checks.what_was_fetched_before_a_kill_is_sent_after_it),
    Mutant("M2", "the rescuer does not look whether the work is alive", "River #1302", _rescue_without_a_look,
           checks.a_living_worker_is_not_rescued),
    Mutant("M3", "one refusal sends the whole window again", "LaunchNotes, July incident",
           _the_whole_window_again, checks.only_the_refused_of_a_window_are_sent_again),
    Mutant("M4", "a chunk is claimed in two steps", "Postal #198, #2222", _claim_in_two_steps,
           checks.a_chunk_has_one_holder),
    Mutant("M5", "housekeeping sweeps away what is stale", "Postal", _sweep_away_what_is_stale,
           checks.what_a_dead_worker_held_is_not_swept_away),
    Mutant("M6", "marked as sent before it is sent", "Healthchecks #212", _mark_before_sending,
           checks.a_message_counts_as_sent_only_when_a_carrier_took_it),
    Mutant("M7", "a timeout is simply tried again", "the shape of Notify's retries", _retry_a_timeout,
           checks.a_lost_answer_is_looked_up_before_anything_is_sent_again),
    Mutant("M8", "no look at the lease before the call", "our own prototype", _no_look_at_the_lease,
           checks.a_worker_that_was_stopped_past_its_lease_calls_nobody),
    Mutant("M9", "no unique key for notice, customer and channel", "many", _no_unique_key,
           checks.a_notice_planned_twice_is_one_message_each),
    Mutant("M10", "a receipt that comes late lowers the state", "webhooks out of order", _a_receipt_lowers,
           checks.a_receipt_never_lowers_a_state),
    Mutant("M11", "a word of the outage leaves after its end", "Oban #1018", _stale_after_resolution,
           checks.no_word_of_the_outage_leaves_after_the_all_clear),
    Mutant("M12", "what was due hours ago leaves after a restore", "listmonk #1801", _late_after_a_restore,
           checks.a_word_that_is_hours_late_is_not_sent),
    Mutant("M13", "the survey's gate reads that a notice was made, not that it was taken", "the story",
           _the_gate_reads_creation, checks.nobody_is_asked_who_was_not_told),
    Mutant("M14", "a promise is closed without a word about its being late", "many", _late_is_kept,
           checks.a_word_that_came_late_is_recorded_as_late),
    Mutant("M15", "whoever looks after lost work can get lost itself", "procrastinate #1408",
           _the_asker_leaves_a_mark, checks.whoever_dies_while_asking_is_followed_by_another_who_asks),
    Mutant("M16", "a worker that comes back hides what its namesake left", "Oban #862, procrastinate #1518",
           _its_own_orphans, checks.what_a_dead_worker_was_sending_is_in_doubt_for_the_next_one),
)  # fmt: skip


def table() -> str:
    """The page's table of mutants."""
    lines = ["| | The fault | Shipped by | Killed by (`tests/delivery/checks.py`) |", "|---|---|---|---|"]
    lines += [
        f"| {one.number} | {one.fault} | {one.shipped_by} | `{one.killed_by.__name__}` |" for one in MUTANTS
    ]
    return "\n".join(lines)


def page(text: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = text.partition(BEGINS)
    return f"{before}{BEGINS}\n\n{table()}\n\n{ENDS_HERE}{rest.partition(ENDS_HERE)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
