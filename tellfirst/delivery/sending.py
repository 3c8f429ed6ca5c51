"""Send: lease a chunk, and window by window intend, call, record, until nothing in it is left to send."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Engine

from tellfirst.carriers.port import Carrier, Outbound, Outcome, Permit, Verdict
from tellfirst.crashpoints import crashpoint
from tellfirst.delivery.brake import NO_BRAKE, Brake
from tellfirst.delivery.intending import Addressed, intend
from tellfirst.delivery.leasing import Lease, lease, release, renew
from tellfirst.delivery.permitting import Permits, Turn, at_once
from tellfirst.delivery.recording import give_up, record
from tellfirst.delivery.terms import TERMS, Terms
from tellfirst.domain.delivery import DeliveryReason
from tellfirst.domain.errors import RuleBroken, SetupError
from tellfirst.domain.message import Message, Reader
from tellfirst.domain.times import Clock
from tellfirst.store.engine import writing

Render = Callable[[Reader], Message]
Link = Callable[[int], str]


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
    turn: Turn = at_once
    """Where the sender's permitted rate is kept."""
    window: int | None = None
    """Messages whose intent is committed together; None: as many as suit the carrier."""
    is_ending: Callable[[], bool] = _never
    """Whether this process was asked to end: it does after the window in hand, and gives the chunk back at once."""


def send_chunk(sender: Sender, chunk_id: int, carrier: Carrier, script: Script) -> Sent:
    """Send what is left of a chunk. Another worker holding it is normal: nothing is sent then."""
    with writing(sender.engine) as connection:
        held = lease(connection, chunk_id, sender.wall.now(), sender.terms)
    crashpoint("lease: committed")
    if held is None:
        return Sent()
    return asyncio.run(_Pass(sender, carrier, Texts(script), held).run())


class _Pass:
    """One holder's way through one chunk."""

    def __init__(self, sender: Sender, carrier: Carrier, texts: "Texts", held: Lease) -> None:
        self._sender = sender
        self._carrier = carrier
        self._texts = texts
        self._held = held
        self._window = sender.window or carrier.capabilities.window
        self._refusals = 0

    async def run(self) -> Sent:
        total, pause = Sent(), timedelta(0)
        try:
            while self._renewed() and (window := self._intended()):
                outcomes = await self._offered(window)
                total = _add(total, outcomes, self._recorded(outcomes))
                pause = self._pause_after(outcomes)
                if total.carrier_stopped or pause > self._sender.terms.patience or self._sender.is_ending():
                    break
                await asyncio.sleep(pause.total_seconds())
        finally:
            await self._carrier.close()
        return replace(total, done=self._released(pause))

    def _renewed(self) -> bool:
        """Whether the lease is ours for long enough to begin another window."""
        sender = self._sender
        if self._held.outlasts(sender.wall.now() + sender.terms.window_within, sender.terms):
            return True
        with writing(sender.engine) as connection:
            renewed = renew(connection, self._held, sender.wall.now(), sender.terms)
        crashpoint("renew: committed")
        self._held = renewed or self._held
        return renewed is not None

    def _intended(self) -> list[Addressed]:
        sender = self._sender
        with writing(sender.engine) as connection:
            window = intend(
                connection,
                self._held,
                self._window,
                sender.clock.now(),
                sender.wall.now(),
                self._carrier.name,
                stopped=sender.brake.is_pulled,
            )
        crashpoint("intend: committed")
        return window

    async def _offered(self, window: Sequence[Addressed]) -> list[Outcome]:
        """No connection to the books is open while the carrier is called."""
        written, unwritable = self._texts.written(window)
        permit: Permit = Permits(
            self._held, self._sender.wall, self._sender.brake, self._sender.terms, self._sender.turn
        )
        outcomes = await self._carrier.submit(written, permit) if written else []
        crashpoint("call: answered, not written down")
        return [*outcomes, *unwritable]

    def _recorded(self, outcomes: Sequence[Outcome]) -> int:
        sender = self._sender
        with writing(sender.engine) as connection:
            late = record(
                connection,
                self._carrier.name,
                self._held.fence,
                outcomes,
                sender.clock.now(),
                sender.wall.now(),
                sender.terms,
            )
            if any(one.verdict is Verdict.REFUSED_AGAIN for one in outcomes):
                give_up(connection, self._held.chunk_id, sender.clock.now())
        crashpoint("record: committed")
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
        again_after = timedelta(0) if sender.is_ending() else pause or sender.terms.come_back_after
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
