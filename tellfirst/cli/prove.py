"""`tellfirst prove`."""

import json as json_format
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.markup import escape
from rich.progress import MofNCompleteColumn, Progress, TextColumn

from tellfirst.printing import ensure_writable, err, out, show_table
from tellfirst.proof import enumerating, town
from tellfirst.proof.proving import Site, run_all, site
from tellfirst.proof.report import Report, shown
from tellfirst.proof.running import Ran
from tellfirst.proof.schedule import Policy, Schedule, draw
from tellfirst.simulator.carriers.lies import Lie

Backend = Literal["sqlite", "postgresql", "both"]
Chosen = Literal["look-up", "never-twice", "at-least-once", "all"]
EVERY_POLICY = tuple(Policy)
STEP = 100
"""Schedules between two lines of progress in a log."""
AT_LEAST_ONE = Number(gte=1)
"""None would prove nothing, and say so with a green light."""


def prove(
    *,
    schedules: Annotated[
        int, Parameter(help="How many, for each database and policy.", validator=AT_LEAST_ONE)
    ] = 100,
    backend: Annotated[Backend, Parameter(help="The database of the books.")] = "sqlite",
    policy: Annotated[Chosen, Parameter(help="What is done with a lost answer.")] = "all",
    seed: Annotated[int, Parameter(help="Of the first schedule; the others follow it.")] = 1,
    replay: Annotated[
        int | None, Parameter(help="Only the schedule of this seed; with --enumerate, only this passage.")
    ] = None,
    enumerate_: Annotated[
        bool, Parameter(name="--enumerate", help="Kill a small run at every passage of every point.")
    ] = False,
    one_in: Annotated[
        int, Parameter(help="With --enumerate: only one passage in so many.", validator=AT_LEAST_ONE)
    ] = 1,
    lying: Annotated[
        Lie | None, Parameter(help="Let the carriers lie like this; it must be noticed.")
    ] = None,
    spawn: Annotated[bool, Parameter(help="Fresh processes instead of forked ones; slow.")] = False,
    jobs: Annotated[int, Parameter(help="Schedules side by side.", validator=AT_LEAST_ONE)] = 4,
    json: Annotated[Path | None, Parameter(help="Write everything there, for programs.")] = None,
) -> int:
    """Kill, stop and mislead real workers while they send, and hold the books against the carriers' own account.

    Exit status 0: nothing was lost, nothing sent twice uncounted, every point was struck often enough.
    """
    if json is not None:
        ensure_writable(json)
    report = Report(seed, "tellfirst " + " ".join(sys.argv[1:]))
    policies = EVERY_POLICY if policy == "all" else (Policy(policy),)
    began = time.monotonic()
    for one in ("sqlite", "postgresql") if backend == "both" else (backend,):
        if enumerate_:
            _enumerate(report, one, policies, one_in, jobs, replay)
            continue
        seeds = [replay] if replay is not None else range(seed, seed + schedules)
        drawn = [
            draw(number, each, restarts=one == "postgresql", lies=lying or "")
            for number in seeds
            for each in policies
        ]
        with site(one, spawn=spawn) as here:
            _run(report, here, drawn, jobs, f"{one}: crash schedules", f" --lying {lying}" if lying else "")
            if not lying and replay is None:
                _show_residue(report, here, seed, jobs)
    report.wall_seconds = time.monotonic() - began
    if not enumerate_ and not lying and replay is None:
        report.check_floors()
    _show(report, lying)
    if json is not None:
        json.write_text(json_format.dumps(report.to_json(), indent=2) + "\n", encoding="utf-8")
    return int(bool(report.violations))


def _run(
    report: Report, here: Site, schedules: Sequence[Schedule], jobs: int, title: str, option: str = ""
) -> None:
    """`option`: what the command that replays one of them needs besides its seed."""
    named = [
        (f"{here.backend}-{one.policy}-{number}-{one.seed}", one) for number, one in enumerate(schedules)
    ]
    with Progress(
        *Progress.get_default_columns(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.1f}/s, {task.fields[found]} violations"),
        console=err,
    ) as progress:
        task = progress.add_task(title, total=len(named), found=0, rate=0.0)
        began = time.monotonic()

        def found(ran: Ran) -> None:
            replay = (
                f"tellfirst prove{option} --backend {ran.backend} --policy {ran.policy} --replay {ran.seed}"
            )
            report.add(ran, replay=replay)
            if ran.violations:
                # At once: whoever watches a long run need not wait for its end to look at the first.
                told = f"[red]violation[/], {len(ran.violations)} in seed {ran.seed}: {escape(replay)}"
                err.print(told, soft_wrap=True)
                err.print(escape(ran.violations[0]), soft_wrap=True)
            progress.advance(task)
            rate = progress.tasks[task].completed / (time.monotonic() - began)
            progress.update(task, found=len(report.violations), rate=rate)
            if not err.is_terminal and progress.tasks[task].completed % STEP == 0:
                # The bar is drawn on a terminal only; a log of hours must not stand still.
                err.print(f"{title}: {progress.tasks[task].completed:.0f} of {len(named)}, {rate:.1f}/s")

        run_all(here, named, jobs, found)


def _enumerate(
    report: Report,
    backend: str,
    policies: Sequence[Policy],
    one_in: int,
    jobs: int,
    replay: int | None,
) -> None:
    with site(backend, customers=town.FEW) as here:
        for each in policies:
            for after_a_death in (False, True):
                counted: list[Ran] = []
                quiet = enumerating.quiet(each, after_a_death=after_a_death)
                run_all(here, [(f"{backend}-{each}-count-{after_a_death}", quiet)], 1, counted.append)
                passed = counted[0].passed
                runs = [
                    schedule
                    for _, schedule in enumerating.every_kill(
                        each, passed, after_a_death=after_a_death, one_in=one_in if replay is None else 1
                    )
                    if replay in (None, schedule.seed)
                ]
                title = f"{backend}, {each}: every kill{' after a death' if after_a_death else ''}"
                _run(report, here, runs, jobs, title, " --enumerate")


def _show_residue(report: Report, here: Site, seed: int, jobs: int) -> None:
    """The one hole that nobody can close, and the counter that reports it."""
    found: list[Ran] = []
    run_all(
        here,
        [(f"{here.backend}-residue", enumerating.stopped_inside(Policy.LOOK_UP, seed))],
        jobs,
        found.append,
    )
    ran = found[0]
    again = ran.verdict.counted_duplicates + ran.verdict.uncounted_duplicates
    late = ran.verdict.anomalies.get("late_acceptance", 0)
    out.print(
        f"{here.backend}, a worker stopped inside its call past its lease: {again} told twice, "
        f"reported by the ledger as late_acceptance: {late}",
        soft_wrap=True,
    )
    problems = list(ran.violations)
    if not again or not late:
        problems.append("the stop inside a call did not show what it is there to show")
    report.violations += [{"what": what, "replay": "tellfirst prove --schedules 1"} for what in problems]


def _show(report: Report, lying: Lie | None) -> None:
    show_table("Schedules", report.measures())
    show_table("Points", report.points())
    faults: dict[str, int] = {}
    for part in report.parts.values():
        for name, count in part.faults.items():
            faults[name] = faults.get(name, 0) + count
    out.print(
        "Faults: " + ", ".join(f"{name} {count:,}" for name, count in sorted(faults.items())), soft_wrap=True
    )
    out.print(
        f"seed {report.seed}, {report.schedules:,} schedules in {report.wall_seconds:,.0f} s", soft_wrap=True
    )
    for line in shown(report.violations):
        out.print(f"[red]violation[/]: {escape(line)}", soft_wrap=True)
    if lying and report.violations:
        out.print(f"the carriers' lie ({lying}) was caught")
    elif lying:
        out.print(f"[red]the carriers' lie ({lying}) was not caught[/]")
    elif not report.violations:
        out.print("[bold green]nothing lost, nothing told twice uncounted[/]")
