"""The watcher of one schedule: gives birth to lives, lets time jump when all wait, lets the stopped go on."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from signal import SIGKILL

from tellfirst.proof.life import Stage, live
from tellfirst.proof.order import Order
from tellfirst.proof.reach import Reach
from tellfirst.proof.schedule import NAP, STALL, Blow, Schedule
from tellfirst.proof.timing import POLL_SECONDS, Gate, Posture, Seat, SharedTime

ENDS_WITHIN = 75.0
"""Seconds of real time for a whole schedule."""
STALLS_FOR = 0.15
"""Seconds of real time that the others get at most while one of them is stopped."""
STALLS_AT_LEAST = 0.01


@dataclass
class _Seated:
    """One seat: who sits there now, and who comes next."""

    number: int
    skew: timedelta
    coming: list[tuple[Blow, ...]]
    relieves: bool
    pid: int = 0
    stopped_at: float = 0.0
    over: bool = False


@dataclass
class Seen:
    """What the watcher saw."""

    kills: int = 0
    stalls: int = 0
    naps: int = 0
    restarts: int = 0
    jumps: int = 0
    failures: list[str] = field(default_factory=list)


class Watcher:
    """Runs the lives of a schedule to their ends."""

    def __init__(
        self,
        schedule: Schedule,
        order: Order,
        stage: Stage,
        reach: Reach,
        *,
        restart: Callable[[], None] | None = None,
        spawn: bool = False,
    ) -> None:
        self._schedule = schedule
        self._order = order
        self._stage = stage
        self._reach = reach
        self._restart = restart
        self._spawn = spawn
        self._folder = Path(order.folder)
        self.shared = SharedTime(self._folder / "time")
        self._gate = Gate(self._folder / "gate", self.shared)
        self._seats = [
            _Seated(number, seat.skew, [*seat.lives, ()], seat.relieves)
            for number, seat in enumerate(schedule.seats)
        ]
        self._lives = [len(one.coming) for one in self._seats]
        self.seen = Seen()

    def run(self) -> Seen:
        """Until every seat has ended by itself. Kills what is left when that takes too long, and says so."""
        ends_at = time.monotonic() + ENDS_WITHIN
        try:
            while any(not one.over for one in self._seats):
                self._look()
                if time.monotonic() > ends_at:
                    postures = [self._posture(one).name for one in self._living()]
                    self.seen.failures.append(f"it did not come to rest ({', '.join(postures)})")
                    break
                time.sleep(POLL_SECONDS)
        finally:
            for one in self._living():
                os.kill(one.pid, SIGKILL)
                os.waitpid(one.pid, 0)
        return self.seen

    def _look(self) -> None:
        for one in self._seats:
            if one.over:
                continue
            if one.pid:
                self._bury(one)
            if not one.pid and not one.over and not self._waits(one):
                self._bear(one)
        living = self._living()
        for one in living:
            self._attend(one, living)
        span = until_the_first_wakes([self.shared.seat(one.number) for one in living], self.shared.now())
        if span > timedelta(0):
            self._jump(span)

    def _bear(self, one: _Seated) -> None:
        blows = one.coming.pop(0)
        order = replace(self._order, seat=one.number, skew_seconds=one.skew.total_seconds(), blows=blows)
        self.shared.seat(one.number).posture = Posture.WORKING
        if self._spawn:
            command = [sys.executable, "-m", "tellfirst.proof.life", order.to_json()]
            one.pid = subprocess.Popen(command).pid
            return
        one.pid = os.fork()
        if one.pid == 0:
            os._exit(live(order, self._stage))

    def _bury(self, one: _Seated) -> None:
        pid, status = os.waitpid(one.pid, os.WNOHANG)
        if not pid:
            return
        one.pid = 0
        self.shared.seat(one.number).posture = Posture.ABSENT
        if os.WIFSIGNALED(status):
            self.seen.kills += 1
            if os.WTERMSIG(status) != SIGKILL or not one.coming:
                self.seen.failures.append(
                    f"a worker ended by signal {os.WTERMSIG(status)} that was not ordered"
                )
                one.over = True
            return
        one.over = True
        if os.WEXITSTATUS(status):
            path = self._folder / f"failure-{one.number}.txt"
            told = path.read_text(encoding="utf-8") if path.exists() else "without a word"
            self.seen.failures.append(f"a worker failed: {told}")

    def _attend(self, one: _Seated, living: list[_Seated]) -> None:
        seat, posture = self.shared.seat(one.number), self._posture(one)
        match posture:
            case Posture.WANTS_RESTART:
                if self._restart is not None:
                    self._restart()
                    self.seen.restarts += 1
                seat.posture = Posture.WORKING
            case Posture.STALLED | Posture.NAPPING if not one.stopped_at:
                self._jump(STALL if posture is Posture.STALLED else NAP)
                one.stopped_at = time.monotonic()
                if posture is Posture.STALLED:
                    self.seen.stalls += 1
                else:
                    self.seen.naps += 1
            case Posture.STALLED | Posture.NAPPING:
                since = time.monotonic() - one.stopped_at
                others = [self._posture(other) for other in living if other is not one]
                if since > STALLS_FOR or (since > STALLS_AT_LEAST and Posture.WORKING not in others):
                    one.stopped_at = 0.0
                    seat.posture = Posture.WORKING
            case Posture.FROZEN if all(self._posture(other) is Posture.FROZEN for other in living):
                if not any(other.relieves and not other.over for other in self._seats):
                    self.seen.stalls += 1
                    seat.posture = Posture.WORKING
            case _:
                pass

    def _waits(self, one: _Seated) -> bool:
        """Whoever relieves a stopped worker comes when there is one, or when nobody else is left."""
        if one.relieves and len(one.coming) == self._lives[one.number]:
            others = self._living()
            return bool(others) and all(self._posture(other) is not Posture.FROZEN for other in others)
        return False

    def _jump(self, span: timedelta) -> None:
        with self._gate.shut():
            self._reach.wait_until_read(self._order.account)
            if lag := self._schedule.faults.get("lookup_lag_seconds"):
                time.sleep(float(str(lag)) * 1.1)
            self.shared.jump(span)
        self.seen.jumps += 1

    def _living(self) -> list[_Seated]:
        return [one for one in self._seats if one.pid]

    def _posture(self, one: _Seated) -> Posture:
        return self.shared.seat(one.number).posture


def until_the_first_wakes(seats: Sequence[Seat], now: datetime) -> timedelta:
    """How far time may jump: not at all unless all who are not frozen rest, nor when one is about to wake anyway."""
    # Each is looked at once: whoever wakes by itself meanwhile has its moment behind it, so that nothing jumps.
    seen = [(seat.posture, seat.wakes_at) for seat in seats]
    awake = [(posture, wakes_at) for posture, wakes_at in seen if posture is not Posture.FROZEN]
    if not awake or any(posture is not Posture.IDLE for posture, _ in awake):
        return timedelta(0)
    wakes_at = min(wakes_at for _, wakes_at in awake)
    return max(timedelta(seconds=wakes_at - now.timestamp()), timedelta(0))


def one_at_a_time(restart: Callable[[], None], lock: Path) -> Callable[[], None]:
    """`restart`, never twice at once, whichever process asks."""

    def restart_alone() -> None:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            restart()
        finally:
            os.close(descriptor)

    return restart_alone
