"""Send: lease a chunk, and window by window intend, call, record, until nothing in it is left to send."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from tellfirst.carriers.port import Carrier, Outbound, Outcome, Permit, Verdict
from tellfirst.crashpoints import crashpoint
from tellfirst.delivery import high_water
from tellfirst.delivery.brake import NO_BRAKE, Brake
from tellfirst.delivery.high_water import NO_HIGH_WATER, HighWater
from tellfirst.delivery.intending import Addressed, intend
from tellfirst.delivery.leasing import Lease, lease, release, renew
from tellfirst.delivery.permitting import Permits, Turn, at_once
from tellfirst.delivery.recording import give_up, record
from tellfirst.delivery.stopping import Watch
from tellfirst.delivery.terms import TERMS, Terms
from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.errors import RuleBroken, SetupError
from tellfirst.domain.message import Message, Reader
from tellfirst.domain.times import Clock
from tellfirst.store.engine import writing
from tellfirst.store.faults import fault_of

Render = Callable[[Reader], Message]
Link = Callable[[int], str]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Script:
    """What to say: the text per kind of reader, and each customer's own link where the occasion has one."""

    render: Render
    link: Link
    valid_for: int


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a chunk in this pass. `carrier_stopped` names the code that stopped the carrier."""

    accepted_count: int = 0
    refused_count: int = 0
    unknown_count: int = 0
    late_count: int = 0
    carrier_stopped: str = ""
    done: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """All that sending needs of the outside: the books, both clocks, the brake, and how long things may take."""

    engine: Engine
    clock: Clock
    wall: Clock
    brake: Brake = NO_BRAKE
    terms: Terms = TERMS
    turn: Turn = at_once
    """Where the sender's permitted rate is kept."""
    window: int | None = None
    """Messages whose intent is committed together; None: as many as suit the carrier."""
    high_water: HighWater = NO_HIGH_WATER
    """Where it is kept how far this home has sent."""


def send_chunk(sender: Sender, chunk_id: int, carrier: Carrier, script: Script) -> Sent:
    """Send what is left of a chunk. Another worker holding it is normal: nothing is sent then.

    Raises what the database raises, and then no call was made without its intent; whoever takes the chunk next
    goes on from there.
    """
    try:
        with writing(sender.engine) as connection:
            held = lease(connection, chunk_id, sender.wall.now(), sender.terms)
        crashpoint("lease: committed")
        if held is None:
            return Sent()
        return asyncio.run(_Pass(sender, carrier, Texts(script), held).run())
    except SQLAlchemyError as failure:
        word, cure = fault_of(failure)
        log.error("chunk %d waits, the database is %s: %s", chunk_id, word, cure)
        raise


class _Pass:
    """One holder's way through one chunk."""

    def __init__(self, sender: Sender, carrier: Carrier, texts: "Texts", held: Lease) -> None:
        self._sender = sender
        self._carrier = carrier
        self._texts = texts
        self._held = held
        self._window = sender.window or carrier.capabilities.window
        self._refusals = 0
        self._watch = Watch(sender.engine, held)

    async def run(self) -> Sent:
        total, pause = Sent(), timedelta(0)
        try:
            _, window = self._turned([])
            while window:
                outcomes = await self._offered(window)
                pause = self._pause_after(outcomes)
                stopped = any(one.stops_carrier for one in outcomes)
                late, window = self._turned(outcomes, goes_on=not pause and not stopped)
                total = _add(total, outcomes, late)
                if not stopped and timedelta(0) < pause <= self._sender.terms.patience:
                    await asyncio.sleep(pause.total_seconds())
                    _, window = self._turned([])
        finally:
            await self._carrier.close()
        return replace(total, done=self._released(pause))

    def _turned(self, outcomes: Sequence[Outcome], *, goes_on: bool = True) -> tuple[int, list[Addressed]]:
        """How many rows had moved on, and the next window.

        One commit writes down how a window ended and what the next one is: never more than one is in doubt.
        """
        sender = self._sender
        window: list[Addressed] = []
        # Before the transaction: what others raise meanwhile must not make ours look old.
        seen, epoch = sender.high_water.seen(), 0
        with writing(sender.engine) as connection:
            high_water.hold_if_older(connection, seen, sender.clock.now())
            late = self._recorded(connection, outcomes) if outcomes else 0
            if goes_on and self._renewed(connection):
                window = self._intended(connection)
            if window:
                # Last: workers of one database wait for each other on this row until the commit.
                epoch = high_water.rise(connection)
        if outcomes:
            crashpoint("record: committed")
        if goes_on:
            crashpoint("intend: committed")
        if window:
            sender.high_water.rise_to(epoch)
        return late, window

    def _renewed(self, connection: Connection) -> bool:
        """Whether the lease is ours for long enough to begin another window."""
        sender = self._sender
        if self._held.outlasts(sender.wall.now() + sender.terms.window_within, sender.terms):
            return True
        renewed = renew(connection, self._held, sender.wall.now(), sender.terms)
        crashpoint("renew: renewed, not committed")
        self._held = renewed or self._held
        return renewed is not None

    def _intended(self, connection: Connection) -> list[Addressed]:
        sender = self._sender
        return intend(
            connection,
            self._held,
            self._window,
            sender.clock.now(),
            sender.wall.now(),
            self._carrier.name,
            stopped=sender.brake.is_pulled,
        )

    async def _offered(self, window: Sequence[Addressed]) -> list[Outcome]:
        """No connection to the books is open while the carrier is called."""
        written, unwritable = self._texts.written(window)
        permit: Permit = Permits(
            self._held,
            self._sender.wall,
            self._sender.brake,
            self._sender.terms,
            self._sender.turn,
            self._watch,
        )
        outcomes = await self._carrier.submit(written, permit) if written else []
        crashpoint("call: answered, not written down")
        return [*outcomes, *unwritable]

    def _recorded(self, connection: Connection, outcomes: Sequence[Outcome]) -> int:
        sender = self._sender
        now, wall = sender.clock.now(), sender.wall.now()
        late = record(connection, self._carrier.name, self._held.fence, outcomes, now, wall, sender.terms)
        if any(one.verdict is Verdict.REFUSED_AGAIN for one in outcomes):
            give_up(connection, self._held.chunk_id, now)
        return late

    def _pause_after(self, outcomes: Sequence[Outcome]) -> timedelta:
        """What the carrier asks for; else twice as long after each window that it refused as a whole."""
        again = [one for one in outcomes if one.verdict is Verdict.REFUSED_AGAIN]
        self._refusals = self._refusals + 1 if len(again) == len(outcomes) else 0
        if not again:
            return timedelta(0)
        asked = max((timedelta(seconds=one.retry_after) for one in again if one.retry_after), default=None)
        return asked or min(timedelta(seconds=2**self._refusals), self._sender.terms.come_back_after)

    def _released(self, pause: timedelta) -> bool:
        sender = self._sender
        again_after = pause or sender.terms.come_back_after
        with writing(sender.engine) as connection:
            done = release(connection, self._held, sender.wall.now(), again_after)
        crashpoint("release: committed")
        return done


class Texts:
    """Renders once per kind of reader, not once per customer."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._rendered: dict[Reader, Message] = {}

    def written(self, window: Sequence[Addressed]) -> tuple[list[Outbound], list[Outcome]]:
        """The messages, and the ends of those whose text cannot be made: one poor row must not hold the others."""
        written, unwritable = [], []
        for one in window:
            try:
                written.append(self.outbound(one))
            except (RuleBroken, SetupError):
                reason = DeliveryReason.UNWRITABLE
                unwritable.append(Outcome(one.delivery_id, Verdict.REFUSED_FINALLY, reason=reason))
        return written, unwritable

    def outbound(self, one: Addressed) -> Outbound:
        """The message to one customer. Raises what rendering raises."""
        if one.reader not in self._rendered:
            self._rendered[one.reader] = self._script.render(one.reader)
        return Outbound(
            delivery_id=one.delivery_id,
            address=one.address,
            message=self._rendered[one.reader],
            link=self._script.link(one.delivery_id),
            valid_for=self._script.valid_for,
            intended_at=one.intended_at,
        )


def _add(total: Sent, outcomes: list[Outcome], late: int) -> Sent:
    count = {verdict: sum(one.verdict is verdict for one in outcomes) for verdict in Verdict}
    stopped = next((one.code for one in outcomes if one.stops_carrier), "")
    return Sent(
        accepted_count=total.accepted_count + count[Verdict.ACCEPTED],
        refused_count=total.refused_count + count[Verdict.REFUSED_FINALLY],
        unknown_count=total.unknown_count + count[Verdict.UNKNOWN],
        late_count=total.late_count + late,
        carrier_stopped=stopped,
    )
