"""A ledger on a bench: the real functions, a carrier in memory that keeps its own account, a clock that is turned."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import Engine, select

from tellfirst import crashpoints
from tellfirst.carriers.port import (
    Capabilities,
    Outbound,
    Outcome,
    Permit,
    RawRequest,
    Receipt,
    ReceiptState,
    Verdict,
    permitted,
    withheld,
)
from tellfirst.delivery import pumping, receipts, standing
from tellfirst.delivery.dispatching import only
from tellfirst.delivery.pumping import Pump
from tellfirst.delivery.scripting import Script
from tellfirst.delivery.sending import Sender
from tellfirst.delivery.terms import TERMS
from tellfirst.domain.message import Message
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.speaking import House, Voice
from tellfirst.notices.telling import tell_first
from tellfirst.proof import oracle, town
from tellfirst.proof.books import Books
from tellfirst.proof.oracle import Truth
from tellfirst.proof.oracle import Verdict as Judgement
from tellfirst.proof.schedule import Policy
from tellfirst.store import incidents
from tellfirst.store import tables as t
from tellfirst.store.engine import connect, reading, writing
from tellfirst.timelines.promises import lapse_all

MOST_ROUNDS = 400
CAPABILITIES = Capabilities(max_batch=1, window=2, concurrency=1, receipts=True, lookup=True)
START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LEASE_IS_OVER = TERMS.lease_for + 2 * TERMS.skew
SCRIPT = Script(lambda reader: Message(f"{reader.impact} {reader.locale}"), lambda key: f"/s/{key}", 3600)


class Killed(BaseException):
    """The process is no more. Not an Exception, so that nobody mends it."""


class Fate(StrEnum):
    """What becomes of one call."""

    ACCEPTED = "accepted"
    ACCEPTED_AND_LOST = "accepted_and_lost"
    """The carrier has it, and the answer never came."""
    LOST = "lost"
    """The carrier does not have it, and no answer came."""
    AGAIN = "again"
    REFUSED = "refused"


@dataclass
class Turned:
    """A clock that stands still until it is turned."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment


@dataclass
class Account:
    """What the carriers took, by their own account."""

    accepted: Counter[int] = field(default_factory=Counter)
    refs: dict[int, str] = field(default_factory=dict)
    fates: deque[Fate] = field(default_factory=deque)
    before_call: Callable[[Outbound], None] = lambda _: None
    after_asking: Callable[[], None] = lambda: None
    answers_lookups: bool = True

    def call(self, one: Outbound, fate: Fate | None = None) -> Outcome:
        if fate is None:
            fate = self.fates.popleft() if self.fates else Fate.ACCEPTED
        key = one.delivery_id
        if fate in (Fate.ACCEPTED, Fate.ACCEPTED_AND_LOST):
            self.accepted[key] += 1
            self.refs.setdefault(key, f"SM{key}")
        match fate:
            case Fate.ACCEPTED:
                return Outcome(key, Verdict.ACCEPTED, carrier_ref=f"SM{key}-{self.accepted[key]}"[:40])
            case Fate.AGAIN:
                return Outcome(key, Verdict.REFUSED_AGAIN, code="20429", reason="throttled", retry_after=5.0)
            case Fate.REFUSED:
                return Outcome(key, Verdict.REFUSED_FINALLY, code="21211", reason="contact_point_refused")
            case _:
                return Outcome(key, Verdict.UNKNOWN, code="timeout", reason="answer_lost")


@dataclass
class BenchCarrier:
    """Implements `Carrier` over an account in memory."""

    account: Account
    channel: Channel
    name: str = "bench"
    capabilities: Capabilities = CAPABILITIES

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        outcomes = []
        for one in batch:
            self.account.before_call(one)
            if reason := await permit([one]):
                outcomes += withheld([one], reason)
            else:
                outcomes.append(self.account.call(one))
        return outcomes

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        if not self.account.answers_lookups:
            return [Outcome(one.delivery_id, Verdict.UNKNOWN) for one in batch]
        found = [
            Outcome(one.delivery_id, Verdict.ACCEPTED, carrier_ref=f"SM{one.delivery_id}-1")
            if self.account.accepted[one.delivery_id]
            else Outcome(one.delivery_id, Verdict.REFUSED_AGAIN)
            for one in batch
        ]
        self.account.after_asking()
        return found

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        raise AssertionError("receipts are kept directly here")

    async def close(self) -> None:
        pass


class Bench:
    """An incident whose first word is in the books."""

    def __init__(self, books: Books, policy: Policy = Policy.LOOK_UP, *, told: bool = True) -> None:
        self.policy = policy
        self.clock = Turned()
        books.begin(policy, self.clock)  # type: ignore[arg-type]  # a clock is all it asks for
        self.engine: Engine = connect(books.url)
        self.account = Account()
        if told:
            self.tell()

    def close(self) -> None:
        crashpoints.arm(None)
        self.engine.dispose()

    def now(self) -> datetime:
        return self.clock.moment

    def turn(self, span: timedelta) -> None:
        self.clock.moment += span

    def voice(self) -> Voice:
        return Voice(House("Deccan Mobile", "198", "http://t.example"), lambda _: "1", self.now(), self.now())

    def tell(self) -> None:
        with writing(self.engine) as connection:
            tell_first(connection, town.REFERENCE, self.voice())

    @property
    def sender(self) -> Sender:
        terms = replace(TERMS, patience=timedelta(0))
        return Sender(self.engine, self.clock, self.clock, terms=terms, window=2)

    def pump(self) -> Pump:
        return Pump(
            self.sender,
            lambda channel: only(channel, partial(BenchCarrier, self.account, channel)),
            (Channel.SMS, Channel.EMAIL),
            lambda *_: SCRIPT,
            conclude_all,
            side_by_side=1,
            reaches=False,
        )

    def round(self) -> pumping.Round:
        return pumping.one_round(self.pump())

    def run_until_done(self) -> None:
        """The pump, for whom time passes whenever it rests. Fails when it never comes to an end."""
        rounds = 0

        def rest(span: timedelta) -> bool:
            nonlocal rounds
            rounds += 1
            assert rounds < MOST_ROUNDS, "the pump does not come to rest"
            self.turn(span)
            return True

        pumping.run(self.pump(), rest, lambda _: None, until_done=True)

    def run_until_done_in_another_thread(self) -> None:
        """By another worker, while this one stands still."""
        self._elsewhere(self.run_until_done)

    def round_in_another_thread(self) -> None:
        self._elsewhere(self.round)

    @staticmethod
    def _elsewhere(step: Callable[[], object]) -> None:
        # A loop is running in this thread already.
        with ThreadPoolExecutor(1) as other:
            other.submit(step).result(60)

    def killed_at(self, point: str, nth: int = 1) -> None:
        """A round that dies at this passage."""
        with killing(point, nth):
            try:
                self.round()
            except Killed:
                return
        raise AssertionError(f"the round never came to '{point}'")

    def receive(self, delivery_id: int, state: ReceiptState, number: int = 1) -> None:
        """A receipt arrives and is applied."""
        one = Receipt(
            "bench", f"{delivery_id}-{state}-{number}", delivery_id, state, f"SM{delivery_id}-1", "", None
        )
        with writing(self.engine) as connection:
            receipts.keep(connection, [one], self.now())
        with writing(self.engine) as connection:
            receipts.apply(connection, self.now())

    def states(self, occasion: Occasion | None = None) -> dict[int, tuple[str, str]]:
        """(state, reason) of each delivery by its number."""
        d = t.delivery.c
        wanted = select(d.id, d.state, d.reason).order_by(d.id)
        if occasion:
            wanted = wanted.where(d.occasion == occasion)
        with reading(self.engine) as connection:
            return {row.id: (row.state, row.reason) for row in connection.execute(wanted)}

    def judgement(self) -> Judgement:
        """An undisturbed pump finishes, the time for receipts ends, and the oracle compares."""
        self.run_until_done()
        end = self.now() + town.RECEIPT_WITHIN + timedelta(hours=5)
        with writing(self.engine) as connection:
            it = incidents.by_reference(connection, town.REFERENCE)
            standing.close_unreceipted(connection, it.id, end, town.RECEIPT_WITHIN)
            lapse_all(connection, end)
        with reading(self.engine) as connection:
            return oracle.judge(connection, Truth(self.account.accepted), self.policy)

    def assert_sound(self) -> None:
        assert self.judgement().violations == ()


@contextmanager
def killing(point: str, nth: int = 1) -> Iterator[None]:
    """Whoever passes `point` for the `nth` time dies there."""
    passed: Counter[str] = Counter()

    def strike(name: str) -> None:
        passed[name] += 1
        if name == point and passed[name] == nth:
            raise Killed(name)

    crashpoints.arm(strike)
    try:
        yield
    finally:
        crashpoints.arm(None)


MakeBench = Callable[..., Bench]
"""A fixture: the next bench, with a policy and told or not."""
