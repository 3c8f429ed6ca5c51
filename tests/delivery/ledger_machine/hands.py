"""What every rule works with: the bench, the two workers, and looks into the books."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from bench import Bench
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize
from sqlalchemy import func, select

from tellfirst.carriers.port import Outcome
from tellfirst.delivery import leasing
from tellfirst.delivery.intending import Addressed
from tellfirst.delivery.leasing import Lease
from tellfirst.domain.delivery import DeliveryState
from tellfirst.proof import town
from tellfirst.proof.books import Books
from tellfirst.proof.schedule import Policy
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing


@dataclass
class Worker:
    """One worker by its hands: the lease, the window it means to send, the answers it has."""

    held: Lease | None = None
    window: list[Addressed] = field(default_factory=list)
    outcomes: list[Outcome] | None = None
    try_counts: dict[int, int] = field(default_factory=dict)

    def die(self) -> None:
        self.held, self.window, self.outcomes = None, [], None


class Hands(RuleBasedStateMachine):
    """A bench, two workers, and how often each thing was done in all examples together."""

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
