"""95 % intervals against published figures."""

import pytest

from tellfirst.review.interval import of_mean, of_share


def test_the_interval_of_a_mean_is_students_for_a_small_sample() -> None:
    # Mean 3, deviation 1.5811, t(4) 2.776.
    interval = of_mean([1, 2, 3, 4, 5], -100, 100)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((1.0371, 4.9629), abs=1e-4)


def test_the_interval_of_a_mean_is_cut_to_the_scale() -> None:
    interval = of_mean([1, 5], 1, 5)
    assert interval is not None
    assert (interval.low, interval.high) == (1, 5)


@pytest.mark.parametrize("scores", [[], [4], [5, 5, 5]])
def test_a_sample_that_says_nothing_about_its_spread_has_no_interval(scores: list[int]) -> None:
    assert of_mean(scores, 1, 5) is None


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 12.706), (30, 2.0423), (31, 2.0395), (60, 2.0003), (120, 1.9799)]
)
def test_quantiles_agree_with_the_tables_on_both_sides_of_thirty(freedom: int, quantile: float) -> None:
    half = (freedom + 1) // 2
    scores = [0] * half + [1] * (freedom + 1 - half)
    interval = of_mean(scores, -100, 100)
    assert interval is not None
    n = len(scores)
    share = sum(scores) / n
    error = (share * (1 - share) / (n - 1)) ** 0.5
    assert (interval.high - share) / error == pytest.approx(quantile, abs=1e-3)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(3, 4, 0.3006, 0.9544), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_of_a_share_is_wilsons(part: int, whole: int, low: float, high: float) -> None:
    interval = of_share(part, whole)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-4)


def test_a_share_of_nothing_has_no_interval() -> None:
    assert of_share(0, 0) is None
