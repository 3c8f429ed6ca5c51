"""When each receipt is due: drawn from seed and row alone, so a restart finds the same times again."""

import struct
from hashlib import blake2b
from itertools import accumulate


class Pace:
    """Waits between the receipts of one row, each within the configured span."""

    def __init__(self, seed: int, delay_seconds: tuple[float, float]) -> None:
        """`delay_seconds` are the shortest and the longest wait from one receipt to the next."""
        self._seed = seed
        self._shortest, self._longest = delay_seconds

    def due(self, row: int, accepted_at: float, count: int = 2) -> list[float]:
        """The times (unix seconds) of the first `count` receipts of `row`."""
        digest = blake2b(f"{self._seed}:{row}".encode(), digest_size=4 * count).digest()
        waits = (self._wait(draw) for draw in struct.unpack(f">{count}I", digest))
        return list(accumulate(waits, initial=accepted_at))[1:]

    def _wait(self, draw: int) -> float:
        return self._shortest + (self._longest - self._shortest) * draw / 0xFFFFFFFF
