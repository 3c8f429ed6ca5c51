"""A carrier that lies on purpose, to show that whoever compares ledger and truth notices."""

from collections import Counter
from enum import StrEnum


class Lie(StrEnum):
    ACCEPTS_TWICE = "accepts_twice"
    """One request, two messages to the customer; the answer names the first."""
    FORGETS = "forgets"
    """Accepted and answered, but no look-up knows of it."""
    RECEIPTS_FOR_NOTHING = "receipts_for_nothing"
    """500 and nothing accepted, but signed receipts of a delivery."""
    ANSWERS_WITHOUT_ACCEPTING = "answers_without_accepting"
    """The answer of an accepted request; nothing accepted, no receipts."""


class Lies:
    """Lies about every `every`-th request that would have been accepted, in one way."""

    def __init__(self, lie: Lie | None = None, every: int = 1) -> None:
        self._lie = lie
        self._every = every
        self._request_count = 0
        self._forgotten: set[int] = set()
        self.told: Counter[Lie] = Counter()

    def next(self, row: int) -> Lie | None:
        """How to lie about the next request, which would take `row`."""
        if self._lie is None:
            return None
        self._request_count += 1
        if self._request_count % self._every:
            return None
        self.told[self._lie] += 1
        if self._lie is Lie.FORGETS:
            self._forgotten.add(row)
        return self._lie

    def is_denied(self, row: int) -> bool:
        """Whether look-ups deny the entry that begins at `row`."""
        return row in self._forgotten
