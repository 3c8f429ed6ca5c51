"""When many reports are a signal: more than chance brings, at least as many as are needed to believe anybody."""

from datetime import timedelta
from math import exp

import pytest

from tellfirst.domain.impact import Impact
from tellfirst.domain.sensing import Sensing

RULES = Sensing(timedelta(minutes=10), 3, 0.5, 1e-5, "reported_by_customers", Impact.DOWN)


def _tail(mean: float, k: int) -> float:
    term, below = exp(-mean), 0.0
    for number in range(k):
        below += term
        term *= mean / (number + 1)
    return 1 - below


def test_few_customers_need_the_least_number() -> None:
    assert RULES.threshold(0) == RULES.threshold(500) == 3


@pytest.mark.parametrize("count", [50_000, 200_000, 5_000_000])
def test_the_threshold_is_the_smallest_number_that_chance_reaches_rarely_enough(count: int) -> None:
    mean = 0.5 / 1_000 * count * (10 / 1_440)
    k = RULES.threshold(count)
    assert _tail(mean, k) <= 1e-5
    assert k == 3 or _tail(mean, k - 1) > 1e-5


def test_it_rises_with_customers_and_with_the_base_rate() -> None:
    counts = [RULES.threshold(one) for one in (1_000, 100_000, 1_000_000, 10_000_000, 500_000_000)]
    assert counts == sorted(counts)
    assert counts[-1] > 500_000_000 * 0.5 / 1_000 / 144
    often = Sensing(RULES.window, 3, 50, 1e-5, "", Impact.DOWN)
    assert often.threshold(100_000) > RULES.threshold(100_000)
