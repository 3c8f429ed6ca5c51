"""The figures of a whole replay, company beside us, and the targets ours are held against."""

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
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


def figures(compared: Sequence[Compared]) -> list[Figure]:
    """Of these histories; the targets are the same for any choice of them."""
    known = [one for one in compared if one.onset_known]
    major = [one for one in compared if one.grade is Grade.MAJOR]

    def both(
        name: str,
        unit: str,
        measure: Callable[[Sequence[Conduct]], float | None],
        target: str | None = None,
        of: Sequence[Compared] = compared,
    ) -> Figure:
        return Figure(
            name, unit, measure([one.company for one in of]), measure([one.ours for one in of]), target
        )

    limit = NEVER_SILENT_FOR.total_seconds() / 60
    return [
        both("first word after the onset, median", "min", _median_first, of=known),
        both("first word after the onset, 90 of 100", "min", _late_first, of=known),
        both("longest silence, median incident", "min", _median_silence),
        both("longest silence of all", "min", _longest),
        both("longest silence, major incidents", "min", _longest, f"<= {limit:g}", of=major),
        both(
            "silences longer than promised",
            "",
            lambda all_: sum(one.longer_than_promised for one in all_),
            "== 0",
        ),
        both("live words that give the next time", "%", _with_time, "== 100"),
        both("promised words", "", lambda all_: sum(one.promises for one in all_)),
        *(
            both(f"... kept within {minutes} min", "%", _kept(minutes), ">= 99.5" if minutes == 1 else None)
            for minutes in WITHIN
        ),
        both("incidents with every promise kept", "%", _every_kept, ">= 99"),
        both("estimates given", "", lambda all_: sum(one.estimates for one in all_)),
        both(
            "expired estimates left standing",
            "",
            lambda all_: sum(one.standing_expired for one in all_),
            "== 0",
        ),
        both("... for how long in all", "min", lambda all_: sum(one.minutes_expired for one in all_)),
        Figure(
            "promises open 60 s past their time",
            "",
            None,
            sum(one.ours.open_too_long for one in compared),
            "== 0",
        ),
        both("words per incident", "", lambda all_: _share(sum(one.words for one in all_), len(all_))),
        Figure(
            "... of them holding words",
            "",
            None,
            _share(sum(one.holding_words for one in compared), len(compared)),
        ),
    ]


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
