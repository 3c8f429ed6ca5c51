"""How fast incidents are lived through under the real rules, and whether every word in them is kept."""

import os
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

from cyclopts import App, Parameter

from benchmarks.table import Figure, Outcome, Setting, conclude
from tellfirst.printing import out
from tellfirst.replay.comparing import compare
from tellfirst.replay.lifecycles import draw
from tellfirst.replay.lived import Lives, live
from tellfirst.replay.report import EVERYTHING, Report
from tellfirst.replay.running import Play, run_all
from tellfirst.replay.shelf import Shelf, read_all
from tellfirst.settings import PROJECT, read_settings

SEED = 7
JOBS = 2
LIVES = 1_000
PER_MINUTE = ">= 2000"
PACKAGES = ("sqlalchemy", "jinja2")
BESIDE = PROJECT.parent / "shared" / "data"
FOLDER = Path(os.environ.get("TELLFIRST_SHARED", BESIDE)) / "incident-histories"
FILES = (
    "github-status.jsonl.gz",
    "google-cloud.jsonl.gz",
    "pge-outages.jsonl.gz",
    "sr.ht-cstate",
    "statuspage-json",
)

app = App(name="benchmarks.replay", help=__doc__)


@dataclass(frozen=True, slots=True)
class Taken:
    """What playing took: seconds of the clock, and of the processors of all who played."""

    wall: float
    processor: float


@app.default
def bench(
    *,
    one_in: Annotated[int, Parameter(help="Play only one genuine history in so many.")] = 1,
    lifecycles: Annotated[int, Parameter(help="Simulated lifecycles besides.")] = LIVES,
    file: Annotated[Path | None, Parameter(name="json", help="Where to write the figures.")] = None,
) -> int:
    """Play genuine histories where they are, and simulated lifecycles in any case."""
    command = "python -m benchmarks.replay" + (f" --one-in {one_in}" if one_in != 1 else "")
    setting = Setting.begin(command, SEED, PACKAGES)
    figures: list[Figure] = []
    details: dict[str, Any] = {"jobs": JOBS, "one_in": one_in}
    if FOLDER.is_dir():
        figures += _genuine(one_in, details)
    else:
        out.print(f"{FOLDER} is not there: no genuine histories are played, only simulated lifecycles")
        details["genuine"] = "the optional folder of genuine histories is not there"
    figures += _simulated(lifecycles, details, timed=not FOLDER.is_dir())
    return conclude(Outcome("replay", setting, tuple(figures), details), file)


def _genuine(one_in: int, details: dict[str, Any]) -> Sequence[Figure]:
    shelf = read_all([FOLDER / name for name in FILES if (FOLDER / name).exists()])
    chosen = Shelf(shelf.histories[::one_in], shelf.skipped)
    report = Report("", {})
    taken = _played(compare, chosen.histories, report.add)
    count = len(report.compared)
    words = sum(one.ours.words for one in report.compared)
    details["genuine"] = {"histories": count, "words": words, **report.to_json()["sources"]}
    of_all = [each for name, _, each in report.by_source() if name == EVERYTHING]
    return [
        *_speed("genuine histories", count, words, taken, target=PER_MINUTE),
        Figure("genuine histories not played to their end", len(report.failed), "", "== 0"),
        *(
            Figure(f"… {one.name}", one.ours, one.unit, one.target)
            for each in of_all
            for one in each
            if one.ours is not None and one.target is not None
        ),
    ]


def _simulated(count: int, details: dict[str, Any], *, timed: bool) -> Sequence[Figure]:
    lives = Lives(SEED)
    taken = _played(live, [draw(SEED, number) for number in range(count)], lives.add)
    details["simulated"] = lives.to_json()
    return [
        *_speed("simulated lifecycles", count, lives.words, taken, target=PER_MINUTE if timed else None),
        Figure("… promises open 60 s past their time", lives.overdue, "promises", "== 0"),
        Figure("… violations of the four invariants", len(lives.wrong), "", "== 0"),
    ]


def _played(play: Play[Any, Any], pieces: Sequence[Any], found: Any) -> Taken:
    before, began = _processor(), perf_counter()
    for one in run_all(play, pieces, read_settings(), JOBS):
        found(one)
    return Taken(perf_counter() - began, _processor() - before)


def _processor() -> float:
    """Of all processes that have ended, and of this one."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _speed(what: str, count: int, words: int, taken: Taken, *, target: str | None) -> Sequence[Figure]:
    per_minute = 60 * count / taken.wall
    return [
        Figure(f"{what} a minute, {JOBS} processes", per_minute, "incidents/min", target),
        Figure("… words each", words / count, "words"),
        Figure("… processor time for a word", 1000 * taken.processor / words, "ms"),
        Figure("… a minute of processor time", 60 * count / taken.processor, "incidents"),
    ]


if __name__ == "__main__":
    sys.exit(app())
