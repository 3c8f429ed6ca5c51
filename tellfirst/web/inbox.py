"""The inbox of receipts: everyone who reports waits for one shared commit, and is answered after it.

A transaction per report would make a city's worth of them queue for SQLite's one write lock.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from tellfirst.bootstrap import World
from tellfirst.carriers.port import Receipt
from tellfirst.delivery import receipts
from tellfirst.store.engine import writing

log = logging.getLogger(__name__)
KEPT_TOGETHER = 1_000
"""Receipts in one commit: no more reports join it once it has so many."""
APPLIED_TOGETHER = 500
"""Receipts stored here that are applied at once. Who reports meanwhile waits a hundredth of a second."""
APPLIED_WITHIN = 0.1
"""Seconds after which fewer are applied, too."""
LOOK_EVERY = 0.5
"""Seconds between two looks for what others stored. The clock does it too, should this process be away."""

Waiting = tuple[Sequence[Receipt], asyncio.Future[None]]


class Inbox:
    """Belongs to one event loop; `run` must be running for `keep` to return."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: deque[Waiting] = deque()
        self._arrived = asyncio.Event()

    async def keep(self, reported: Sequence[Receipt]) -> None:
        """Returns when the receipts are stored for good. Raises what the database raised otherwise."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((reported, kept))
        self._arrived.set()
        await kept

    async def run(self) -> None:
        """Store what comes in, in shared commits, and apply it in sets, for as long as the app runs.

        Both in one thread, by turns: two that want SQLite's write lock do not queue for it, they look again after
        pauses that grow to a tenth of a second, and everyone who waits for the commit would sit them out.
        """
        now = asyncio.get_running_loop().time
        look_at, unapplied = now(), 0
        with ThreadPoolExecutor(1, "inbox") as thread:
            while True:
                await self._arrival(look_at - now())
                if self._waiting:
                    unapplied += await self._store(thread)
                    look_at = min(look_at, now() + APPLIED_WITHIN)
                if unapplied >= APPLIED_TOGETHER or now() >= look_at:
                    applied, unapplied = await self._apply(thread), 0
                    look_at = now() + (0 if applied == receipts.BATCH else LOOK_EVERY)

    async def _arrival(self, seconds: float) -> None:
        """When something waits to be stored, or after so many seconds."""
        if self._waiting:
            return
        self._arrived.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._arrived.wait()

    async def _store(self, thread: ThreadPoolExecutor) -> int:
        """One commit for many reports, and their answers. How many receipts were stored."""
        together: list[Waiting] = []
        reported: list[Receipt] = []
        while self._waiting and len(reported) < KEPT_TOGETHER:
            together.append(self._waiting.popleft())
            reported += together[-1][0]
        try:
            await asyncio.get_running_loop().run_in_executor(thread, self._keep, reported)
        except Exception as failure:  # noqa: BLE001  # the edge: each carrier is told to come again
            self._answer(together, failure)
            return 0
        self._answer(together, None)
        return len(reported)

    async def _apply(self, thread: ThreadPoolExecutor) -> int:
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, self._apply_some)
        except Exception:  # the edge: a busy database must not end the drain
            log.exception("receipts could not be applied; they stay in the inbox")
            return 0

    def _keep(self, reported: Sequence[Receipt]) -> None:
        now = self._world.clock.now()
        with writing(self._world.engine) as connection:
            receipts.keep(connection, reported, now)

    def _apply_some(self) -> int:
        now = self._world.clock.now()
        with writing(self._world.engine) as connection:
            return receipts.apply(connection, now)

    @staticmethod
    def _answer(together: Sequence[Waiting], failure: Exception | None) -> None:
        for _, kept in together:
            if kept.cancelled():
                continue
            if failure:
                kept.set_exception(failure)
            else:
                kept.set_result(None)
