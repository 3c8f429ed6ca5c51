"""Counts of customers for pages that are looked at again and again: one that took long is kept, and made anew aside."""

import logging
import time
from dataclasses import dataclass, replace
from threading import Lock, Thread

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from tellfirst.bootstrap import World
from tellfirst.domain.errors import TellFirstError
from tellfirst.review.room.heads import Heads, heads
from tellfirst.store import incidents
from tellfirst.store.engine import reading
from tellfirst.store.incidents import Incident

log = logging.getLogger(__name__)
KEPT_FOR = 2.0
"""Seconds at the least."""
TIMES_AS_LONG = 10
"""A count is kept so many times as long as it took: counting is never more than a tenth of a core."""
QUICK = 0.3
"""Seconds. Whoever looks waits for a count that took less; a longer one is made aside, and the last one shown."""
MOST = 2_000


@dataclass(frozen=True, slots=True)
class _Kept:
    heads: Heads
    took: float
    until: float


class Counter:
    """Belongs to one web process; the same count is made once, however many ask for it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[int, _Kept] = {}
        self._turn = Lock()
        self._aside: set[int] = set()

    def heads(self, connection: Connection, it: Incident) -> Heads:
        """As of `counted_at`; of an incident that nobody has asked for yet, now."""
        known = self._known.get(it.id)
        if known and known.until > time.monotonic():
            return known.heads
        if known and known.took > QUICK:
            self._count_aside(it)
            return known.heads
        with self._turn:
            known = self._known.get(it.id)
            if known and known.until > time.monotonic():
                return known.heads
            return self._count(connection, it)

    def forget(self) -> None:
        """Something was done: each count is made anew at the next look."""
        self._known = {key: replace(one, until=0.0) for key, one in self._known.items()}

    def _count(self, connection: Connection, it: Incident) -> Heads:
        began = time.monotonic()
        found = replace(heads(connection, it), counted_at=self._world.clock.now())
        ended = time.monotonic()
        if len(self._known) >= MOST:
            self._known.clear()
        took = ended - began
        self._known[it.id] = _Kept(found, took, ended + max(KEPT_FOR, TIMES_AS_LONG * took))
        return found

    def _count_aside(self, it: Incident) -> None:
        with self._turn:
            if it.id in self._aside:
                return
            self._aside.add(it.id)
        Thread(target=self._anew, args=(it.reference, it.id), daemon=True, name="room-count").start()

    def _anew(self, reference: str, key: int) -> None:
        try:
            with reading(self._world.engine) as connection:
                self._count(connection, incidents.by_reference(connection, reference))
        except (SQLAlchemyError, TellFirstError) as failure:
            log.warning("customers of %s could not be counted: %s", reference, type(failure).__name__)
        finally:
            self._aside.discard(key)
