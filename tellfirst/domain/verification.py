"""When restored service counts as verified."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Sampling:
    """Ask up to `size` of those who wait whether theirs is still out; silence for `wait` counts as service."""

    size: int
    wait: timedelta
