"""What the survey said, who was asked, and who was left alone for which reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from tellfirst.domain.delivery import HANDED_OVER, DeliveryState
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.survey import SCORES
from tellfirst.review.frames import Frames
from tellfirst.review.interval import Interval, of_mean, of_share
from tellfirst.review.telling import by_reason, share

SATISFIED = 4
"""Scores from here count as satisfied (the usual CSAT on five points)."""


@dataclass(frozen=True, slots=True)
class Answers:
    """`invited_count` surveys reached a carrier. Mean and shares are None without answers."""

    invited_count: int
    answered_count: int
    response_rate: float | None
    mean: float | None
    mean_interval: Interval | None
    """95 %, Student's t."""
    satisfied_share: float | None
    satisfied_interval: Interval | None
    """95 %, Wilson."""
    distribution: Mapping[int, int]
    withheld: Mapping[str, int]
    """Customers who were not asked, by reason."""


def answers(frames: Frames) -> Answers:
    """Of all surveys and responses of the incident."""
    asked = frames.deliveries[frames.deliveries["occasion"] == Occasion.SURVEY]
    withheld = asked["state"].isin((DeliveryState.CANCELLED, DeliveryState.FAILED))
    invited = int(asked["state"].isin(HANDED_OVER).sum())
    scores = [int(score) for score in frames.responses["score"]]
    satisfied = sum(score >= SATISFIED for score in scores)
    return Answers(
        invited_count=invited,
        answered_count=len(scores),
        response_rate=share(len(scores), invited),
        mean=round(fmean(scores), 2) if scores else None,
        mean_interval=_rounded(of_mean(scores, SCORES.start, SCORES.stop - 1), 2),
        satisfied_share=share(satisfied, len(scores)),
        satisfied_interval=_rounded(of_share(satisfied, len(scores)), 4),
        distribution={score: scores.count(score) for score in SCORES},
        withheld=by_reason(asked.loc[withheld, "reason"]),
    )


def _rounded(interval: Interval | None, digits: int) -> Interval | None:
    return Interval(round(interval.low, digits), round(interval.high, digits)) if interval else None
