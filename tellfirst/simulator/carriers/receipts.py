"""The queue of receipts: each is posted when due, and again after growing waits while it is not taken."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from aiohttp import ClientError, ClientSession

from tellfirst.simulator.carriers.webhooks import Webhook, posted

POSTING_TASK_COUNT = 16
RETRY_AFTER_SECONDS = (0.25, 1.0, 4.0, 16.0)


class ReceiptQueue:
    """Counts receipts, not posts: a post of 500 mail receipts counts 500. Counts start anew at each start."""

    def __init__(self, retry_after_seconds: tuple[float, ...] = RETRY_AFTER_SECONDS) -> None:
        """`retry_after_seconds` are the waits before each further try; after the last, it has failed."""
        self._retry_after_seconds = retry_after_seconds
        self._ready: asyncio.Queue[tuple[Webhook, Iterator[float]]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._posted_count = self._failed_count = self._waiting_count = 0

    def start(self, session: ClientSession) -> None:
        """Begin to post over `session`; must be called in the running loop."""
        self._tasks = [asyncio.create_task(self._work(session)) for _ in range(POSTING_TASK_COUNT)]

    async def stop(self) -> None:
        """End all posting. Receipts still waiting are dropped, as with a carrier that loses its queue."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    def post_at(self, due_at: float, webhook: Webhook) -> None:
        """Post `webhook` at `due_at` (unix seconds)."""
        self.expect(due_at, webhook.receipt_count, lambda: self.post(webhook))

    def expect(self, due_at: float, receipt_count: int, then: Callable[[], None]) -> None:
        """Count receipts as waiting and call `then` at `due_at` (unix seconds), which hands them to post."""
        self._waiting_count += receipt_count
        asyncio.get_running_loop().call_later(due_at - time.time(), then)

    def post(self, webhook: Webhook) -> None:
        """Post now what `expect` has counted."""
        self._ready.put_nowait((webhook, iter(self._retry_after_seconds)))

    def counts(self) -> dict[str, int]:
        return {
            "posted": self._posted_count,
            "failed": self._failed_count,
            "waiting": self._waiting_count,
        }

    async def _work(self, session: ClientSession) -> None:
        while True:
            webhook, waits = await self._ready.get()
            status = await _status(session, webhook)
            again = status is None or status == 429 or status >= 500
            if again and (wait := next(waits, None)) is not None:
                asyncio.get_running_loop().call_later(wait, self._ready.put_nowait, (webhook, waits))
            else:
                self._settle(webhook, taken=status is not None and 200 <= status < 300)

    def _settle(self, webhook: Webhook, *, taken: bool) -> None:
        self._waiting_count -= webhook.receipt_count
        if taken:
            self._posted_count += webhook.receipt_count
        else:
            self._failed_count += webhook.receipt_count


async def _status(session: ClientSession, webhook: Webhook) -> int | None:
    """The HTTP status of the answer; None when none came."""
    try:
        async with posted(session, webhook) as answer:
            return answer.status
    except (ClientError, TimeoutError):
        return None
