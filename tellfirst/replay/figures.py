"""The figures of a whole replay, company beside us, and the targets ours are held against."""

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Any

from tellfirst.replay.conduct import NEVER_SILENT_FOR, WITHIN, Compared, Conduct
from tellfirst.replay.history import Grade

HOLDS = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure. `target` is what ours is held against, like `>= 99.5`; None where nothing was promised.

    A side is None where it has nothing to measure.
    """

    name: str
    unit: str
    company: float | None
    ours: float | None
    target: str | None = None

    @property
    def met(self) -> bool | None:
        """Ours compared with the target and nothing else; None without a target, or with nothing to compare."""
        if self.target is None or self.ours is None:
            return None
        sign, limit = self.target.split()
        return bool(HOLDS[sign](self.ours, float(limit)))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "company": self.company,
            "value": self.ours,
            "target": self.target,
            "met": self.met,
        }


Measure = Callable[[Sequence[Conduct]], float | None]
"""What is measured of one side: of all that a company, or we, did."""


class Which(StrEnum):
    """Whose histories a measure is taken of."""

    ALL = "all"
    ONSET_KNOWN = "onset known"
    MAJOR = "major"


@dataclass(frozen=True, slots=True)
class Measured:
    """A line of the table. `beside`: the company is measured too."""

    name: str
    unit: str
    measure: Measure
    target: str | None = None
    of: Which = Which.ALL
    beside: bool = True

    def figure(self, compared: Sequence[Compared]) -> Figure:
        chosen = [one for one in compared if _counts(self.of, one)]
        company = self.measure([one.company for one in chosen]) if self.beside else None
        return Figure(self.name, self.unit, company, self.measure([one.ours for one in chosen]), self.target)


def figures(compared: Sequence[Compared]) -> list[Figure]:
    """Of these histories; the targets are the same for any choice of them."""
    return [line.figure(compared) for line in TABLE]


def _counts(which: Which, one: Compared) -> bool:
    if which is Which.ONSET_KNOWN:
        return one.onset_known
    return which is Which.ALL or one.grade is Grade.MAJOR


def _total(field: Callable[[Conduct], float]) -> Measure:
    return lambda conducts: sum(field(one) for one in conducts)


def _each(field: Callable[[Conduct], float]) -> Measure:
    """A mean of an incident."""
    return lambda conducts: _share(sum(field(one) for one in conducts), len(conducts))


def _firsts(conducts: Iterable[Conduct]) -> list[float]:
    return sorted(one.first_word for one in conducts if one.first_word is not None)


def _median_first(conducts: Sequence[Conduct]) -> float | None:
    found = _firsts(conducts)
    return median(found) if found else None


def _late_first(conducts: Sequence[Conduct]) -> float | None:
    found = _firsts(conducts)
    return found[min(len(found) - 1, int(0.9 * len(found)))] if found else None


def _median_silence(conducts: Sequence[Conduct]) -> float | None:
    return median(one.longest_silence for one in conducts) if conducts else None


def _longest(conducts: Sequence[Conduct]) -> float | None:
    return max((one.longest_silence for one in conducts), default=None)


def _with_time(conducts: Sequence[Conduct]) -> float | None:
    return _percent(sum(one.words_with_time for one in conducts), sum(one.live_words for one in conducts))


def _kept(minutes: int) -> Callable[[Sequence[Conduct]], float | None]:
    def measure(conducts: Sequence[Conduct]) -> float | None:
        kept = sum(one.kept_within(minutes) for one in conducts)
        return _percent(kept, sum(one.promises for one in conducts))

    return measure


def _every_kept(conducts: Sequence[Conduct]) -> float | None:
    """Of the incidents in which anything was promised."""
    promising = [one for one in conducts if one.promises]
    return _percent(sum(one.every_promise_kept for one in promising), len(promising))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None


TABLE = (
    Measured("first word after the onset, median", "min", _median_first, of=Which.ONSET_KNOWN),
    Measured("first word after the onset, 90 of 100", "min", _late_first, of=Which.ONSET_KNOWN),
    Measured("longest silence, median incident", "min", _median_silence),
    Measured("longest silence of all", "min", _longest),
    Measured(
        *("longest silence, major incidents", "min", _longest),
        target=f"<= {NEVER_SILENT_FOR.total_seconds() / 60:g}",
        of=Which.MAJOR,
    ),
    Measured("silences longer than promised", "", _total(lambda one: one.longer_than_promised), "== 0"),
    Measured("live words that give the next time", "%", _with_time, "== 100"),
    Measured("promised words", "", _total(lambda one: one.promises)),
    *(
        Measured(f"... kept within {minutes} min", "%", _kept(minutes), ">= 99.5" if minutes == 1 else None)
        for minutes in WITHIN
    ),
    Measured("incidents with every promise kept", "%", _every_kept, ">= 99"),
    Measured("estimates given", "", _total(lambda one: one.estimates)),
    Measured("expired estimates left standing", "", _total(lambda one: one.standing_expired), "== 0"),
    Measured("... for how long in all", "min", _total(lambda one: one.minutes_expired)),
    Measured(
        *("promises open 60 s past their time", "", _total(lambda one: one.open_too_long)),
        target="== 0",
        beside=False,
    ),
    Measured("words per incident", "", _each(lambda one: one.words)),
    Measured("... of them holding words", "", _each(lambda one: one.holding_words), beside=False),
)
