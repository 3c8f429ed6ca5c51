"""How often somebody may do something: a rule over times, which nobody can wait out by asking more.

The generic cell rate algorithm (ITU-T I.371, annex A): of each who asks one time is kept, that at which their
allowance would be whole again.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """`burst` at once, after that `per_second`."""

    burst: int
    per_second: float

    @property
    def depth(self) -> float:
        """Seconds after which a used-up allowance is whole again."""
        return self.burst / self.per_second


@dataclass(frozen=True, slots=True)
class Asked:
    """`wait` is 0 when it is allowed, else the seconds until it would be; `whole_at` is to be kept."""

    wait: float
    whole_at: float


def ask(allowance: Allowance, whole_at: float, now: float) -> Asked:
    """One more, now. Times are seconds of a clock that never runs back; what is refused costs nothing."""
    after = max(whole_at, now) + 1 / allowance.per_second
    wait = after - now - allowance.depth
    # Sums of fractions: the last of a burst must not fail for the fifteenth digit.
    return Asked(0.0, after) if wait <= 1e-9 else Asked(wait, whole_at)
