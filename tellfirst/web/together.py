"""Many write in one commit: everyone who waits for it gets their own answer, and one who fails takes nobody along.

A transaction for each would make a town that texts us queue for SQLite's one write lock, behind a notice that is being
sent: a commit that survives a power cut takes some milliseconds, and who finds the lock taken looks again after pauses
that grow to a tenth of a second. What the inbox is for receipts (web/inbox.py) this is for whatever has an answer.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from tellfirst.store.engine import writing

T = TypeVar("T")
Work = Callable[[Connection], Any]
TOGETHER = 64
"""Works in one commit at the most."""
HELD_FOR = 0.05
"""Seconds after which no further work joins: others want the lock too."""


class Together:
    """Belongs to one event loop. While `run` does not run, each work has a commit of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[tuple[Work, asyncio.Future[Any]]] = deque()
        self._arrived = asyncio.Event()
        self._runs = False

    async def do(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once it is committed. Raises what it raised, or what the commit raised.

        It runs in a thread, within a savepoint of a transaction that others share: it must not commit, and must not
        wait for anything but the database.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        if not self._runs:
            _answer([done], await loop.run_in_executor(None, self._commit, [work]))
            return await done
        self._waiting.append((work, done))
        self._arrived.set()
        return await done

    async def run(self) -> None:
        """Commit what comes in for as long as the app runs."""
        self._runs = True
        try:
            await self._run(asyncio.get_running_loop())
        finally:
            self._runs = False

    async def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        with ThreadPoolExecutor(1, "together") as thread:
            while True:
                self._arrived.clear()
                if not self._waiting:
                    await self._arrived.wait()
                chosen = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
                chosen = [one for one in chosen if not one[1].cancelled()]
                works = [work for work, _ in chosen]
                try:
                    ended = await loop.run_in_executor(thread, self._commit, works)
                except Exception as failure:  # noqa: BLE001  # the edge: each of them is answered
                    ended = [failure] * len(works)
                # What there was no time for goes first the next time.
                self._waiting.extendleft(reversed(chosen[len(ended) :]))
                _answer([done for _, done in chosen], ended)

    def _commit(self, works: Sequence[Work]) -> list[Any]:
        """What each gave, or raised; fewer than `works` when time was up. At least one is done."""
        ended: list[Any] = []
        with writing(self._engine) as connection:
            until = time.monotonic() + HELD_FOR
            for work in works:
                ended.append(_alone(connection, work))
                if time.monotonic() > until:
                    break
        return ended


def _alone(connection: Connection, work: Work) -> Any:
    try:
        with connection.begin_nested():
            return work(connection)
    except Exception as failure:  # noqa: BLE001  # its own: the others go on
        return failure


def _answer(waiting: Sequence[asyncio.Future[Any]], ended: Sequence[Any]) -> None:
    for done, end in zip(waiting, ended, strict=False):
        if done.cancelled():
            continue
        if isinstance(end, Exception):
            done.set_exception(end)
        else:
            done.set_result(end)
