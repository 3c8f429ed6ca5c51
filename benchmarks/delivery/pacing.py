"""A sender's permitted rate kept by a bucket of tokens, in one process."""

import asyncio
from collections.abc import Sequence
from time import monotonic

from tellfirst.carriers.port import Outbound

BURST = 0.1
"""Seconds of the rate that may leave at once: less than what a vendor forgives."""


class Bucket:
    """`turn` waits until its messages may go; `rate` in messages a second."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free_at = 0.0

    async def turn(self, messages: Sequence[Outbound]) -> None:
        """Each caller takes the next place in time and waits for it, so that none overtakes."""
        now = monotonic()
        self._free_at = max(self._free_at, now - BURST) + len(messages) / self._rate
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)
