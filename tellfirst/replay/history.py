"""What a company left on record of one outage: when it began, what it said when, and when it was over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from tellfirst.domain.facts import Action, Cause, ServiceKind

TOO_LONG = timedelta(days=60)
"""Beyond this a record is an announcement that was left standing, not an outage."""


class Grade(StrEnum):
    """How grave the company itself called it; each grade has a playbook of the same name for the replay."""

    MAJOR = "major"
    MINOR = "minor"
    NOTICE = "notice"


class Oddity(StrEnum):
    """Why a record is not played. Counted and shown, never dropped in silence."""

    UNREADABLE = "unreadable_record"
    NO_ONSET = "no_onset"
    NO_WORDS = "no_words"
    NO_END = "no_end"
    END_BEFORE_BEGIN = "end_not_after_begin"
    OUT_OF_ORDER = "updates_out_of_order"
    WRITTEN_AFTERWARDS = "written_afterwards"
    WORD_BEFORE_ONSET = "word_before_onset"
    PLANNED = "announced_work"
    SAME_ID = "second_record_of_the_same_id"
    TOO_LONG = "longer_than_sixty_days"


class OddRecord(Exception):
    """A record that cannot be played, for one named reason."""

    def __init__(self, oddity: Oddity) -> None:
        super().__init__(str(oddity))
        self.oddity = oddity


@dataclass(frozen=True, slots=True)
class Word:
    """One thing the company said, at `at`. `next_by` is when it promised to speak again, `estimate_at` to be done.

    An estimate may have passed already when it was said: companies do that, and it counts against them.
    """

    at: datetime
    status: str
    text: str = ""
    next_by: datetime | None = None
    estimate_at: datetime | None = None
    cause: Cause | None = None
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class History:
    """`words` are those said while it went on, oldest first; `resolved_at` is when the company said it was over.

    `onset_known` is False where nobody wrote down when it began and the first public word stands for it.
    """

    id: str
    source: str
    title: str
    grade: Grade
    onset: datetime
    onset_known: bool
    words: tuple[Word, ...]
    resolved_at: datetime
    service: ServiceKind = ServiceKind.ONLINE

    @property
    def first_public(self) -> datetime:
        """When customers first heard: for some only that it was over."""
        return self.words[0].at if self.words else self.resolved_at


def history(
    id: str,
    source: str,
    title: str,
    grade: Grade,
    onset: datetime | None,
    words: tuple[Word, ...],
    resolved_at: datetime | None,
    *,
    service: ServiceKind = ServiceKind.ONLINE,
) -> History:
    """A history that can be played; without an `onset` of its own it begins with its first word.

    Raises OddRecord with the reason.
    """
    if resolved_at is None:
        raise OddRecord(Oddity.NO_END)
    if not words and onset is None:
        raise OddRecord(Oddity.NO_ONSET)
    if any(later.at < earlier.at for earlier, later in pairwise(words)):
        raise OddRecord(Oddity.OUT_OF_ORDER)
    begins = onset or words[0].at
    if words and words[0].at < begins:
        raise OddRecord(Oddity.WORD_BEFORE_ONSET)
    if resolved_at <= begins:
        raise OddRecord(Oddity.END_BEFORE_BEGIN)
    if resolved_at - begins > TOO_LONG:
        raise OddRecord(Oddity.TOO_LONG)
    live = tuple(word for word in words if word.at < resolved_at)
    return History(id, source, title, grade, begins, onset is not None, live, resolved_at, service)
