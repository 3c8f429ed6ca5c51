"""When each receipt is due: drawn from seed and row alone, so a restart finds the same times again."""

import struct
from hashlib import blake2b

MAX_RECEIPT_COUNT = 2


class Pace:
    """Waits between the receipts of one row, each within the configured span."""

    def __init__(self, seed: int, delay_seconds: tuple[float, float]) -> None:
        """`delay_seconds` are the shortest and the longest wait from one receipt to the next."""
        self._seed = seed
        self._shortest, self._longest = delay_seconds

    def due(self, row: int, accepted_at: float) -> tuple[float, float]:
        """The times (unix seconds) of the first and the second receipt of `row`."""
        digest = blake2b(f"{self._seed}:{row}".encode(), digest_size=4 * MAX_RECEIPT_COUNT).digest()
        first, second = (self._wait(draw) for draw in struct.unpack(f">{MAX_RECEIPT_COUNT}I", digest))
        return accepted_at + first, accepted_at + first + second

    def _wait(self, draw: int) -> float:
        return self._shortest + (self._longest - self._shortest) * draw / 0xFFFFFFFF
