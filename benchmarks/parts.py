"""A bench of several parts: those that were chosen, one after another, each with its load and its time."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from benchmarks.table import Figure
from tellfirst.printing import out

Load = list[float]
"""Load average before and after, and seconds."""


def run(
    known: Mapping[str, Callable[[], Iterable[Figure]]], chosen: Sequence[str]
) -> tuple[tuple[Figure, ...], dict[str, Load]]:
    """All of them when none is chosen. Raises SystemExit for a part that there is not."""
    if unknown := set(chosen) - set(known):
        raise SystemExit(f"there is no part {', '.join(unknown)}; there are {', '.join(known)}")
    figures: list[Figure] = []
    loads: dict[str, Load] = {}
    for name in chosen or known:
        began, before = time.monotonic(), os.getloadavg()[0]
        figures += known[name]()
        loads[name] = [round(one, 2) for one in (before, os.getloadavg()[0], time.monotonic() - began)]
        out.print(f"{name}: {loads[name][2]:.0f} s, load {before:.1f} to {loads[name][1]:.1f}")
    return tuple(figures), loads
