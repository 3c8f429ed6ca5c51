"""Raw load for the simulated carriers: a client that keeps connections busy, a sink for their receipts."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from time import perf_counter
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_TAKEN = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"


class _Busy(asyncio.Protocol):
    """One connection that sends the next request as soon as the last is answered."""

    def __init__(
        self, next_request: Callable[[], bytes | None], statuses: Counter[bytes], over: asyncio.Event
    ) -> None:
        self._next = next_request
        self._statuses = statuses
        self._over = over
        self._seen = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def send(self) -> None:
        request = self._next()
        if request is None:
            self._over.set()
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, end, body = self._seen.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or (length and len(body) < int(length[1])):
            return
        self._seen = b""
        self._statuses[head[9:12]] += 1
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._over.set()


async def load(
    port: int, next_request: Callable[[], bytes | None], connections: int
) -> tuple[float, Counter[bytes]]:
    """Seconds until `next_request` gave None and all answers are there, and how often each status came."""
    statuses: Counter[bytes] = Counter()
    loop = asyncio.get_running_loop()
    busy: list[tuple[_Busy, asyncio.Event]] = []
    for _ in range(connections):
        over = asyncio.Event()
        one = _Busy(next_request, statuses, over)
        await loop.create_connection(lambda one=one: one, "127.0.0.1", port)  # type: ignore[misc]  # mypy types no default of a lambda
        busy.append((one, over))
    began = perf_counter()
    for one, _ in busy:
        one.send()
    for _, over in busy:
        await over.wait()
    seconds = perf_counter() - began
    for one, _ in busy:
        one.transport.close()
    return seconds, statuses


class Sink(asyncio.Protocol):
    """Takes every post and answers 204; counts what came."""

    count = 0
    size = 0

    def __init__(self) -> None:
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, end, body = self._seen.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if end and (length is None or len(body) >= int(length[1])):
            Sink.count += 1
            Sink.size += len(self._seen)
            self._seen = b""
            self._transport.write(_TAKEN)
