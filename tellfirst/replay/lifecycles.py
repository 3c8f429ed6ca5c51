"""Lifecycles by chance: everything that may come between an onset and a closed incident, from a seed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random

FIRST_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class What(StrEnum):
    """What happens to an incident from outside."""

    NOTE = "operators_say_something"
    ESTIMATE = "operators_give_an_estimate"
    SHORT_ESTIMATE = "operators_give_an_estimate_that_is_nearly_over"
    CORRECTION = "operators_correct_themselves"
    FLAP = "monitor_resolves_and_fires_again"
    REOPENED = "operators_say_it_is_over_and_the_monitor_fires_again"
    HOLD = "a_person_holds_the_sending"
    CANCEL = "a_person_stops_the_sending"
    AWAY = "a_carrier_takes_nothing"
    LATE_RECEIPTS = "receipts_are_held_back"


LASTS = {What.FLAP, What.REOPENED, What.HOLD, What.CANCEL, What.AWAY, What.LATE_RECEIPTS}


@dataclass(frozen=True, slots=True)
class Happening:
    """`after` the onset; `lasts` for what ends again, `span` to the time that an estimate gives."""

    after: timedelta
    what: What
    lasts: timedelta = timedelta(0)
    span: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """One life; the same number of the same seed is always the same one."""

    seed: int
    number: int
    onset: datetime
    happenings: tuple[Happening, ...]
    restored_after: timedelta

    @property
    def name(self) -> str:
        return f"{self.seed}/{self.number}"


def draw(seed: int, number: int) -> Lifecycle:
    """From a few minutes to two days, with up to a dozen happenings; most are short and have few, as in reality."""
    chance = Random(f"{seed}/{number}")  # noqa: S311 - a life, not a secret
    onset = FIRST_YEAR + timedelta(seconds=chance.randrange(365 * 24 * 3600))
    length = MINUTE * min(2 * 24 * 60, max(3, round(chance.lognormvariate(4.4, 1.1))))
    count = min(12, int(chance.expovariate(1 / 3)))
    happenings = sorted((_happening(chance, length) for _ in range(count)), key=lambda one: one.after)
    return Lifecycle(seed, number, onset, tuple(happenings), length)


def _happening(chance: Random, length: timedelta) -> Happening:
    what = chance.choice(list(What))
    after = timedelta(seconds=chance.randrange(max(1, int(length.total_seconds()))))
    lasts = span = timedelta(0)
    if what in (What.FLAP, What.REOPENED):
        # Shorter than verification takes: else it was over, and what fires then is another incident.
        lasts = timedelta(seconds=chance.randrange(10, 570))
    elif what in LASTS:
        lasts = MINUTE * chance.randrange(1, 90)
    elif what is What.ESTIMATE:
        span = MINUTE * chance.randrange(11, 300)
    elif what is What.SHORT_ESTIMATE:
        span = timedelta(seconds=chance.randrange(30, 11 * 60))
    return Happening(after, what, lasts, span)
