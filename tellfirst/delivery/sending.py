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
from tellfirst.delivery.judging import Judge
from tellfirst.delivery.leasing import Lease, lease, release, renew
from tellfirst.delivery.pacing import Pace
from tellfirst.delivery.permitting import Permits
from tellfirst.delivery.recording import give_up, record
from tellfirst.delivery.scripting import Script, Texts
from tellfirst.delivery.stopping import Watch
from tellfirst.delivery.terms import TERMS, Terms
from tellfirst.delivery.trust import Leave, Trust
from tellfirst.domain.times import Clock
from tellfirst.store.engine import writing
from tellfirst.store.faults import fault_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a chunk in this pass. `carrier_stopped` names the code that stopped the carrier."""

    accepted_count: int = 0
    refused_count: int = 0
    unknown_count: int = 0
    late_count: int = 0
    carrier_stopped: str = ""
    done: bool = False

    @property
    def offered_count(self) -> int:
        """Calls whose end is known, or known to be unknown."""
        return self.accepted_count + self.refused_count + self.unknown_count


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Sender:
    """All that sending needs of the outside: the books, both clocks, the brake, and how long things may take."""

    engine: Engine
    clock: Clock
    wall: Clock
    brake: Brake = NO_BRAKE
    terms: Terms = TERMS
    trust: Trust | None = None
    """Which carriers have proved well in this process; None: all are taken to be."""
    window: int | None = None
    """Messages whose intent is committed together; None: as many as suit the carrier."""
    high_water: HighWater = NO_HIGH_WATER
    """Where it is kept how far this home has sent."""
    is_ending: Callable[[], bool] = _never
    """Whether this process was asked to end: it does after the window in hand, and gives the chunk back at once."""


def send_chunk(
    sender: Sender,
    chunk_id: int,
    carrier: Carrier,
    script: Script,
    *,
    pace: Pace | None = None,
    tries: bool = False,
) -> Sent:
    """Send what is left of a chunk. Another worker holding it is normal: nothing is sent then.

    `pace` keeps the carrier's permitted rate; None: at once. `tries`: the carrier is closed, and one message is to
    show whether it takes again.

    Raises what the database raises, and then no call was made without its intent; whoever takes the chunk next
    goes on from there.
    """
    try:
        with writing(sender.engine) as connection:
            held = lease(connection, chunk_id, sender.wall.now(), sender.terms)
        crashpoint("lease: committed")
        if held is None:
            return Sent()
        return asyncio.run(_Pass(sender, carrier, Texts(script), held, pace, tries).run())
    except SQLAlchemyError as failure:
        word, cure = fault_of(failure)
        log.error("chunk %d waits, the database is %s: %s", chunk_id, word, cure)
        raise


WAIT_FOR_TRY = timedelta(milliseconds=50)
"""How often a pass looks whether another's try of the carrier has ended."""
LOOK_EVERY = timedelta(seconds=1)


class _Pass:
    """One holder's way through one chunk."""

    def __init__(
        self, sender: Sender, carrier: Carrier, texts: Texts, held: Lease, pace: Pace | None, tries: bool
    ) -> None:
        self._sender = sender
        self._carrier = carrier
        self._texts = texts
        self._held = held
        self._pace = pace
        self._window = sender.window or carrier.capabilities.window
        self._watch = Watch(sender.engine, held)
        self._refusals = 0
        self._waited = timedelta(0)
        self._judge = Judge(carrier, tries=tries)

    async def run(self) -> Sent:
        total, pause = Sent(), timedelta(0)
        try:
            size, pause = await self._turn_comes()
            _, window = self._turned([], [], size)
            while window:
                outcomes, unwritable = await self._offered(window)
                pause = self._pause_after(outcomes)
                # 0: how this window ended must be written down before it can be said what may follow.
                size = self._follows(outcomes, pause)
                late, window = self._turned(outcomes, unwritable, size)
                if self._sender.trust and outcomes:
                    # After the record: whoever waits for this try finds the carrier closed if it was.
                    self._sender.trust.learn(self._carrier.name, outcomes)
                total = _add(total, [*outcomes, *unwritable], late)
                if (
                    size
                    or self._judge.closed
                    or pause > self._sender.terms.patience
                    or self._sender.is_ending()
                ):
                    continue
                await asyncio.sleep(pause.total_seconds())
                size, pause = await self._turn_comes()
                _, window = self._turned([], [], size)
        finally:
            if self._sender.trust:
                self._sender.trust.forget(self._carrier.name, self)
            await self._carrier.close()
        return replace(total, carrier_stopped=self._judge.closed, done=self._released(pause))

    async def _turn_comes(self) -> tuple[int, timedelta]:
        """Waits until a window may be offered: how many messages. None, and for how long, when it takes too long."""
        while True:
            size, wait = self._leave()
            if size or wait > self._sender.terms.patience:
                return size, wait
            await asyncio.sleep(min(wait, LOOK_EVERY).total_seconds())
            with writing(self._sender.engine) as connection:
                is_ours = self._renewed(connection)
            crashpoint("renew: committed")
            if not is_ours:
                return 0, timedelta(0)

    def _leave(self) -> tuple[int, timedelta]:
        """How many messages may be offered now; when none, how long to wait before the next look."""
        sender, pace = self._sender, self._pace
        if pace and (wait := pace.line()):
            return 0, wait
        leave = sender.trust.ask(self._carrier.name, self) if sender.trust else Leave.WINDOW
        if leave is Leave.NOTHING:
            self._waited += WAIT_FOR_TRY
            patient = self._waited <= sender.terms.patience
            return 0, WAIT_FOR_TRY if patient else sender.terms.come_back_after
        self._waited = timedelta(0)
        if self._judge.tries or leave is Leave.ONE:
            return 1, timedelta(0)
        return pace.window(self._window) if pace else self._window, timedelta(0)

    def _follows(self, outcomes: Sequence[Outcome], pause: timedelta) -> int:
        """How many may be intended by the same commit that writes down how these ended."""
        if (
            pause
            or self._judge.tries
            or self._sender.is_ending()
            or any(one.stops_carrier for one in outcomes)
        ):
            return 0
        size, _ = self._leave()
        return size if size > 1 else 0

    def _turned(
        self, outcomes: Sequence[Outcome], unwritable: Sequence[Outcome], size: int
    ) -> tuple[int, list[Addressed]]:
        """How many rows had moved on, and the next window of at most `size`.

        One commit writes down how a window ended and what the next one is: never more than one is in doubt.
        """
        sender = self._sender
        window: list[Addressed] = []
        # Before the transaction: what others raise meanwhile must not make ours look old.
        seen, epoch, late, closed = sender.high_water.seen(), 0, 0, False
        with writing(sender.engine) as connection:
            high_water.hold_if_older(connection, seen, sender.clock.now())
            if outcomes or unwritable:
                late = self._recorded(connection, [*outcomes, *unwritable])
                closed = self._judge.learn(connection, outcomes, sender.clock.now(), sender.wall.now())
            if size and self._renewed(connection) and self._judge.is_open(connection):
                window = self._intended(connection, size)
            if window:
                # Last: workers of one database wait for each other on this row until the commit.
                epoch = high_water.rise(connection)
        if outcomes or unwritable:
            crashpoint("record: committed")
        if size:
            crashpoint("intend: committed")
        if closed:
            self._judge.alarm()
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

    def _intended(self, connection: Connection, size: int) -> list[Addressed]:
        sender = self._sender
        return intend(
            connection,
            self._held,
            size,
            sender.clock.now(),
            sender.wall.now(),
            self._carrier.name,
            stopped=sender.brake.is_pulled,
        )

    async def _offered(self, window: Sequence[Addressed]) -> tuple[list[Outcome], list[Outcome]]:
        """What the carrier answered, and what could not be offered.

        No connection to the books is open while the carrier is called.
        """
        written, unwritable = self._texts.written(window)
        outcomes = await self._carrier.submit(written, self._permit(written)) if written else []
        crashpoint("call: answered, not written down")
        if self._pace:
            self._pace.end(outcomes)
        return outcomes, unwritable

    def _permit(self, written: Sequence[Outbound]) -> Permit:
        sender = self._sender
        permits = Permits(self._held, sender.wall, sender.brake, sender.terms, stopped=self._watch)
        if self._pace:
            self._pace.begin(written)
            permits = replace(permits, turn=self._pace)
        return permits

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
        # Closed to this carrier only: whoever asked for the pass looks for another at once.
        at_once = self._judge.closed or sender.is_ending()
        again_after = timedelta(0) if at_once else pause or sender.terms.come_back_after
        with writing(sender.engine) as connection:
            done = release(connection, self._held, sender.wall.now(), again_after)
        crashpoint("release: committed")
        return done


def _add(total: Sent, outcomes: list[Outcome], late: int) -> Sent:
    count = {verdict: sum(one.verdict is verdict for one in outcomes) for verdict in Verdict}
    return Sent(
        accepted_count=total.accepted_count + count[Verdict.ACCEPTED],
        refused_count=total.refused_count + count[Verdict.REFUSED_FINALLY],
        unknown_count=total.unknown_count + count[Verdict.UNKNOWN],
        late_count=total.late_count + late,
    )
