"""Anything in any order: workers, clocks, receipts, people and kills against the ledger, and the invariants after each.

A machine that passes proves nothing until it has done the things it is there to do: the floors below say how often
it must have accepted, reaped, sent again, and so on, in all examples together.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from os import environ
from typing import Any, ClassVar

import pytest
from bench import LEASE_IS_OVER, SCRIPT, Bench, Fate
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, insert, select

from tellfirst.carriers.port import Outcome, ReceiptState, withheld
from tellfirst.delivery import leasing, pumping, recording
from tellfirst.delivery.brake import NO_BRAKE
from tellfirst.delivery.intending import Addressed, intend
from tellfirst.delivery.leasing import Lease
from tellfirst.delivery.permitting import Permits
from tellfirst.delivery.scripting import Texts
from tellfirst.delivery.terms import TERMS
from tellfirst.detect.causes import clear_cause
from tellfirst.domain.delivery import MOVES, DeliveryReason, DeliveryState, StopEffect
from tellfirst.domain.errors import LostRace
from tellfirst.domain.facts import Cause
from tellfirst.domain.incident import Step
from tellfirst.domain.lifecycle import Take
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.promise import PromiseState
from tellfirst.notices.following import follow_up
from tellfirst.notices.words import say
from tellfirst.proof import town
from tellfirst.proof.books import Books
from tellfirst.proof.schedule import Policy
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.surveys.asking import ask
from tellfirst.timelines.promises import lapse_all

FLOOR = 20
FLOORS = (
    "accept",
    "reap to unknown",
    "early receipt",
    "late outcome rejected by fence",
    "resend",
    "cancelled while claimed",
)
RARELY = st.integers(1, 12)
IT = 9
"""Not the smallest: Hypothesis likes those."""
LONG = environ.get("TELLFIRST_PROOF") == "long"
FATES = st.lists(
    st.sampled_from(
        [Fate.ACCEPTED, Fate.ACCEPTED, Fate.ACCEPTED_AND_LOST, Fate.LOST, Fate.AGAIN, Fate.REFUSED]
    ),
    min_size=2,
    max_size=2,
)


@dataclass
class Worker:
    """One worker by its hands: the lease, the window it means to send, the answers it has."""

    held: Lease | None = None
    window: list[Addressed] = field(default_factory=list)
    outcomes: list[Outcome] | None = None
    try_counts: dict[int, int] = field(default_factory=dict)

    def die(self) -> None:
        self.held, self.window, self.outcomes = None, [], None


class LedgerMachine(RuleBasedStateMachine):
    """Two workers and everything that happens to them."""

    books: ClassVar[Books]
    done: ClassVar[Counter[str]] = Counter()

    bench: Bench

    @initialize(policy=st.sampled_from(list(Policy)))
    def begin(self, policy: Policy) -> None:
        self.bench = Bench(self.books, policy)
        self.workers = [Worker(), Worker()]
        self.calls: dict[int, list[int]] = {}
        self.receipt_number = 0
        self.members = town.FEW

    # The workers

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
        self._nothing_overtaken_is_offered(worker)
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

    # The carrier

    @precondition(lambda self: bool(self.bench.account.accepted))
    @rule(data=st.data(), state=st.sampled_from([ReceiptState.SENT, ReceiptState.DELIVERED]))
    def receipt(self, data: st.DataObject, state: ReceiptState) -> None:
        """Of anything that was ever accepted, early or late, once or again."""
        key = data.draw(st.sampled_from(sorted(self.bench.account.accepted)))
        self.receipt_number += 1
        self._receive(key, state, data.draw(st.sampled_from([1, self.receipt_number])))

    def _receive(self, key: int, state: ReceiptState, number: int) -> None:
        early = (DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.PENDING)
        self.done["early receipt"] += self.bench.states()[key][0] in early
        self.bench.receive(key, state, number)

    @rule()
    def reconcile(self) -> None:
        """As soon as the carrier may be asked."""
        self.bench.turn(TERMS.look_up_after + timedelta(seconds=1))
        before = self._resends()
        pumping.settle_doubts(self.bench.pump(), 1)
        self.done["resend"] += self._resends() - before

    # People

    @rule(customer=st.integers(1, town.FEW), chance=RARELY)
    def opt_out(self, customer: int, chance: int) -> None:
        if chance != IT:
            return
        a = t.audience.c
        with writing(self.bench.engine) as connection:
            row = connection.execute(select(a.channel, a.address).where(a.customer_id == customer)).one()
            known = connection.scalar(select(func.count()).where(t.opt_out.c.address == row.address))
            if not known:
                values = {
                    "channel": row.channel,
                    "address": row.address,
                    "at": self.bench.now(),
                    "source": "reply",
                }
                connection.execute(insert(t.opt_out).values(**values))

    @rule(chance=RARELY)
    def stop(self, chance: int) -> None:
        if chance != IT:
            return
        values = {"effect": StopEffect.CANCEL, "reason": "test", "actor": "asha", "at": self.bench.now()}
        with writing(self.bench.engine) as connection:
            connection.execute(insert(t.stop).values(**values))

    @rule(chance=RARELY)
    def new_update(self, chance: int) -> None:
        if chance % 3:
            return
        due = Take(Step.FOLLOW_UP, "engineers_spoke", Occasion.UPDATE)
        with writing(self.bench.engine) as connection:
            it = incidents.by_reference(connection, town.REFERENCE)
            if it.verified_at or it.stage == "surveyed":
                return
            say(connection, town.REFERENCE, author="asha", now=self.bench.now(), cause=Cause.FIBRE_CUT)
            follow_up(connection, town.REFERENCE, due, self.bench.voice())

    @rule(chance=RARELY)
    def resolve(self, chance: int) -> None:
        if chance != IT:
            return
        due = Take(Step.FOLLOW_UP, "quiet_long_enough", Occasion.RESTORED)
        with writing(self.bench.engine) as connection:
            it = incidents.by_reference(connection, town.REFERENCE)
            if it.verified_at:
                return
            gone_at = self.bench.now() - town.QUIET_FOR
            clear_cause(connection, it.id, town.SITE, gone_at, reason="engineer_says_so", actor="asha")
            follow_up(connection, town.REFERENCE, due, self.bench.voice())

    @rule()
    def survey(self) -> None:
        with writing(self.bench.engine) as connection:
            try:
                ask(connection, town.REFERENCE, self.bench.voice())
            except LostRace:
                connection.rollback()

    # What must hold, whatever happened

    @invariant()
    def everybody_stays_in_the_books(self) -> None:
        """I1, and I8: each row stands where some move of the table leads, for a reason of that move."""
        reached = {(state, reason) for (_, state), reasons in MOVES.items() for reason in reasons}
        born = {("pending", "affected"), ("failed", "no_contact_point")}
        d = t.delivery.c
        with reading(self.bench.engine) as connection:
            per_notice = connection.execute(
                select(d.notice_id, func.count(), func.count(d.customer_id.distinct())).group_by(d.notice_id)
            ).all()
            rows = connection.execute(select(d.state, d.reason).where(d.try_count > 0)).all()
        assert per_notice
        assert per_notice[0][1] == self.members
        assert all(row[1] == row[2] for row in per_notice)
        for row in rows:
            place = (DeliveryState(row.state), DeliveryReason(row.reason))
            assert place in reached or (row.state, row.reason) in born, f"I8: {place}"

    @invariant()
    def nobody_is_told_twice_uncounted(self) -> None:
        """I2 and I3."""
        d = t.delivery.c
        with reading(self.bench.engine) as connection:
            rows = connection.execute(select(d.id, d.occasion, d.resend_count)).all()
        for row in rows:
            accepted = self.bench.account.accepted[row.id]
            assert accepted <= 1 + row.resend_count, "I2: told twice, uncounted"
            if self.bench.policy is not Policy.AT_LEAST_ONCE or row.occasion == Occasion.SURVEY:
                assert accepted <= 1, "I3: told twice"

    @invariant()
    def nobody_is_asked_before_being_told(self) -> None:
        """I4: by the carrier's account, not by ours."""
        d, accepted = t.delivery.c, self.bench.account.accepted
        with reading(self.bench.engine) as connection:
            rows = connection.execute(select(d.id, d.customer_id, d.occasion)).all()
        told = {(row.customer_id, row.occasion) for row in rows if accepted[row.id]}
        for row in rows:
            if row.occasion == Occasion.SURVEY and accepted[row.id]:
                assert (row.customer_id, Occasion.FIRST_WORD) in told
                assert (row.customer_id, Occasion.RESTORED) in told

    @invariant()
    def no_promise_is_open_past_its_time(self) -> None:
        """I5: the clock looks every half minute."""
        p = t.promise.c
        with writing(self.bench.engine) as connection:
            lapse_all(connection, self.bench.now())
            late = select(func.count()).where(p.state == PromiseState.OPEN, p.due_at < self.bench.now())
            assert connection.scalar(late) == 0

    def teardown(self) -> None:
        """In peace all comes to an end, and the oracle finds nothing."""
        if hasattr(self, "bench"):
            try:
                self.bench.turn(LEASE_IS_OVER)
                self.bench.assert_sound()
            finally:
                self.bench.close()

    # Looks

    def _nothing_overtaken_is_offered(self, worker: Worker) -> None:
        """I6: of what was just marked as leaving, nothing had been stopped, opted out of or overtaken."""
        ids = [one.delivery_id for one in worker.window]
        d, later = t.delivery.c, t.delivery.alias("later")
        newer = select(later.c.id).where(
            later.c.customer_id == d.customer_id,
            later.c.notice_id > d.notice_id,
            later.c.state != DeliveryState.CANCELLED,
        )
        addresses = [one.address for one in worker.window]
        with reading(self.bench.engine) as connection:
            overtaken = select(func.count()).where(d.id.in_(ids), newer.exists())
            assert connection.scalar(overtaken) == 0, "I6: overtaken"
            out = select(func.count()).where(t.opt_out.c.address.in_(addresses))
            assert connection.scalar(out) == 0, "I6: opted out"
            stopped = connection.scalar(select(func.count()).select_from(t.stop))
            assert not (stopped and ids), "I6: stopped"

    def _of(self, number: int, fits: Callable[[Worker], bool]) -> Worker:
        """The one asked for, or the other one if only that can do it."""
        other = self.workers[1 - number]
        return other if fits(other) and not fits(self.workers[number]) else self.workers[number]

    def _give_back(self, worker: Worker) -> None:
        assert worker.held is not None
        with writing(self.bench.engine) as connection:
            leasing.release(connection, worker.held, self.bench.now(), timedelta(seconds=30))
        worker.held = None

    def _holds(self, worker: Worker) -> bool:
        assert worker.held is not None
        with writing(self.bench.engine) as connection:
            renewed = leasing.renew(connection, worker.held, self.bench.now())
        worker.held = renewed or worker.held
        return renewed is not None

    def _count(self, state: DeliveryState) -> int:
        with reading(self.bench.engine) as connection:
            counted: Any = connection.scalar(select(func.count()).where(t.delivery.c.state == state))
        return int(counted)

    def _resends(self) -> int:
        with reading(self.bench.engine) as connection:
            return int(connection.scalar(select(func.sum(t.delivery.c.resend_count))) or 0)


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest) -> Books:
    made: Books = request.getfixturevalue(f"{request.param}_books")
    return made


EXAMPLES = {
    ("sqlite", False): 80,
    ("postgresql", False): 12,
    ("sqlite", True): 1_000,
    ("postgresql", True): 150,
}


@pytest.mark.timeout(3_000 if LONG else 280)
def test_whatever_happens_the_invariants_hold(books: Books) -> None:
    backend = "sqlite" if books.url.startswith("sqlite") else "postgresql"

    class Machine(LedgerMachine):
        done: ClassVar[Counter[str]] = Counter()

    Machine.books = books
    Machine.TestCase.settings = settings(
        max_examples=EXAMPLES[backend, LONG],
        stateful_step_count=40,
        deadline=None,
        derandomize=not LONG,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=Machine.TestCase.settings)  # type: ignore[no-untyped-call]
    floor = FLOOR if backend == "sqlite" or LONG else 2
    short = {name: Machine.done[name] for name in FLOORS if Machine.done[name] < floor}
    assert short == {}, f"done too seldom to prove anything: {short}; of {dict(Machine.done)}"
