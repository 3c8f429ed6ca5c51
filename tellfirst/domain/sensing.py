"""When many similar reports within minutes are a signal: more than chance would bring from so many customers."""

from dataclasses import dataclass
from datetime import timedelta
from math import exp

from tellfirst.domain.impact import Impact

DAY = timedelta(days=1)
MOST = 100_000
"""Above any number of reports that the arithmetic is made for."""


@dataclass(frozen=True, slots=True)
class Sensing:
    """`usual_a_day` is how many of 1,000 customers report a fault on a day on which nothing is wrong.

    `chance` is how often, per look, we accept to be wrong: the base rate alone would bring so many with it.
    """

    window: timedelta
    least: int
    usual_a_day: float
    chance: float
    playbook: str
    impact: Impact

    def threshold(self, customer_count: int) -> int:
        """How many customers of so many must report within the window, `least` at least.

        Source: reports of single faults are independent of each other, so their number in a window is Poisson's;
        the threshold is the smallest number that it reaches with no more than `chance`.
        """
        expected = self.usual_a_day / 1_000 * customer_count * (self.window / DAY)
        return max(self.least, _rarely_reached(expected, self.chance))


def _rarely_reached(expected: float, chance: float) -> int:
    """The smallest k with P(N >= k) <= chance for a Poisson N of this mean."""
    if expected > 500:
        # exp(-expected) would vanish; so far out the normal curve is Poisson's to within one, and 6 sigma is rarer
        # than any chance that may be configured.
        return int(expected + 6 * expected**0.5) + 1
    term, below, k = exp(-expected), 0.0, 0
    while 1 - below > chance and k < MOST:
        below += term
        k += 1
        term *= expected / k
    return k
