"""`tellfirst import customers|services|elements|edges|presence|contact-points|check-phones`."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from tellfirst.bootstrap import World, world
from tellfirst.domain.errors import RuleBroken, TellFirstError
from tellfirst.printing import err, out, show_json, show_table

if TYPE_CHECKING:
    from tellfirst.audience.importing import terms
    from tellfirst.audience.importing.reporting import Report

# What reads and checks files is imported by the command that needs it: it costs every other one 0.2 s.

app = App(name="import", help="Take over customers, services and the network from CSV or Parquet files.")
Paths = Annotated[Path, Parameter(help="CSV or Parquet files, or folders of them.")]
CheckPhones = Annotated[bool, Parameter(help="Then check the numbers against their countries' plans.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Wishes:
    """What every import can be asked for."""

    encoding: Annotated[str, Parameter(help="Of CSV files, like utf-8 or cp1252; never guessed.")] = "utf-8"
    separator: Annotated[str, Parameter(help="Between fields: one character, or tab.")] = ","
    region: Annotated[str | None, Parameter(help="Whose national phone numbers are meant, like IN.")] = None
    refuse_above: Annotated[str, Parameter(help="Share of rejected rows that refuses a file.")] = "5%"
    rejects: Annotated[
        Path | None, Parameter(help="Where to write the CSV of rejects; in the home when left out.")
    ] = None
    dry_run: Annotated[bool, Parameter(help="Do everything, keep nothing.", negative="")] = False
    json: Annotated[bool, Parameter(help="Print for programs.", negative="")] = False


@app.command
def customers(*paths: Paths, check_phones: CheckPhones = False, wishes: Wishes | None = None) -> int:
    """Import customers: reference, zone, and what else is known of them."""
    return _import("customers", paths, wishes or Wishes(), check_phones=check_phones)


@app.command
def services(*paths: Paths, wishes: Wishes | None = None) -> int:
    """Import services: reference, customer, kind, and the element (or A|B) they hang on."""
    return _import("services", paths, wishes or Wishes())


@app.command
def elements(*paths: Paths, wishes: Wishes | None = None) -> int:
    """Import elements of the network: id, kind, name, area."""
    return _import("elements", paths, wishes or Wishes())


@app.command
def edges(*paths: Paths, wishes: Wishes | None = None) -> int:
    """Import what elements hang on: child, group, need, parent."""
    return _import("edges", paths, wishes or Wishes())


@app.command
def presence(*paths: Paths, wishes: Wishes | None = None) -> int:
    """Import where mobile customers are: customer, element, role, seen_at."""
    return _import("presence", paths, wishes or Wishes())


@app.command(name="contact-points")
def contact_points(*paths: Paths, wishes: Wishes | None = None) -> int:
    """Import contact points of other channels: customer, channel (whatsapp, voice, fax, webhook), address."""
    return _import("contact-points", paths, wishes or Wishes())


@app.command(name="check-phones")
def check_phones(
    *,
    rejects: Annotated[
        Path | None, Parameter(help="Where to write the CSV of numbers that fail; in the home when left out.")
    ] = None,
    json: Annotated[bool, Parameter(help="Print for programs.", negative="")] = False,
) -> int:
    """Check every phone number not checked since it last changed; it goes on where it stopped."""
    here = world()
    wishes = Wishes(rejects=rejects, json=json)
    with _bar() as bar:
        report = _checked(here, wishes, bar)
    return _say([report], wishes)


def _import(kind: str, paths: tuple[Path, ...], wishes: Wishes, *, check_phones: bool = False) -> int:
    """One file after the other; the first that is refused is the last that is read."""
    from tellfirst.audience.importing.pipeline import import_file
    from tellfirst.audience.importing.reading import files
    from tellfirst.audience.importing.terms import ImportKind

    if not paths:
        raise RuleBroken(f"name a file or a folder of {kind}")
    here = world()
    named = files(paths)
    if wishes.rejects and len(named) > 1:
        raise RuleBroken("--rejects names one file; import one file with it, or leave it out")
    reports: list[Report] = []
    try:
        with _bar() as bar:
            for path in named:
                terms = _terms(here, wishes)
                reports.append(import_file(here.engine, ImportKind(kind), path, terms, here.clock.now(), bar))
                if reports[-1].refused:
                    break
            else:
                if check_phones and not wishes.dry_run:
                    reports.append(_checked(here, wishes, bar))
    except TellFirstError:
        # What was imported before stays imported; it must not go unsaid because of what came after.
        if reports:
            _say(reports, wishes)
        raise
    return _say(reports, wishes)


def _checked(here: World, wishes: Wishes, bar: "terms.Progress") -> "Report":
    from tellfirst.audience.importing.phones import check_phones

    return check_phones(here.engine, _terms(here, wishes), here.clock.now(), bar)


def _terms(here: World, wishes: Wishes) -> "terms.Terms":
    from tellfirst.audience.importing.terms import Terms

    return Terms(
        rejects_folder=here.settings.home / "rejects",
        actor=getpass.getuser(),
        encoding=wishes.encoding,
        separator=wishes.separator,
        region=wishes.region.upper() if wishes.region else None,
        refuse_above=_share(wishes.refuse_above),
        rejects=wishes.rejects,
        dry_run=wishes.dry_run,
        suppression_key=here.suppression_key,
    )


def _share(text: str) -> float:
    """'5%' or '0.05'."""
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise RuleBroken(f"'{text}' is no share; write one like 5% or 0.05, up to 100%")
    return share


@contextmanager
def _bar() -> "Iterator[terms.Progress]":
    """On a terminal's standard error only."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as shown:
        task = shown.add_task("", total=1.0)

        def progress(phase: str, share: float) -> None:
            shown.update(task, description=phase, completed=share, total=1.0 if share else None)

        yield progress


def _say(reports: "list[Report]", wishes: Wishes) -> int:
    if wishes.json:
        show_json([report.to_json() for report in reports])
    else:
        for report in reports:
            _show(report)
    return 1 if any(report.refused for report in reports) else 0


def _show(report: "Report") -> None:
    dry = ", a dry run: nothing was kept" if report.dry_run else ""
    show_table(f"{report.kind} from {report.file}{dry}", report.summary())
    if report.notes:
        show_table("Repaired", report.noted())
    if report.rejects:
        show_table("Rejected", report.broken())
        out.print(f"every reject with its line: {report.rejects_file}", markup=False, soft_wrap=True)
    if report.incident_count:
        out.print(f"{report.incident_count} running incidents are matched again")
    phases = ", ".join(f"{phase} {spent:.1f} s" for phase, spent in report.seconds.items())
    out.print(f"{phases}; {report.rows_per_second:,.0f} rows/s")
    if report.refused:
        err.print(f"tellfirst: nothing was imported: {report.refused}", markup=False, soft_wrap=True)
