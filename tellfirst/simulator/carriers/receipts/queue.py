"""The queue of receipts: each is posted when due, and again after growing waits while it is not taken."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tellfirst.simulator.carriers.http.client import Client, NoAnswerError
from tellfirst.simulator.carriers.receipts.agenda import Agenda
from tellfirst.simulator.carriers.receipts.webhooks import Webhook, posted

logger = logging.getLogger(__name__)

POSTING_TASK_COUNT = 16
RETRY_AFTER_SECONDS = (0.25, 1.0, 4.0, 16.0)


@dataclass(frozen=True, slots=True)
class Posting:
    """What all accounts share: the connections, the agenda, the waits before each further try."""

    client: Client
    agenda: Agenda
    retry_after_seconds: tuple[float, ...] = RETRY_AFTER_SECONDS


@dataclass(slots=True)
class _Try:
    make: Callable[[], Webhook]
    receipt_count: int
    waits: Iterator[float]
    tried: "asyncio.Future[None] | None" = None


class ReceiptQueue:
    """The receipts of one account, up to 16 posts at a time, so that a receiver that hangs hinders no other.

    Counts receipts, not posts: a post of 500 mail receipts counts 500. Counts start anew at each start.
    """

    def __init__(self, posting: Posting) -> None:
        self._posting = posting
        self._ready: deque[_Try] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False
        self._posted_count = self._failed_count = self._waiting_count = 0

    def post_at(self, due_at: float, make: Callable[[], Webhook]) -> None:
        """Post what `make` makes at `due_at` (unix seconds); it is made only then, so that waiting costs little."""
        self.expect(due_at, 1, lambda: self.post(make))

    def post_before_answer(
        self, make: Callable[[], Webhook], receipt_count: int = 1
    ) -> "asyncio.Future[None]":
        """Post now; the future is done when the first try is over, whatever came of it."""
        self._waiting_count += receipt_count
        tried = asyncio.get_running_loop().create_future()
        self.post(make, receipt_count, tried)
        return tried

    def expect(self, due_at: float, receipt_count: int, then: Callable[[], None]) -> None:
        """Count receipts as waiting and call `then` at `due_at` (unix seconds), which hands them to post."""
        self._waiting_count += receipt_count
        self.then(due_at, then)

    def then(self, due_at: float, then: Callable[[], None]) -> None:
        """Call `then` at `due_at` (unix seconds), unless the queue is closed by that time."""
        self._posting.agenda.at(due_at, lambda: None if self._is_closed else then())

    def post(
        self,
        make: Callable[[], Webhook],
        receipt_count: int = 1,
        tried: "asyncio.Future[None] | None" = None,
    ) -> None:
        """Post now what `expect` has counted."""
        self._take(_Try(make, receipt_count, iter(self._posting.retry_after_seconds), tried))

    def counts(self) -> dict[str, int]:
        return {
            "posted": self._posted_count,
            "failed": self._failed_count,
            "waiting": self._waiting_count,
        }

    def close(self) -> None:
        """End all posting. Receipts still waiting are dropped, as with a carrier that loses its queue."""
        self._is_closed = True
        self._ready.clear()
        for task in self._tasks:
            task.cancel()

    def _take(self, one: _Try) -> None:
        if self._is_closed:
            return
        self._ready.append(one)
        if len(self._tasks) < POSTING_TASK_COUNT:
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        while self._ready:
            one = self._ready.popleft()
            try:
                webhook = one.make()
            except Exception:
                logger.exception("A receipt could not be made.")
                self._settle(one.receipt_count, taken=False)
                continue
            status = await self._status(webhook)
            if one.tried is not None and not one.tried.done():
                one.tried.set_result(None)
            again = status is None or status == 429 or status >= 500
            if again and (wait := next(one.waits, None)) is not None:
                later = _Try(lambda webhook=webhook: webhook, one.receipt_count, one.waits)  # type: ignore[misc]  # mypy types no default of a lambda
                asyncio.get_running_loop().call_later(wait, self._take, later)
            else:
                self._settle(one.receipt_count, taken=status is not None and 200 <= status < 300)

    def _settle(self, receipt_count: int, *, taken: bool) -> None:
        self._waiting_count -= receipt_count
        if taken:
            self._posted_count += receipt_count
        else:
            self._failed_count += receipt_count

    async def _status(self, webhook: Webhook) -> int | None:
        """The HTTP status of the answer; None when none came."""
        try:
            return (await posted(self._posting.client, webhook)).status
        except NoAnswerError:
            return None
