"""How far a figure from few answers may be trusted: 95 % intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, stdev

_Z = NormalDist().inv_cdf(0.975)
_T_975 = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)
"""97.5 % points of Student's t for 1 to 30 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def of_mean(scores: Sequence[int], lowest: int, highest: int) -> Interval | None:
    """Student's t interval of the mean, cut to the scale.

    None below two answers, and when all agree: such a sample says nothing about how far others would differ.
    """
    if len(scores) < 2 or (spread := stdev(scores)) == 0:
        return None
    half = _t(len(scores) - 1) * spread / sqrt(len(scores))
    mean = fmean(scores)
    return Interval(max(mean - half, lowest), min(mean + half, highest))


def of_share(part: int, whole: int) -> Interval | None:
    """Wilson's score interval of `part` in `whole`: holds for small counts and near 0 and 1 too."""
    if whole == 0:
        return None
    share, weight = part / whole, _Z**2 / whole
    middle = (share + weight / 2) / (1 + weight)
    half = _Z * sqrt(share * (1 - share) / whole + weight / (4 * whole)) / (1 + weight)
    return Interval(max(middle - half, 0.0), min(middle + half, 1.0))


@dataclass(frozen=True, slots=True)
class NetPromoters:
    """`score` is the share of promoters less that of detractors, -100 to 100; `error` its standard error.

    The error is the sample's: with p promoters and d detractors, sqrt((p + d - (p - d)^2) / n) in hundredths, as for
    the mean of a variable that is 1, 0 or -1. None below two answers; the interval holds from about 30 on.
    """

    score: float
    error: float | None
    interval: Interval | None


def net_promoters(promoters: int, detractors: int, whole: int) -> NetPromoters | None:
    """Of `whole` answers; None without any."""
    if whole == 0:
        return None
    net = (promoters - detractors) / whole
    if whole < 2:
        return NetPromoters(100 * net, None, None)
    error = 100 * sqrt(max((promoters + detractors) / whole - net**2, 0.0) / whole)
    half = _Z * error
    interval = Interval(max(100 * net - half, -100.0), min(100 * net + half, 100.0)) if error else None
    return NetPromoters(100 * net, error, interval)


def _t(freedom: int) -> float:
    if freedom <= len(_T_975):
        return _T_975[freedom - 1]
    # Cornish-Fisher expansion (Abramowitz and Stegun 26.7.5): right to 0.001 from here on.
    first = (_Z**3 + _Z) / 4
    second = (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96
    return _Z + first / freedom + second / freedom**2
