"""The permitted rate of each sender: a token bucket, as a carrier that sells segments per second keeps it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tellfirst.simulator.carriers.truth.entries import Channel


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Permits:
    """At most `per_second` segments (whatsapp: messages, voice: calls, email: recipients) of each sender.

    A bucket holds what one second permits. A message longer than that leaves from a full bucket and is paid off
    before the next.
    """

    def __init__(
        self, per_second: Mapping[Channel, float], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """A channel that is not named is not limited."""
        self._per_second = per_second
        self._monotonic = monotonic
        self._buckets: dict[tuple[Channel, str], _Bucket] = {}

    def take(self, channel: Channel, sender: str, segments: int) -> bool:
        """Whether `sender` may send `segments` now; they are spent then."""
        rate = self._per_second.get(channel)
        if rate is None:
            return True
        now, size = self._monotonic(), max(rate, 1.0)
        bucket = self._buckets.setdefault((channel, sender), _Bucket(size, now))
        bucket.tokens = min(bucket.tokens + (now - bucket.at) * rate, size)
        bucket.at = now
        if bucket.tokens < min(segments, size):
            return False
        bucket.tokens -= segments
        return True
