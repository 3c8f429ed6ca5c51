"""What the workers do, and what is done to them: leases, calls, kills, and clocks that run on."""

import asyncio
from datetime import timedelta

from bench import LEASE_IS_OVER, SCRIPT, Fate
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from ledger_machine.carrier import Carrier
from ledger_machine.invariants import nothing_overtaken_is_offered
from tellfirst.carriers.port import ReceiptState, withheld
from tellfirst.delivery import leasing, recording
from tellfirst.delivery.brake import NO_BRAKE
from tellfirst.delivery.intending import intend
from tellfirst.delivery.permitting import Permits
from tellfirst.delivery.scripting import Texts
from tellfirst.delivery.terms import TERMS
from tellfirst.domain.delivery import DeliveryState
from tellfirst.store import tables as t
from tellfirst.store.engine import writing

FATES = st.lists(
    st.sampled_from(
        [Fate.ACCEPTED, Fate.ACCEPTED, Fate.ACCEPTED_AND_LOST, Fate.LOST, Fate.AGAIN, Fate.REFUSED]
    ),
    min_size=2,
    max_size=2,
)


class Workers(Carrier):
    """Two workers, each step of theirs a rule of its own."""

    @rule(number=st.integers(0, 1))
    def take_up(self, number: int) -> None:
        """Lease what is due and mean to send a window of it."""
        worker, bench = self.workers[number], self.bench
        if worker.window:
            return
        if worker.held is None:
            with writing(bench.engine) as connection:
                c = t.chunk.c
                due = connection.scalars(
                    select(c.id).where(c.done_at.is_(None), c.due_at <= bench.now()).order_by(c.id)
                ).all()
                for chunk_id in due:
                    worker.held = leasing.lease(connection, chunk_id, bench.now())
                    if worker.held:
                        break
        if worker.held is None:
            return
        cancelled = self._count(DeliveryState.CANCELLED)
        with writing(bench.engine) as connection:
            worker.window = intend(connection, worker.held, 2, bench.now(), bench.now(), "bench")
        self.done["cancelled while claimed"] += self._count(DeliveryState.CANCELLED) - cancelled
        nothing_overtaken_is_offered(bench.engine, worker.window)
        if not worker.window:
            self._give_back(worker)

    @rule(number=st.integers(0, 1), fates=FATES)
    def work(self, number: int, fates: list[Fate]) -> None:
        """A window from beginning to end, undisturbed."""
        self.take_up(number)
        self.call(number, fates)
        self.record(number)

    @rule(number=st.integers(0, 1), fates=FATES)
    def take_up_and_call(self, number: int, fates: list[Fate]) -> None:
        """Up to the answers, which are not written down yet."""
        self.take_up(number)
        self.call(number, fates)

    @rule(number=st.integers(0, 1), state=st.sampled_from([ReceiptState.SENT, ReceiptState.DELIVERED]))
    def receipt_before_the_answer_is_written(self, number: int, state: ReceiptState) -> None:
        self.take_up_and_call(number, [Fate.ACCEPTED, Fate.ACCEPTED_AND_LOST])
        for one in self.workers[number].window:
            if self.bench.account.accepted[one.delivery_id]:
                self._receive(one.delivery_id, state, 1)

    @rule(number=st.integers(0, 1), fate=st.sampled_from([Fate.LOST, Fate.ACCEPTED_AND_LOST]))
    def lose_and_ask(self, number: int, fate: Fate) -> None:
        """Answers are lost, and the carrier is asked as soon as it may be."""
        self.work(number, [fate, Fate.LOST])
        self.reconcile()

    @precondition(lambda self: any(one.window and one.outcomes is None for one in self.workers))
    @rule(number=st.integers(0, 1), fates=FATES)
    def call(self, number: int, fates: list[Fate]) -> None:
        """Each call, the last look at the lease directly before it."""
        worker, bench = self._of(number, lambda one: bool(one.window) and one.outcomes is None), self.bench
        if not worker.window or worker.outcomes is not None or worker.held is None:
            return
        texts, permits = Texts(SCRIPT), Permits(worker.held, bench.clock, NO_BRAKE, TERMS)
        worker.outcomes = []
        for one, fate in zip(worker.window, fates, strict=False):
            outbound = texts.outbound(one)
            if reason := asyncio.run(permits([outbound])):
                worker.outcomes += withheld([outbound], reason)
                continue
            worker.outcomes.append(bench.account.call(outbound, fate))
            if fate in (Fate.ACCEPTED, Fate.ACCEPTED_AND_LOST):
                self.done["accept"] += 1
                fences = self.calls.setdefault(one.delivery_id, [])
                assert all(before <= worker.held.fence for before in fences), (
                    "I7: an older attempt came later"
                )
                fences.append(worker.held.fence)

    @precondition(lambda self: any(one.outcomes for one in self.workers))
    @rule(number=st.integers(0, 1))
    def record(self, number: int) -> None:
        worker, bench = self._of(number, lambda one: one.outcomes is not None), self.bench
        if worker.outcomes is None or worker.held is None:
            return
        with writing(bench.engine) as connection:
            args = (worker.held.fence, worker.outcomes, bench.now(), bench.now())
            late = recording.record(connection, "bench", *args)
        self.done["late outcome rejected by fence"] += late
        worker.window, worker.outcomes = [], None
        if worker.outcomes is None and not self._holds(worker):
            worker.held = None

    @rule(number=st.integers(0, 1))
    def kill_between_intent_and_record(self, number: int) -> None:
        """Found by whoever tidies up, once its lease is over."""
        self.take_up(number)
        self.workers[number].die()
        self.bench.turn(LEASE_IS_OVER)
        self.reap()

    @rule(number=st.integers(0, 1))
    def kill(self, number: int) -> None:
        self.workers[number].die()

    @precondition(lambda self: any(one.window for one in self.workers))
    @rule(number=st.integers(0, 1))
    def stop_past_the_lease(self, number: int) -> None:
        """Both workers stand still, somebody tidies up meanwhile, and then the answers are written down."""
        self.bench.turn(LEASE_IS_OVER)
        self.reap()
        self.record(number)

    @rule(span=st.sampled_from([1, 50, 120]))
    def clock(self, span: int) -> None:
        self.bench.turn(timedelta(seconds=span))

    @rule()
    def reap(self) -> None:
        with writing(self.bench.engine) as connection:
            self.done["reap to unknown"] += leasing.reap(connection, self.bench.now())
