"""Counts of customers for pages that are looked at again and again: one that took long is kept longer."""

import time
from threading import Lock

from sqlalchemy import Connection

from tellfirst.review.room.heads import Heads, heads
from tellfirst.store.incidents import Incident

KEPT_FOR = 4.0
"""Seconds at the least."""
TIMES_AS_LONG = 20
"""A count is kept so many times as long as it took: counting is never more than a twentieth of a core."""
MOST = 2_000


class Counter:
    """Belongs to one web process; the same count is made once, however many ask for it."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[float, Heads]] = {}
        self._turn = Lock()

    def heads(self, connection: Connection, it: Incident) -> Heads:
        """As they were at most a few seconds ago."""
        known = self._known.get(it.id)
        if known and known[0] > time.monotonic():
            return known[1]
        with self._turn:
            known = self._known.get(it.id)
            began = time.monotonic()
            if known and known[0] > began:
                return known[1]
            found = heads(connection, it)
            ended = time.monotonic()
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[it.id] = (ended + max(KEPT_FOR, TIMES_AS_LONG * (ended - began)), found)
            return found

    def forget(self) -> None:
        """Something was done: the next look counts anew."""
        self._known.clear()
