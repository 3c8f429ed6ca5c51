"""Many customers who wait for a first word, and carriers in memory that count every call made to them."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import hyderabad
from sqlalchemy import Engine, func, insert, select

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
from tellfirst.delivery.dispatching import Dispatched, Options, dispatch
from tellfirst.delivery.pacing import Pace
from tellfirst.delivery.roster import Candidate
from tellfirst.delivery.scripting import Script
from tellfirst.delivery.sending import Sender
from tellfirst.delivery.trust import Trust
from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.message import Message
from tellfirst.domain.occasion import Channel
from tellfirst.domain.times import Clock, SystemClock
from tellfirst.notices.telling import tell_first
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

SCRIPT = Script(lambda reader: Message(f"{reader.impact} {reader.locale}"), lambda _: "", 3600)
KEY_REFUSED = "20003"


@dataclass
class Hands:
    """A clock that somebody sets."""

    moment: datetime = field(default_factory=lambda: hyderabad.T0)

    def now(self) -> datetime:
        return self.moment

    def go(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class Switchboard:
    """A carrier that makes a call for each message, as Twilio's does; it says what its `answer` says."""

    name: str
    answer: Callable[[Outbound], Outcome]
    latency: float = 0.0
    window: int = 50
    channel: Channel = Channel.SMS
    calls: list[tuple[int, float]] = field(default_factory=list)
    segments: int = 1

    def __post_init__(self) -> None:
        self.capabilities = Capabilities(
            max_batch=1,
            window=self.window,
            concurrency=16,
            receipts=True,
            lookup=True,
            segments=lambda _message: self.segments,
        )

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        turns, stops = asyncio.Semaphore(self.capabilities.concurrency), list[Outcome]()

        async def in_turn(one: Outbound) -> Outcome:
            async with turns:
                if stops:
                    return replace(stops[0], delivery_id=one.delivery_id)
                if reason := await permit([one]):
                    return withheld([one], reason)[0]
                self.calls.append((one.delivery_id, asyncio.get_running_loop().time()))
                await asyncio.sleep(self.latency)
                outcome = self.answer(one)
            if outcome.stops_carrier:
                stops.append(outcome)
            return outcome

        return list(await asyncio.gather(*map(in_turn, batch)))

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        raise AssertionError("nobody asks")

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        raise AssertionError("nobody reports")

    async def close(self) -> None:
        pass


def takes(one: Outbound) -> Outcome:
    return Outcome(one.delivery_id, Verdict.ACCEPTED, carrier_ref=f"SM{one.delivery_id}")


def refuses_the_key(one: Outbound) -> Outcome:
    refused = DeliveryReason.REFUSED_BY_CARRIER
    return Outcome(
        one.delivery_id, Verdict.REFUSED_AGAIN, code=KEY_REFUSED, reason=refused, stops_carrier=True
    )


@dataclass
class Workers:
    """Processes that send: each with a trust of its own, on the same books, under one pair of clocks."""

    engine: Engine
    carriers: Sequence[Switchboard]
    shares: Sequence[int]
    clock: Clock
    wall: Clock = field(default_factory=SystemClock)
    rate: float | None = None

    def __post_init__(self) -> None:
        self.by_name = {one.name: one for one in self.carriers}
        self.candidates = [
            Candidate(one.name, one.channel, share)
            for one, share in zip(self.carriers, self.shares, strict=True)
        ]

    def process(self) -> Sender:
        return Sender(self.engine, self.clock, self.wall, trust=Trust())

    def send(self, sender: Sender, chunk_id: int) -> Dispatched:
        options = Options(self.candidates, self.by_name.__getitem__, self._pace)
        return dispatch(sender, chunk_id, SCRIPT, options)

    def send_all(self, processes: int = 1, threads: int = 5) -> list[Dispatched]:
        """Every chunk that is due once, dealt out to the processes, several at once in each."""
        chunks = due_chunks(self.engine, self.wall.now())
        senders = [self.process() for _ in range(processes)]
        with ThreadPoolExecutor(processes * threads) as pool:
            dealt = [
                pool.submit(self.send, senders[number % processes], chunk)
                for number, chunk in enumerate(chunks)
            ]
            return [one.result(120) for one in dealt]

    def _pace(self, name: str) -> Pace:
        return Pace(self.engine, self.wall, name, self.rate, self.by_name[name].capabilities.segments)


def gather(engine: Engine, count: int) -> None:
    """`count` customers of one site that has gone down; their first word is planned, in chunks of a thousand."""
    with writing(engine) as connection:
        hyderabad.build(connection)
        usual = {"status": "active", "language": "en", "zone": "Asia/Kolkata", "priority": 0}
        customers = [
            {"id": key, "reference": f"C{key}", "phone": hyderabad.phone(key), **usual}
            for key in range(1, count + 1)
        ]
        services = [
            {"customer_id": key, "element_id": "site:HYD0004", "kind": "mobile", "status": "active"}
            for key in range(1, count + 1)
        ]
        connection.execute(insert(t.customer), customers)
        connection.execute(insert(t.service), services)
        hyderabad.strike(connection, "HYD0004")
        assert tell_first(connection, hyderabad.FIRST, hyderabad.voice(hyderabad.T0))


def due_chunks(engine: Engine, wall: datetime) -> list[int]:
    c = t.chunk.c
    with reading(engine) as connection:
        return list(
            connection.scalars(select(c.id).where(c.done_at.is_(None), c.due_at <= wall).order_by(c.id))
        )


def states(engine: Engine) -> dict[tuple[str, str | None], int]:
    """How many messages stand how, and with which carrier."""
    d = t.delivery.c
    with reading(engine) as connection:
        rows = connection.execute(select(d.state, d.carrier, func.count()).group_by(d.state, d.carrier))
        return {(row[0], row[1]): row[2] for row in rows}


def log_of(engine: Engine, topic: str = "carrier") -> list[str]:
    """The reasons in the incident's log under a topic."""
    e = t.incident_entry.c
    with reading(engine) as connection:
        return list(connection.scalars(select(e.reason).where(e.topic == topic).order_by(e.id)))
