"""One schedule from its first word to its verdict."""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tellfirst.bootstrap import World
from tellfirst.delivery import standing
from tellfirst.proof import oracle, town
from tellfirst.proof.account import Account
from tellfirst.proof.books import Books, patiently
from tellfirst.proof.life import Life, Stage
from tellfirst.proof.meddling import let_go
from tellfirst.proof.oracle import Truth, Verdict
from tellfirst.proof.order import Order
from tellfirst.proof.points import NAMES
from tellfirst.proof.reach import Reach
from tellfirst.proof.schedule import Policy, Schedule, Strike, draw
from tellfirst.proof.timing import SharedTime
from tellfirst.proof.watching import Seen, Watcher
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.timelines.promises import lapse_all

RECEIPTS_WITHIN = 3.0
"""Seconds of real time for receipts that are still on their way when all else is done."""
LAST_SEAT = 3
"""Of the undisturbed worker: its passages are no part of the run."""
NOTHING = Verdict(0, 0, 0, 0, 0, 0, 0, 0, 0, {}, ())


@dataclass(frozen=True, slots=True)
class Ran:
    """A schedule that has run."""

    seed: int
    backend: str
    policy: str
    verdict: Verdict
    seen: Seen
    faults: Mapping[str, int]
    lies: Mapping[str, int]
    passed: Mapping[str, int]
    struck: Mapping[str, int]
    refused_receipts: int
    seconds: float
    violations: tuple[str, ...] = field(default=())


class Ground:
    """What schedules are run on, one after the other."""

    def __init__(
        self,
        backend: str,
        books: Books,
        folder: Path,
        world: World,
        reach: Reach,
        receipt_key: str,
        restart: Callable[[], None] | None = None,
        spawn: bool = False,
    ) -> None:
        self.backend = backend
        self._books = books
        self._folder = folder
        self._stage = Stage(books.url, world)
        self._reach = reach
        self._receipt_key = receipt_key
        self._restart = restart
        self._spawn = spawn

    def warm_up(self, name: str) -> None:
        """Once undisturbed in this very process: all that every life would have to make is then made for all."""
        assert self._stage.versions
        schedule = draw(0, Policy.LOOK_UP)
        self.run(replace(schedule, seats=()), name)
        gc.collect()
        gc.freeze()

    def run(self, schedule: Schedule, name: str) -> Ran:
        """Everything that the schedule says, then peace, then the verdict."""
        began = time.monotonic()
        shared = self._begin_anew(schedule.policy)
        account = Account(name, self._reach.carriers_url, f"{self._reach.door_url}/{name}", self._receipt_key)
        self._reach.open_account(account, schedule, self._books.url)
        try:
            seen, verdict = self._live_through(schedule, account, shared)
            counts = self._reach.counts(account)
        finally:
            at_door = self._reach.close_account(account)
        passed, struck = _passages(shared, at_door)
        shared.close()
        return Ran(
            seed=schedule.seed,
            backend=self.backend,
            policy=schedule.policy,
            verdict=verdict,
            seen=seen,
            faults=counts["faults"],
            lies=counts["lies"],
            passed=passed,
            struck=struck,
            refused_receipts=at_door["refused_count"],
            seconds=time.monotonic() - began,
            violations=(*seen.failures, *verdict.violations),
        )

    def _begin_anew(self, policy: Policy) -> SharedTime:
        for left in self._folder.glob("failure-*.txt"):
            left.unlink()
        shared = SharedTime.begin(self._folder / "time")
        # Nothing of ours may be open: the file is replaced, and the lives are forked from here.
        self._stage.engine.dispose()
        self._books.begin(policy, shared)
        return shared

    def _live_through(self, schedule: Schedule, account: Account, shared: SharedTime) -> tuple[Seen, Verdict]:
        order = self._order(schedule, account)
        watcher = Watcher(schedule, order, self._stage, self._reach, restart=self._restart, spawn=self._spawn)
        try:
            seen = watcher.run()
        finally:
            watcher.shared.close()
        if seen.failures:
            return seen, NOTHING
        self._make_peace(order, account, shared)
        return seen, self._verdict(schedule, account)

    def _order(self, schedule: Schedule, account: Account) -> Order:
        """For the first seat; the watcher changes it for the others."""
        return Order(
            url=self._books.url,
            folder=str(self._folder),
            account=account,
            seat=0,
            skew_seconds=0.0,
            window=schedule.window,
            chunk_size=schedule.chunk_size,
            concurrency=schedule.concurrency,
            seed=schedule.seed,
            policy=schedule.policy,
        )

    def _make_peace(self, order: Order, account: Account, shared: SharedTime) -> None:
        """An undisturbed worker finishes; then the time for receipts ends, and with it all doubt."""
        self._wait_for_receipts(account)
        engine = self._stage.engine

        def lift() -> None:
            with writing(engine) as connection:
                let_go(connection, shared.now())

        patiently(lift)
        last = replace(order, seat=LAST_SEAT)
        Life(last, self._stage, is_alone=True).run()
        # What it sent itself is reported too, and on a busy machine only after it has rested: it looks again.
        self._wait_for_receipts(account)
        if patiently(self._receipts_wait):
            Life(last, self._stage, is_alone=True).run()
        end = shared.now() + town.RECEIPT_WITHIN + timedelta(hours=1)

        def close() -> None:
            with writing(engine) as connection:
                it = incidents.by_reference(connection, town.REFERENCE)
                standing.close_unreceipted(connection, it.id, end, town.RECEIPT_WITHIN)
                lapse_all(connection, end)

        patiently(close)

    def _receipts_wait(self) -> bool:
        unapplied = select(t.receipt.c.event_id).where(t.receipt.c.applied_at.is_(None)).limit(1)
        with reading(self._stage.engine) as connection:
            return connection.scalar(unapplied) is not None

    def _wait_for_receipts(self, account: Account) -> None:
        ends_at = time.monotonic() + RECEIPTS_WITHIN
        while time.monotonic() < ends_at:
            if not self._reach.counts(account)["callbacks"]["waiting"]:
                return
            time.sleep(0.005)

    def _verdict(self, schedule: Schedule, account: Account) -> Verdict:
        truth = Truth.of(self._reach.accepted(account))
        residue = any(
            blow.strike is Strike.FREEZE for seat in schedule.seats for life in seat.lives for blow in life
        )

        def judge() -> Verdict:
            with reading(self._stage.engine) as connection:
                return oracle.judge(connection, truth, schedule.policy, residue=residue)

        return patiently(judge)


def _passages(shared: SharedTime, at_door: Mapping[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    passed, struck = dict.fromkeys(NAMES, 0), dict.fromkeys(NAMES, 0)
    for number in range(LAST_SEAT):
        for name, passages, strikes in zip(NAMES, *shared.seat(number).counts(), strict=True):
            passed[name] += passages
            struck[name] += strikes
    for name in NAMES:
        passed[name] += at_door["passed"].get(name, 0)
        struck[name] += at_door["struck"].get(name, 0)
    return passed, struck
