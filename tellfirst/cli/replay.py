"""`tellfirst replay`."""

import json as json_format
import os
import sys
import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress

from tellfirst.domain.errors import NotFound, SetupError
from tellfirst.printing import ensure_writable, err, out, show_table
from tellfirst.replay import town
from tellfirst.replay.history import History
from tellfirst.replay.playing import play
from tellfirst.replay.report import Report, shown
from tellfirst.replay.running import Outcome, run_all
from tellfirst.replay.shelf import Shelf, read_all
from tellfirst.replay.side_by_side import timetable
from tellfirst.replay.theatre import Theatre
from tellfirst.settings import Settings, read_settings

AT_LEAST_ONE = Number(gte=1)
WORDS = {True: "yes", False: "[bold red]NO[/]", None: ""}


def replay(
    *files: Annotated[Path, Parameter(help="Incident histories, or folders of them.")],
    show: Annotated[str | None, Parameter(help="Only this incident, both sides as a timetable.")] = None,
    jobs: Annotated[int, Parameter(help="Processes side by side.", validator=AT_LEAST_ONE)] = 2,
    json: Annotated[Path | None, Parameter(help="Write everything there, for programs.")] = None,
) -> int:
    """Play genuine incident histories under our rules, and show what customers would have been told.

    Exit status 0: every target holds.
    """
    if not files:
        raise SetupError("name a file of incident histories, like github-status.jsonl.gz")
    if json is not None:
        ensure_writable(json)
    shelf, settings = read_all(files), read_settings()
    if show is not None:
        return _show_one(shelf, settings, show, json)
    report = Report(
        "tellfirst " + " ".join(sys.argv[1:]),
        {name: {str(why): count for why, count in counts.items()} for name, counts in shelf.skipped.items()},
        jobs=jobs,
    )
    _run(report, shelf.histories, settings, jobs)
    _show(report)
    if json is not None:
        json.write_text(json_format.dumps(report.to_json(), indent=2) + "\n", encoding="utf-8")
    return int(bool(report.misses()))


def _run(report: Report, histories: list[History], settings: Settings, jobs: int) -> None:
    load = os.getloadavg()[0]
    began = time.monotonic()
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=err) as progress:
        task = progress.add_task("histories", total=len(histories))

        def found(outcome: Outcome) -> None:
            report.add(outcome)
            progress.advance(task)

        run_all(histories, settings, jobs, found)
    report.wall_seconds = time.monotonic() - began
    report.load = (load, os.getloadavg()[0])


def _show(report: Report) -> None:
    for name, count, each in report.by_source():
        rows = [
            {
                "measure": figure.name,
                "company": f"{shown(figure.company)} {figure.unit}".strip()
                if figure.company is not None
                else "",
                "tellfirst": f"{shown(figure.ours)} {figure.unit}".strip() if figure.ours is not None else "",
                "target": figure.target or "",
                "met": WORDS[figure.met],
            }
            for figure in each
        ]
        show_table(f"{name}: {count:,} incidents", rows)
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
    for miss in report.misses():
        out.print(f"[red]missed[/]: {escape(miss)}", soft_wrap=True)


def _show_one(shelf: Shelf, settings: Settings, wanted: str, file: Path | None) -> int:
    found = next((one for one in shelf.histories if one.id == wanted), None)
    if found is None:
        raise NotFound(f"no history that can be played has the id {wanted}")
    rows = timetable(found, play(Theatre(town.image(), settings), found))
    if file is not None:
        file.write_text(json_format.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    show_table(f"{found.source} {found.id}: {found.title}", rows)
    return 0
