"""The fate of a life: every passage is counted, and it strikes where it was ordered to."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

from tellfirst.carriers.port import Carrier, Outbound, Outcome, Permit, RawRequest, Receipt, permitted
from tellfirst.proof.points import INSIDE, NAMES
from tellfirst.proof.schedule import Blow, Strike
from tellfirst.proof.timing import POLL_SECONDS, Gate, Posture, Seat


class Fate:
    """What is armed while a life lasts."""

    def __init__(
        self, blows: Sequence[Blow], seat: Seat, gate: Gate, meddler: Callable[[Blow], None]
    ) -> None:
        self._blows = blows
        self._seat = seat
        self._gate = gate
        self._meddler = meddler
        self._passed: Counter[str] = Counter()
        self._counting = threading.Lock()
        self._busy = False

    def __call__(self, name: str) -> None:
        if self._busy:
            return
        with self._counting:
            self._passed[name] += 1
            nth = self._passed[name]
            self._seat.passed(NAMES.index(name))
        for blow in self._blows:
            if blow.point == name and blow.nth == nth:
                self._strike(blow)

    def _strike(self, blow: Blow) -> None:
        self._seat.struck(NAMES.index(blow.point))
        match blow.strike:
            case Strike.KILL:
                os.kill(os.getpid(), signal.SIGKILL)
            case Strike.STALL:
                self._stop(Posture.STALLED)
            case Strike.FREEZE:
                self._stop(Posture.FROZEN)
            case Strike.NAP:
                self._stop(Posture.NAPPING)
            case Strike.RESTART:
                self._stop(Posture.WANTS_RESTART)
            case Strike.MEDDLE:
                self._busy = True
                try:
                    self._meddler(blow)
                finally:
                    self._busy = False

    def _stop(self, posture: Posture) -> None:
        with self._gate.let_go():
            self._seat.posture = posture
            while self._seat.posture == posture:
                time.sleep(POLL_SECONDS)


class WatchedCarrier:
    """The real carrier; while it is making calls, time does not jump."""

    def __init__(self, carrier: Carrier, gate: Gate, fate: Fate) -> None:
        self.name, self.channel, self.capabilities = carrier.name, carrier.channel, carrier.capabilities
        self._carrier = carrier
        self._gate = gate
        self._fate = fate

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        async def last_look(messages: Sequence[Outbound]) -> str:
            refused = await permit(messages)
            self._fate(INSIDE)
            return refused

        with self._gate.held_open():
            return await self._carrier.submit(batch, last_look)

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        return await self._carrier.reconcile(batch)

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        return self._carrier.parse_receipt(request)

    async def close(self) -> None:
        await self._carrier.close()
