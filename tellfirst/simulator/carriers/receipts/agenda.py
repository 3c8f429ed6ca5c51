"""What is to be done when: one heap and one timer, whatever waits."""

import asyncio
import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

AT_ONCE = 200


class Agenda:
    """Calls things when they are due. An entry is one small tuple, so that millions may wait."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._timer: asyncio.Handle | None = None
        self._next_at = float("inf")

    def at(self, due_at: float, then: Callable[[], None]) -> None:
        """Call `then` at `due_at` (unix seconds); what is due together keeps its order."""
        heappush(self._heap, (due_at, next(self._numbers), then))
        if due_at < self._next_at:
            self._wake_at(due_at)

    def stop(self) -> None:
        """Forget everything."""
        self._heap.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _wake_at(self, due_at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next_at = due_at
        wait = max(due_at - time.time(), 0.0)
        self._timer = asyncio.get_running_loop().call_later(wait, self._work)

    def _work(self) -> None:
        self._timer, self._next_at = None, float("inf")
        now = time.time()
        for _ in range(AT_ONCE):
            if not self._heap or self._heap[0][0] > now:
                break
            heappop(self._heap)[2]()
        if self._heap:
            self._wake_at(self._heap[0][0])
