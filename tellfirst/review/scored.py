"""What scores say, with how far that may be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from tellfirst.domain.survey import SurveyKind
from tellfirst.review.interval import Interval, NetPromoters, net_promoters, of_mean, of_share


@dataclass(frozen=True, slots=True)
class Scored:
    """What scores of one kind say, with how far that may be trusted."""

    mean: float | None
    mean_interval: Interval | None
    satisfied_share: float | None
    satisfied_interval: Interval | None
    low_count: int
    promoters: NetPromoters | None


def scored(scores: Sequence[int], kind: SurveyKind) -> Scored:
    """Of these answers; everything is None without any. 95 % intervals: Student's t, Wilson, the NPS's own error."""
    scale = kind.scores
    satisfied = sum(score >= kind.satisfied_from for score in scores)
    low = sum(score <= kind.low_up_to for score in scores)
    promoters = net_promoters(satisfied, low, len(scores)) if kind is SurveyKind.NPS else None
    return Scored(
        mean=round(fmean(scores), 2) if scores else None,
        mean_interval=_rounded(of_mean(scores, scale[0], scale[-1]), 2),
        satisfied_share=round(satisfied / len(scores), 4) if scores else None,
        satisfied_interval=_rounded(of_share(satisfied, len(scores)), 4),
        low_count=low,
        promoters=promoters,
    )


def _rounded(interval: Interval | None, digits: int) -> Interval | None:
    return Interval(round(interval.low, digits), round(interval.high, digits)) if interval else None
