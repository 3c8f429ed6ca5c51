"""Sends HTTP from a process of its own: `python -m benchmarks.web.driver CONFIG.json`.

With a rate, each request is due at its moment and its time counts from then, so an app that falls behind cannot slow
down who asks; without one, every connection asks again as soon as it has its answer.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter, deque
from pathlib import Path
from statistics import quantiles
from typing import Any, cast

import uvloop

STEP = 0.005
"""Seconds between two looks at what is due."""
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_ETAG = re.compile(rb"\r\netag: *([^\r]+)", re.IGNORECASE)


class Driver:
    """What is due, what was answered, and how long that took."""

    def __init__(self, requests: list[bytes], rate: float) -> None:
        self.requests = requests
        self.rate = rate
        self.seconds: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.etags: Counter[str] = Counter()
        self.size = 0
        self.over = asyncio.Event()
        self._sent = 0
        self._free: deque[_Line] = deque()
        self._due: deque[tuple[bytes, float]] = deque()

    def next(self) -> bytes | None:
        """Without a rate: what is asked next."""
        if self._sent == len(self.requests):
            return None
        self._sent += 1
        return self.requests[self._sent - 1]

    def take(self, line: "_Line") -> None:
        """A connection is free."""
        if self._due:
            line.send(*self._due.popleft())
        elif not self.rate and (request := self.next()):
            line.send(request, time.perf_counter())
        else:
            self._free.append(line)

    def answered(self, status: bytes, etag: bytes, size: int, due: float) -> None:
        self.seconds.append(time.perf_counter() - due)
        self.statuses[status.decode()] += 1
        self.etags[etag.decode("latin-1")] += 1
        self.size = size
        if len(self.seconds) == len(self.requests):
            self.over.set()

    async def offer(self) -> None:
        """With a rate: each at its moment, on a connection that is free or as soon as one is."""
        start = time.perf_counter()
        while self._sent < len(self.requests):
            until = min(int((time.perf_counter() - start) * self.rate) + 1, len(self.requests))
            for number in range(self._sent, until):
                due = (self.requests[number], start + number / self.rate)
                if self._free:
                    self._free.popleft().send(*due)
                else:
                    self._due.append(due)
            self._sent = max(self._sent, until)
            await asyncio.sleep(STEP)


class _Line(asyncio.Protocol):
    """One connection, one request at a time; answers say how long they are."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._seen = b""
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes, due: float) -> None:
        self._due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, end, body = self._seen.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or (length and len(body) < int(length[1])):
            return
        self._seen = b""
        etag = _ETAG.search(head)
        self._driver.answered(head[9:12], etag[1] if etag else b"", len(body), self._due)
        self._driver.take(self)


async def main(config: dict[str, Any]) -> None:
    requests = [one.encode("latin-1") for one in config["requests"]] * config.get("repeat", 1)
    driver = Driver(requests, config.get("rate", 0.0))
    loop = asyncio.get_running_loop()
    lines = [
        (await loop.create_connection(lambda: _Line(driver), "127.0.0.1", config["port"]))[1]
        for _ in range(config["connections"])
    ]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    began = time.perf_counter()
    for line in lines:
        driver.take(line)
    if driver.rate:
        await driver.offer()
    await asyncio.wait_for(driver.over.wait(), config.get("patience", 300.0))
    spent = time.perf_counter() - began
    parts = quantiles(driver.seconds, n=100, method="inclusive")
    told = {
        "answered": len(driver.seconds),
        "seconds": spent,
        "p50_ms": parts[49] * 1_000,
        "p99_ms": parts[98] * 1_000,
        "max_ms": max(driver.seconds) * 1_000,
        "statuses": dict(driver.statuses),
        "etags": dict(driver.etags),
        "bytes": driver.size,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
