"""How fast customers are imported, whether every planted fault is found, and what checking their phones costs."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated, Any

import phonenumbers
from cyclopts import App, Parameter
from sqlalchemy import Engine, select

from benchmarks.planting import Planted, plant
from benchmarks.table import Figure, Outcome, Setting, conclude
from tellfirst.store import tables as t
from tellfirst.store.engine import connect, reading

SEED = 7
FAULTS_PER_ROW = 1 / 200
SAMPLE = 20_000
"""Numbers that phonenumbers judges one by one; a million would take half a minute."""
PACKAGES = ("polars", "sqlalchemy", "phonenumbers", "psycopg")

app = App(name="benchmarks.imports", help=__doc__)


@dataclass(frozen=True, slots=True)
class Ran:
    """One command in a process of its own. `peak_mb` is the most memory it held, in units of 2^20 bytes."""

    report: Mapping[str, Any]
    cpu_seconds: float
    peak_mb: float


@app.default
def bench(
    *,
    customers: Annotated[int, Parameter(help="Rows of the file.")] = 1_000_000,
    database: Annotated[
        str, Parameter(help="SQLAlchemy address of an empty database; SQLite when empty.")
    ] = "",
    file: Annotated[Path | None, Parameter(name="json", help="Where to write the figures.")] = None,
) -> int:
    """Import a file with planted faults into an empty installation, import it again, check the phones."""
    command = "python -m benchmarks.imports" + (f" --customers {customers}" if customers != 1_000_000 else "")
    setting = Setting.begin(command, SEED, PACKAGES)
    with TemporaryDirectory(prefix="tellfirst-bench-") as folder:
        home = Path(folder)
        planted = plant(home / "customers.csv", SEED, customers, int(customers * FAULTS_PER_ROW))
        environment = {**os.environ, "TELLFIRST_HOME": folder, "TELLFIRST_DATABASE_URL": database}
        _tellfirst(environment, "migrate")
        words = ("import", "customers", str(planted.path), "--region", "IN", "--json")
        first = _ran(environment, *words)
        again = _ran(environment, *words)
        phones = _ran(environment, "import", "check-phones", "--json")
        engine = connect(database or f"sqlite:///{home / 'tellfirst.db'}")
        figures = [
            *_speed(first, again, customers),
            *_faults(engine, planted, first),
            *_phones(engine, phones),
        ]
        engine.dispose()
    details = {"phases": first.report["seconds"], "phases_again": again.report["seconds"]}
    return conclude(Outcome("import", setting, tuple(figures), details), file)


def _speed(first: Ran, again: Ran, customers: int) -> Sequence[Figure]:
    seconds = first.report["seconds"]
    return (
        Figure("customers a second, first import", first.report["rows_per_second"], "rows/s", ">= 60000"),
        Figure("processor time of the first import", first.cpu_seconds, "s"),
        *(Figure(f"… {phase}", customers / spent, "rows/s") for phase, spent in seconds.items() if spent),
        Figure("the same file again: rows rewritten", again.report["accepted"]["changed"], "rows", "== 0"),
        Figure("the same file again", again.report["rows_per_second"], "rows/s"),
        Figure("peak memory", max(first.peak_mb, again.peak_mb), "MiB", "< 500"),
    )


def _faults(engine: Engine, planted: Planted, first: Ran) -> Sequence[Figure]:
    r, b = t.import_reject.c, first.report["batch"]
    with reading(engine) as connection:
        found = {
            tuple(row) for row in connection.execute(select(r.line, r.column, r.rule).where(r.batch_id == b))
        }
    extra = first.report["accepted"]["new"] - planted.sound_count
    return (
        Figure("faults planted", len(planted.faults), "rows"),
        Figure(
            "faults missed, or found at another line or rule", len(planted.faults - found), "rows", "== 0"
        ),
        Figure("sound rows rejected", len(found - planted.faults), "rows", "== 0"),
        Figure("faulty rows imported", extra, "rows", "== 0"),
    )


def _phones(engine: Engine, phones: Ran) -> Sequence[Figure]:
    with reading(engine) as connection:
        held = select(t.customer.c.phone).where(t.customer.c.phone.is_not(None)).limit(SAMPLE)
        numbers = list(connection.scalars(held))
    begun = perf_counter()
    for number in numbers:
        phonenumbers.is_valid_number(phonenumbers.parse(number, None))
    one_by_one = len(numbers) / (perf_counter() - begun)
    rate = phones.report["rows_per_second"]
    return (
        Figure("numbers checked a second, as columns", rate, "numbers/s"),
        Figure("the same by phonenumbers, one by one", one_by_one, "numbers/s"),
        Figure("the second pass over a million numbers", 1_000_000 / rate, "s"),
        Figure("… processor time", phones.cpu_seconds * 1_000_000 / phones.report["rows"], "s"),
    )


def _ran(environment: Mapping[str, str], *words: str) -> Ran:
    command = [sys.executable, "-m", "tellfirst", *words]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        # Only wait4 tells what this one process took.
        _, status, spent = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"tellfirst {words[0]} {words[1]} ended with {process.returncode}")
    return Ran(json.loads(said)[0], spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1024)


def _tellfirst(environment: Mapping[str, str], *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "tellfirst", *words], env=environment, check=True, capture_output=True
    )


if __name__ == "__main__":
    sys.exit(app())
