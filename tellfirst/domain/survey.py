"""Who may be asked and how often, how an answer is read, and which answer is followed by a call."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

COMMENT_LENGTH = 1_000


class SurveyKind(StrEnum):
    """Which question is asked."""

    CSAT = "csat"
    """How well we kept them informed, 1 (very poor) to 5 (very good)."""
    NPS = "nps"
    """How likely they are to recommend us, 0 to 10 (Reichheld, Harvard Business Review, December 2003)."""

    @property
    def scores(self) -> range:
        """Every score that may be given, the worst first."""
        return range(11) if self is SurveyKind.NPS else range(1, 6)

    @property
    def low_up_to(self) -> int:
        """The best score that still counts as low: an NPS of 6 is a detractor's."""
        return 6 if self is SurveyKind.NPS else 2

    @property
    def satisfied_from(self) -> int:
        """The worst score that counts as satisfied; of an NPS, as a promoter's."""
        return 9 if self is SurveyKind.NPS else 4


@dataclass(frozen=True, slots=True)
class Asking:
    """The rules of a playbook's survey beside when and for how long. Spans are positive."""

    kind: SurveyKind = SurveyKind.CSAT
    at_most: int = 2
    """So many surveys a customer gets in any `per`, over all incidents."""
    per: timedelta = timedelta(days=30)
    call_back_up_to: int | None = None
    """The best score that is followed by a call; None: the best of the low ones."""
    call_back_within: timedelta = field(default=timedelta(hours=24))

    def calls_back(self, score: int) -> bool:
        """Whether a person calls whoever gave this score."""
        limit = self.kind.low_up_to if self.call_back_up_to is None else self.call_back_up_to
        return score <= limit


@dataclass(frozen=True, slots=True)
class Score:
    """A score of some kind of survey, with what the customer added."""

    value: int
    comment: str


SCORES = SurveyKind.CSAT.scores
_SCORE = {
    kind: re.compile(
        rf"^\s*({'|'.join(str(score) for score in reversed(kind.scores))})(?!\w)\s*(?:[.,:;!-]\s*)?(.*)$",
        re.DOTALL,
    )
    for kind in SurveyKind
}
_LOCAL_DIGITS = str.maketrans("౦౧౨౩౪౫౬౭౮౯٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 3)


def read_score(text: str, kind: SurveyKind = SurveyKind.CSAT) -> Score | None:
    """The score in a customer's reply, or None when it is not an answer to the survey.

    Only a score that stands first and alone counts ('4', '5 thank you', '౪'), so that '12 hours without
    calls', '4G is down' or a house number like '4B' is never taken for one.
    """
    found = _SCORE[kind].match(text.translate(_LOCAL_DIGITS))
    if not found or found[2][:1].isdigit():
        return None
    return Score(int(found[1]), found[2].strip()[:COMMENT_LENGTH])
