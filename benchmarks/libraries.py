"""Which library holds the rules of the import: the same file, the same rules, three libraries.

Run it in an environment that has the library: python -m benchmarks.libraries polars|pyarrow|pandas FILE
"""

import csv
import importlib
import resource
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from time import perf_counter
from typing import Any

ROWS = 100_000
ANYWHERE = (r"[\x00-\x1f\x7f]", r"^[=+\-@]")
IN_COLUMN = {
    "phone": r"^\+[1-9][0-9]{6,14}$",
    "email": r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$",
    "lat": r"^-?[0-9]+(?:\.[0-9]+)?$",
    "lon": r"^-?[0-9]+(?:\.[0-9]+)?$",
    "priority": r"^[0-9]$",
    "reference": r"^[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]+$",
}
Columns = dict[str, tuple[str, ...]]
Rows = list[tuple[Any, ...]]


def with_polars(columns: Columns) -> Rows:
    pl = importlib.import_module("polars")
    frame = pl.DataFrame(columns).with_columns(pl.all().str.strip_chars())
    frame.select(
        pl.col(name).str.contains(rule).any().alias(f"{name}{rule}") for name in columns for rule in ANYWHERE
    )
    frame.select(pl.col(name).str.contains(rule).sum() for name, rule in IN_COLUMN.items())
    return list(frame.rows())


def with_pyarrow(columns: Columns) -> Rows:
    pa, pc = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.compute")
    frame = {name: pc.utf8_trim_whitespace(pa.array(values, pa.string())) for name, values in columns.items()}
    for values in frame.values():
        for rule in ANYWHERE:
            pc.any(pc.match_substring_regex(values, rule))
    for name, rule in IN_COLUMN.items():
        pc.sum(pc.match_substring_regex(frame[name], rule))
    return list(zip(*(values.to_pylist() for values in frame.values()), strict=True))


def with_pandas(columns: Columns) -> Rows:
    pd = importlib.import_module("pandas")
    frame = pd.DataFrame(columns, dtype="str")
    for name in columns:
        frame[name] = frame[name].str.strip()
        for rule in ANYWHERE:
            frame[name].str.contains(rule).any()
    for name, rule in IN_COLUMN.items():
        frame[name].str.contains(rule).sum()
    return list(frame.itertuples(index=False, name=None))


CONTESTANTS: dict[str, Callable[[Columns], Rows]] = {
    "polars": with_polars,
    "pyarrow": with_pyarrow,
    "pandas": with_pandas,
}


def _blocks(path: str) -> Iterator[Columns]:
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        names = next(reader)
        whole = (row for row in reader if len(row) == len(names))
        while rows := list(islice(whole, ROWS)):
            yield dict(zip(names, zip(*rows, strict=True), strict=True))


def main(library: str, path: str) -> None:
    """Seconds of the rules and of the way there and back; reading is the same for all and not counted."""
    begun = perf_counter()
    importlib.import_module("pyarrow.compute" if library == "pyarrow" else library)
    imported = perf_counter() - begun
    judge, spent, count = CONTESTANTS[library], 0.0, 0
    for columns in _blocks(path):
        begun = perf_counter()
        count += len(judge(columns))
        spent += perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{library}: {spent:.2f} s for {count} rows, peak {peak} MiB, imported in {imported:.2f} s")  # noqa: T201 - a command line prints


if __name__ == "__main__":
    main(*sys.argv[1:3])
