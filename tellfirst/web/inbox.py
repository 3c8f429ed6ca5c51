"""The inbox of receipts: everyone who reports waits for one shared commit, and is answered after it.

A transaction per report would make a city's worth of them queue for SQLite's one write lock.
"""

import asyncio
import logging
from collections.abc import Sequence

from fastapi.concurrency import run_in_threadpool

from tellfirst.bootstrap import World
from tellfirst.carriers.port import Receipt
from tellfirst.delivery import receipts
from tellfirst.store.engine import writing

log = logging.getLogger(__name__)
TOGETHER = 500
"""Most reports in one commit."""
DRAIN_EVERY = 0.5
"""Seconds between two looks for receipts to apply. The clock does it too, should this process be away."""

Waiting = tuple[Sequence[Receipt], asyncio.Future[None]]


class Inbox:
    """Belongs to one event loop; `run` must be running for `keep` to return."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue(maxsize=10_000)

    async def keep(self, reported: Sequence[Receipt]) -> None:
        """Returns when the receipts are stored for good. Raises what the database raised otherwise."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._queue.put((reported, kept))
        await kept

    async def run(self) -> None:
        """Store what comes in, in shared commits, and apply it in sets, for as long as the app runs."""
        await asyncio.gather(self._store(), self._apply())

    async def _store(self) -> None:
        while True:
            together = [await self._queue.get()]
            while len(together) < TOGETHER and not self._queue.empty():
                together.append(self._queue.get_nowait())
            try:
                await run_in_threadpool(self._keep, [one for reported, _ in together for one in reported])
            except Exception as failure:  # noqa: BLE001  # the edge: each carrier is told to come again
                self._answer(together, failure)
            else:
                self._answer(together, None)

    async def _apply(self) -> None:
        while True:
            try:
                applied = await run_in_threadpool(self._apply_some)
            except Exception:  # the edge: a busy database must not end the drain
                log.exception("receipts could not be applied; they stay in the inbox")
                applied = 0
            if not applied:
                await asyncio.sleep(DRAIN_EVERY)

    def _keep(self, reported: Sequence[Receipt]) -> None:
        now = self._world.clock.now()
        with writing(self._world.engine) as connection:
            receipts.keep(connection, reported, now)

    def _apply_some(self) -> int:
        now = self._world.clock.now()
        with writing(self._world.engine) as connection:
            return receipts.apply(connection, now)

    @staticmethod
    def _answer(together: list[Waiting], failure: Exception | None) -> None:
        for _, kept in together:
            if kept.cancelled():
                continue
            if failure:
                kept.set_exception(failure)
            else:
                kept.set_result(None)
