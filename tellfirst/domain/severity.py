"""How grave an incident is: by how many it hurts and how badly, and what makes it worse."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum

from tellfirst.domain.impact import Impact


class Severity(StrEnum):
    """S1 is the gravest."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"
    S4 = "S4"


RESTORE_WITHIN: Mapping[Severity, timedelta] = {
    Severity.S1: timedelta(hours=4),
    Severity.S2: timedelta(hours=8),
    Severity.S3: timedelta(hours=24),
    Severity.S4: timedelta(days=5),
}
"""The restore targets of the house; what is longer than its target says nothing before all should be over."""

LONG = timedelta(hours=6)
"""An outage that is expected to take longer is one step graver."""
AGAIN_WITHIN = timedelta(days=30)
"""So is one that comes back to the same place within this time."""


class Size(IntEnum):
    """How many customers are hit, the fewest first."""

    SMALL = 0
    MEDIUM = 250
    LARGE = 10_000
    VERY_LARGE = 100_000


_MATRIX: Mapping[Size, tuple[Severity, Severity, Severity, Severity]] = {
    Size.VERY_LARGE: (Severity.S1, Severity.S1, Severity.S2, Severity.S3),
    Size.LARGE: (Severity.S1, Severity.S2, Severity.S2, Severity.S3),
    Size.MEDIUM: (Severity.S2, Severity.S2, Severity.S3, Severity.S4),
    Size.SMALL: (Severity.S3, Severity.S3, Severity.S4, Severity.S4),
}
"""Priority of impact and urgency, ITIL practice. Columns: down; degraded without and with a workaround; at risk."""


@dataclass(frozen=True, slots=True)
class Gravity:
    """What severity is judged by. `hit` and `sure` count customers by impact; `sure` leaves out whom we only suppose
    to be hit. `base` is all active customers, `lasts` from the first failure to the estimate, None without one."""

    hit: Mapping[Impact, int]
    sure: Mapping[Impact, int]
    base: int
    emergency_calls: bool = False
    workaround: bool = False
    again: bool = False
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """A severity, with the names of the reasons that made it so, the deciding one first."""

    severity: Severity
    reasons: tuple[str, ...]


def graded(it: Gravity) -> Grade:
    """By size and impact; whoever is unsure takes the higher (PagerDuty), and what lasts or comes again is one graver.

    Each impact is judged with all who are hit at least so badly, and the gravest of them counts. Everybody at once
    counts as the largest size; where emergency calls may fail it is one size larger. The matrix read to the letter
    would make every single mast S1, and then S1 would say nothing: phones call for help over any network they find.
    """
    grave, reasons = _of(it, it.hit)
    if _of(it, it.sure)[0] > grave:
        reasons = (*reasons, "unsure_takes_the_higher")
    raised = tuple(
        name
        for name, holds in (
            ("expected_to_last", it.lasts is not None and it.lasts > LONG),
            ("again_within_30_days", it.again),
        )
        if holds and any(it.hit.values())
    )
    return Grade(graver(grave) if raised else grave, (*reasons, *raised))


def graver(severity: Severity) -> Severity:
    """One step up; nothing is graver than S1."""
    steps = list(Severity)
    return steps[max(steps.index(severity) - 1, 0)]


def risen(least: Severity, now: Severity, grade: Grade) -> Grade:
    """What it is from here on: never less than the playbook's, and it does not fall by itself."""
    gravest = min(least, now, grade.severity)
    if gravest == grade.severity:
        return grade
    return Grade(gravest, ("does_not_fall",) if gravest == now and now < least else ("playbook",))


def _of(it: Gravity, counts: Mapping[Impact, int]) -> tuple[Severity, tuple[str, ...]]:
    found = [
        (_MATRIX[size][_column(impact, it.workaround)], (size.name.lower(), impact.word, *why))
        for impact in (Impact.DOWN, Impact.DEGRADED, Impact.AT_RISK)
        if (count := sum(number for worse, number in counts.items() if worse >= impact))
        for size, why in [_size(it, impact, count)]
    ]
    # Alike ones: the first, which is the worst impact.
    return min(found, key=lambda one: one[0], default=(Severity.S4, ("nobody_hit",)))


def _size(it: Gravity, impact: Impact, count: int) -> tuple[Size, tuple[str, ...]]:
    if it.base and count >= it.base:
        return Size.VERY_LARGE, ("everybody",)
    size = max(size for size in Size if count >= size)
    if it.emergency_calls and impact is not Impact.AT_RISK:
        return _one_larger(size), ("emergency_calls",)
    return size, ()


def _one_larger(size: Size) -> Size:
    sizes = sorted(Size)
    return sizes[min(sizes.index(size) + 1, len(sizes) - 1)]


def _column(impact: Impact, workaround: bool) -> int:
    if impact is Impact.DOWN:
        return 0
    if impact is Impact.AT_RISK:
        return 3
    return 2 if workaround else 1
