"""The time of one schedule: shared by its processes, and moved on by hand where real workers would wait for it.

The spans are production's own (a lease of 90 seconds), and no schedule takes long: when everybody waits, time jumps.
It never jumps while a call is being made, unless that is what a schedule wants to show: a busy machine may be
slow as it likes and no lease runs out for it.
"""

import fcntl
import mmap
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from pathlib import Path

from tellfirst.proof.points import NAMES

BEHIND = timedelta(hours=8)
"""How far a schedule begins in the past: jumps must not overtake the carriers' own clock, which nobody moves."""
SEATS = 4
_HEAD = struct.Struct("<ddqq")
"""Base, jumped so far, whether a jump is wanted, whether a restart is under way."""
_SEAT = struct.Struct("<qd")
_COUNT = struct.Struct("<q")
_COUNTS = 2 * len(NAMES) * _COUNT.size
_SEAT_SIZE = _SEAT.size + _COUNTS
SIZE = _HEAD.size + SEATS * _SEAT_SIZE
POLL_SECONDS = 0.002


class Posture(IntEnum):
    """What a worker is doing, for the one who watches over the schedule."""

    ABSENT = 0
    WORKING = 1
    IDLE = 2
    STALLED = 3
    NAPPING = 4
    WANTS_RESTART = 5
    FROZEN = 6


class SharedTime:
    """A clock and a board in a small file mapped into every process of one schedule."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), SIZE)

    @classmethod
    def begin(cls, path: Path) -> "SharedTime":
        """A new time, that stands `BEHIND` the machine's."""
        path.write_bytes(bytes(SIZE))
        shared = cls(path)
        base = (datetime.now(UTC) - BEHIND).timestamp() - time.monotonic()
        _HEAD.pack_into(shared._map, 0, base, 0.0, 0, 0)
        return shared

    def close(self) -> None:
        self._map.close()

    def now(self) -> datetime:
        base, jumped, _, _ = _HEAD.unpack_from(self._map, 0)
        return datetime.fromtimestamp(base + jumped + time.monotonic(), UTC)

    def jump(self, span: timedelta) -> None:
        """Only its watcher does this."""
        jumped = struct.unpack_from("<d", self._map, 8)[0]
        struct.pack_into("<d", self._map, 8, jumped + span.total_seconds())

    @property
    def wants_to_jump(self) -> bool:
        return bool(struct.unpack_from("<q", self._map, 16)[0])

    @wants_to_jump.setter
    def wants_to_jump(self, wanted: bool) -> None:
        struct.pack_into("<q", self._map, 16, int(wanted))

    def seat(self, number: int) -> "Seat":
        return Seat(self._map, _HEAD.size + number * _SEAT_SIZE)


class Seat:
    """One worker's place on the board. It outlives its worker."""

    def __init__(self, board: mmap.mmap, start: int) -> None:
        self._board = board
        self._start = start

    @property
    def posture(self) -> Posture:
        return Posture(struct.unpack_from("<q", self._board, self._start)[0])

    @posture.setter
    def posture(self, posture: Posture) -> None:
        struct.pack_into("<q", self._board, self._start, posture)

    @property
    def wakes_at(self) -> float:
        return float(struct.unpack_from("<d", self._board, self._start + 8)[0])

    @wakes_at.setter
    def wakes_at(self, moment: float) -> None:
        struct.pack_into("<d", self._board, self._start + 8, moment)

    def passed(self, point: int) -> int:
        """Count a passage. Which one it is, of all lives in this seat."""
        return self._add(_SEAT.size + point * _COUNT.size)

    def struck(self, point: int) -> None:
        """Written down before the blow: a killed process says nothing more."""
        self._add(_SEAT.size + (len(NAMES) + point) * _COUNT.size)

    def counts(self) -> tuple[list[int], list[int]]:
        """Passages and strikes per point."""
        every = struct.unpack_from(f"<{2 * len(NAMES)}q", self._board, self._start + _SEAT.size)
        return list(every[: len(NAMES)]), list(every[len(NAMES) :])

    def _add(self, offset: int) -> int:
        count = int(_COUNT.unpack_from(self._board, self._start + offset)[0]) + 1
        _COUNT.pack_into(self._board, self._start + offset, count)
        return count


class Skewed:
    """The clock of one worker, off by some seconds."""

    def __init__(self, shared: SharedTime, skew: timedelta) -> None:
        self._shared = shared
        self._skew = skew

    def now(self) -> datetime:
        return self._shared.now() + self._skew


class Gate:
    """Held open by everybody who is making calls; time jumps only while nobody is."""

    def __init__(self, path: Path, shared: SharedTime) -> None:
        self._path = path
        self._shared = shared
        self._mine = threading.local()

    @contextmanager
    def held_open(self) -> Iterator[None]:
        """Around a window of calls."""
        while self._shared.wants_to_jump:
            time.sleep(POLL_SECONDS)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            self._mine.descriptor = descriptor
            yield
        finally:
            self._mine.descriptor = None
            os.close(descriptor)

    @contextmanager
    def let_go(self) -> Iterator[None]:
        """Around a stop before a call, by whoever holds the gate open or does not."""
        descriptor = getattr(self._mine, "descriptor", None)
        if descriptor is None:
            yield
            return
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_SH)

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Nobody is making calls inside the block."""
        self._shared.wants_to_jump = True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
            self._shared.wants_to_jump = False
