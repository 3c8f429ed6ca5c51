"""Who may be asked, and how an answer is read."""

import re
from dataclasses import dataclass

SCORES = range(1, 6)
_SCORE = re.compile(r"^\s*([1-5])(?!\w)\s*(?:[.,:;!-]\s*)?(.*)$", re.DOTALL)
_LOCAL_DIGITS = str.maketrans("౦౧౨౩౪౫౬౭౮౯٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 3)
COMMENT_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class Score:
    """1 (very bad) to 5 (very good), with what the customer added."""

    value: int
    comment: str


def read_score(text: str) -> Score | None:
    """The score in a customer's reply, or None when it is not an answer to the survey.

    Only a digit 1-5 that stands first and alone counts ('4', '5 thank you', '౪'), so that '12 hours without
    calls', '4G is down' or a house number like '4B' is never taken for one.
    """
    found = _SCORE.match(text.translate(_LOCAL_DIGITS))
    if not found or found[2][:1].isdigit():
        return None
    return Score(int(found[1]), found[2].strip()[:COMMENT_LENGTH])
