"""`tellfirst replay`."""

import json as json_format
import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress

from tellfirst.domain.errors import NotFound, SetupError
from tellfirst.printing import ensure_writable, err, out, show_table
from tellfirst.replay import town
from tellfirst.replay.comparing import compare
from tellfirst.replay.figures import Figure
from tellfirst.replay.lifecycles import draw
from tellfirst.replay.lived import Lives, live
from tellfirst.replay.playing import play
from tellfirst.replay.report import Report, shown
from tellfirst.replay.running import run_all
from tellfirst.replay.shelf import Shelf, read_all
from tellfirst.replay.side_by_side import timetable
from tellfirst.replay.theatre import Theatre
from tellfirst.settings import Settings, read_settings

AT_LEAST_ONE = Number(gte=1)
WORDS = {True: "yes", False: "[bold red]NO[/]", None: ""}
MOST_SHOWN = 20
T = TypeVar("T")


def replay(
    *files: Annotated[Path, Parameter(help="Incident histories, or folders of them.")],
    show: Annotated[str | None, Parameter(help="Only this incident, both sides as a timetable.")] = None,
    lifecycles: Annotated[
        int | None, Parameter(help="Instead of files so many simulated lifecycles.", validator=AT_LEAST_ONE)
    ] = None,
    seed: Annotated[int, Parameter(help="Of the lifecycles.")] = 7,
    one_in: Annotated[int, Parameter(help="Play only one history in so many.", validator=AT_LEAST_ONE)] = 1,
    jobs: Annotated[int, Parameter(help="Processes side by side.", validator=AT_LEAST_ONE)] = 2,
    json: Annotated[Path | None, Parameter(help="Write everything there, for programs.")] = None,
) -> int:
    """Play genuine incident histories under our rules, and show what customers would have been told.

    Exit status 0: every target holds.
    """
    if bool(files) == (lifecycles is not None):
        raise SetupError(
            "name files of incident histories, like github-status.jsonl.gz, or say --lifecycles 1000; not both"
        )
    if json is not None:
        ensure_writable(json)
    settings = read_settings()
    if lifecycles is not None:
        return _live(lifecycles, seed, settings, jobs, json)
    shelf = read_all(files)
    if show is not None:
        return _show_one(shelf, settings, show, json)
    report = _replayed(Shelf(shelf.histories[::one_in], shelf.skipped), settings, jobs)
    _show(report)
    _write(json, report.to_json())
    return int(bool(report.misses()))


def _replayed(shelf: Shelf, settings: Settings, jobs: int) -> Report:
    skipped = {
        name: {str(why): count for why, count in counts.items()} for name, counts in shelf.skipped.items()
    }
    report = Report("tellfirst " + " ".join(sys.argv[1:]), skipped, jobs=jobs)
    load, began = os.getloadavg()[0], time.monotonic()
    for outcome in _watched(run_all(compare, shelf.histories, settings, jobs), len(shelf.histories)):
        report.add(outcome)
    report.wall_seconds = time.monotonic() - began
    report.load = (load, os.getloadavg()[0])
    return report


def _watched(outcomes: Iterable[T], total: int) -> Iterator[T]:
    """A bar on a terminal."""
    with Progress(
        *Progress.get_default_columns(), MofNCompleteColumn(), console=err, disable=not err.is_terminal
    ) as progress:
        yield from progress.track(outcomes, total=total, description="played")


def _show(report: Report) -> None:
    for name, count, each in report.by_source():
        show_table(f"{name}: {count:,} incidents", [_row(figure) for figure in each])
    skipped = [
        {"file": name, "not played because": why, "records": count}
        for name, counts in report.skipped.items()
        for why, count in counts.items()
    ]
    if skipped:
        show_table("Not played", skipped)
    out.print(
        f"{len(report.compared):,} incidents in {report.wall_seconds:,.1f} s with {report.jobs} processes, "
        f"{report.per_minute:,.0f} a minute; load average {report.load[0]:.1f} to {report.load[1]:.1f}",
        soft_wrap=True,
    )
    _show_misses(report.misses())


def _row(figure: Figure) -> dict[str, str]:
    def side(value: float | None) -> str:
        return "" if value is None else f"{shown(value)} {figure.unit}".strip()

    return {
        "measure": figure.name,
        "company": side(figure.company),
        "tellfirst": side(figure.ours),
        "target": figure.target or "",
        "met": WORDS[figure.met],
    }


def _show_misses(misses: list[str]) -> None:
    for miss in misses[:MOST_SHOWN]:
        out.print(f"[red]missed[/]: {escape(miss)}", soft_wrap=True)
    if len(misses) > MOST_SHOWN:
        out.print(f"... and {len(misses) - MOST_SHOWN} more")


def _live(count: int, seed: int, settings: Settings, jobs: int, file: Path | None) -> int:
    lives, began = Lives(seed), time.monotonic()
    drawn = [draw(seed, number) for number in range(count)]
    for one in _watched(run_all(live, drawn, settings, jobs), count):
        lives.add(one)
    lives.wall_seconds = time.monotonic() - began
    rows = {
        "lifecycles": lives.count,
        "words": lives.words,
        **{f"promises {state}": number for state, number in sorted(lives.promises.items())},
        "promises open 60 s past their time": lives.overdue,
        "violations of the four invariants": len(lives.wrong),
    }
    show_table(
        f"Simulated lifecycles, seed {seed}",
        [{"measure": name, "count": number} for name, number in rows.items()],
    )
    out.print("Came between: " + ", ".join(f"{name} {n:,}" for name, n in sorted(lives.happenings.items())))
    out.print(f"{lives.wall_seconds:,.1f} s with {jobs} processes", soft_wrap=True)
    _show_misses(lives.wrong)
    _write(file, lives.to_json())
    return int(bool(lives.wrong or lives.overdue))


def _show_one(shelf: Shelf, settings: Settings, wanted: str, file: Path | None) -> int:
    found = next((one for one in shelf.histories if one.id == wanted), None)
    if found is None:
        raise NotFound(f"none of the histories that can be played has the id {wanted}")
    rows = timetable(found, play(Theatre(town.image(), settings), found))
    show_table(f"{found.source} {found.id}: {found.title}", rows)
    _write(file, rows)
    return 0


def _write(file: Path | None, value: Any) -> None:
    if file is not None:
        file.write_text(json_format.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
