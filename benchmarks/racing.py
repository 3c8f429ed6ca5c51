"""Repetitions in turn: everybody once, then everybody again in another order, so that drift hits all alike."""

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from benchmarks.contestants import Contestant

WARM_UP = 1

Seconds = dict[tuple[str, str], list[float]]
"""By scenario and contestant, one number for each counted repetition."""


def race(
    fields: Mapping[str, Sequence[Contestant]], repetitions: int, tell: Callable[[str], None] = lambda _: None
) -> Seconds:
    """Time every contestant of every scenario `repetitions` times after one warm-up."""
    seconds: Seconds = defaultdict(list)
    for round_number in range(WARM_UP + repetitions):
        tell(f"round {round_number} of {repetitions}" if round_number else "warm-up")
        for scenario, contestants in fields.items():
            for contestant in _rotated(contestants, round_number):
                taken = _timed(contestant)
                if round_number >= WARM_UP:
                    seconds[scenario, contestant.name].append(taken)
    return dict(seconds)


def ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the ratios of each repetition: what slows a whole repetition down does not move it."""
    return median(one / other for one, other in zip(above, below, strict=True))


def _rotated(contestants: Sequence[Contestant], by: int) -> list[Contestant]:
    first = by % len(contestants)
    return [*contestants[first:], *contestants[:first]]


def _timed(contestant: Contestant) -> float:
    with contestant.ready() as turn:
        gc.collect()
        began = time.perf_counter()
        turn()
        return time.perf_counter() - began
