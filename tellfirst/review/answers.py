"""What the survey said, who was asked, and who was left alone for which reason."""

from collections.abc import Mapping
from dataclasses import dataclass

from tellfirst.domain.delivery import HANDED_OVER, DeliveryReason, DeliveryState
from tellfirst.domain.occasion import Occasion
from tellfirst.domain.survey import SurveyKind
from tellfirst.review.frames import Frames
from tellfirst.review.interval import Interval, NetPromoters
from tellfirst.review.scored import scored
from tellfirst.review.telling import by_reason, share


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
    kind: SurveyKind = SurveyKind.CSAT
    low_count: int = 0
    """Scores that count as low, whoever is called back."""
    promoters: NetPromoters | None = None
    """Only of a survey that asks for 0 to 10."""

    @property
    def best(self) -> int:
        """The best score of the scale."""
        return self.kind.scores[-1]


def answers(frames: Frames) -> Answers:
    """Of all surveys and responses of the incident; of two kinds of survey, those of the one most answered."""
    asked = frames.deliveries[frames.deliveries["occasion"] == Occasion.SURVEY]
    # Whoever was asked before it was opened again was asked, and was not left alone.
    withheld = asked["state"].isin((DeliveryState.CANCELLED, DeliveryState.FAILED))
    withheld &= asked["reason"] != DeliveryReason.ALREADY_ASKED
    invited = int(asked["state"].isin(HANDED_OVER).sum())
    given = frames.responses
    kind = SurveyKind(given["kind"].mode().iloc[0]) if len(given) else SurveyKind.CSAT
    scores = [int(score) for score in given.loc[given["kind"] == kind, "score"]]
    found = scored(scores, kind)
    return Answers(
        invited_count=invited,
        answered_count=len(scores),
        response_rate=share(len(scores), invited),
        mean=found.mean,
        mean_interval=found.mean_interval,
        satisfied_share=found.satisfied_share,
        satisfied_interval=found.satisfied_interval,
        distribution={score: scores.count(score) for score in kind.scores},
        withheld=by_reason(asked.loc[withheld, "reason"]),
        kind=kind,
        low_count=found.low_count,
        promoters=found.promoters,
    )
