"""A tower that is down, its customers, and a carrier in memory that asks for its permit before every call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import hyderabad
from hyderabad import FIRST, T0
from sqlalchemy import Engine, select

from tellfirst.carriers.port import (
    Capabilities,
    Outbound,
    Outcome,
    Permit,
    RawRequest,
    Receipt,
    Verdict,
    permitted,
    withheld,
)
from tellfirst.delivery import sending, standing
from tellfirst.delivery.scripting import Script
from tellfirst.delivery.sending import Sender
from tellfirst.domain.lifecycle import Decision
from tellfirst.domain.message import Message
from tellfirst.domain.occasion import Channel
from tellfirst.notices.concluding import conclude_all
from tellfirst.notices.telling import tell_first
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.timelines.promises import lapse_all
from tellfirst.timelines.situation import next_step

INCIDENT = 1
SCRIPT = Script(lambda reader: Message(f"service is {reader.impact}"), lambda _: "", 3600)


@dataclass(frozen=True)
class At:
    """A clock that stands still."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


@dataclass
class Memory:
    """`accepted` is every delivery it took, in order. `before_call` happens when a call is about to be made."""

    accepted: list[int] = field(default_factory=list)
    before_call: Callable[[int], None] = lambda _calls: None
    refuses: Callable[[Outbound], Outcome | None] = lambda _outbound: None
    lookup: bool = True
    name: str = "memory"
    channel: Channel = Channel.SMS
    calls: int = 0

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(max_batch=1, window=5, concurrency=1, receipts=True, lookup=self.lookup)

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        outcomes = []
        for one in batch:
            self.before_call(self.calls)
            if reason := await permit([one]):
                outcomes += withheld([one], reason)
                continue
            self.calls += 1
            outcomes.append(self.refuses(one) or self._take(one))
        return outcomes

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        return [
            Outcome(one.delivery_id, Verdict.ACCEPTED, carrier_ref=f"M{one.delivery_id}")
            if one.delivery_id in self.accepted
            else Outcome(one.delivery_id, Verdict.REFUSED_AGAIN)
            for one in batch
        ]

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        raise AssertionError("it sends no receipts")

    async def close(self) -> None:
        pass

    def _take(self, one: Outbound) -> Outcome:
        self.accepted.append(one.delivery_id)
        return Outcome(one.delivery_id, Verdict.ACCEPTED, carrier_ref=f"M{one.delivery_id}")


def strike(engine: Engine, customers: int) -> None:
    """HYD0004 is down, and with it these customers; nobody is told yet."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        for key in range(1, customers + 1):
            hyderabad.add_customer(connection, key, "HYD0004")
        hyderabad.strike(connection, "HYD0004")


def plan_first_word(engine: Engine, now: datetime = T0) -> None:
    with writing(engine) as connection:
        tell_first(connection, FIRST, hyderabad.voice(now))


def send(engine: Engine, carrier: Memory, now: datetime = T0, **sender: Any) -> None:
    """One pass over everything that may leave, and what it owed is settled."""
    # A message that waits for its carrier is due again by the machine's clock; here both are one.
    wall = now + timedelta(minutes=5)
    with reading(engine) as connection:
        chunks = standing.open_chunks(connection, INCIDENT, wall)
    for chunk_id, _ in chunks:
        sending.send_chunk(Sender(engine, At(now), At(wall), **sender), chunk_id, carrier, SCRIPT)
    with writing(engine) as connection:
        conclude_all(connection, INCIDENT, now)


def next_for(engine: Engine, now: datetime, *, braked: bool = False) -> Decision:
    """What the clock would have done at `now`: broken promises written down, and the next decision."""
    with writing(engine) as connection:
        lapse_all(connection, now)
        return next_step(connection, FIRST, now, now + timedelta(minutes=5), braked=braked)


def standings(engine: Engine) -> list[tuple[str, str]]:
    """State and reason of every delivery, in the order they were planned."""
    d = t.delivery.c
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(select(d.state, d.reason).order_by(d.id))]


def customers_of(engine: Engine, delivery_ids: Sequence[int]) -> list[int]:
    d = t.delivery.c
    with reading(engine) as connection:
        whose = dict(connection.execute(select(d.id, d.customer_id)).tuples().all())
    return [whose[one] for one in delivery_ids]
