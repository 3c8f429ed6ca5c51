"""Whether a monitor's all-clear is believed: what its source answered when it was asked about the cause.

A resolved alert says that the monitor's expression is no longer true. That is so when the element works again, and
just as well when the monitor has lost sight of it: a target taken out of discovery resolves within seconds.
"""

from datetime import datetime, timedelta
from enum import StrEnum


class Answer(StrEnum):
    """What is known of a cause that was reported gone; stored per cause with its time."""

    NOT_ASKED = "not_asked_yet"
    CONFIRMED_GONE = "confirmed_gone"
    """The source still watches the element and finds it well."""
    STILL_FIRING = "still_firing"
    VANISHED = "vanished"
    """The source does not know the element any more: nobody can say that it works."""
    SOURCE_SILENT = "source_silent"
    VOUCHED = "a_person_vouches"
    """An engineer has said that it is over, whatever the source knows."""


BELIEVED = frozenset({Answer.CONFIRMED_GONE, Answer.VOUCHED})
"""Answers after which a cause that was quiet for long enough counts as gone."""


def waits_for_person(answer: Answer, since_at: datetime, patience: timedelta, now: datetime) -> bool:
    """Whether the source had its time: after `patience` without a believable answer only a person can say."""
    return answer not in BELIEVED and now >= since_at + patience
