"""The databases a measurement stands on: filled with the seeded base, gone or unchanged afterwards."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine

from benchmarks.contestants import Lists
from benchmarks.loading import fingerprint, finish_import, load_postgresql, load_sqlite, write_csvs
from benchmarks.postgres import postgres_engine
from benchmarks.seeding import Seeded
from tellfirst.store.engine import connect

Database = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True)
class Ground:
    """One database with the base in it, ready to be broken. `lists` is what pandas reads, where it runs."""

    database: Database
    engine: Engine
    seeded: Seeded
    lists: Lists | None
    seeding_seconds: float | None
    """None when the files were there from an earlier run."""


@contextmanager
def prepared(database: Database, seeded: Seeded, folder: Path) -> Iterator[Ground]:
    """SQLite works on a copy of a file that is kept in `folder`, PostgreSQL on a server of its own."""
    with _on_sqlite(seeded, folder) if database == "sqlite" else _on_postgresql(seeded) as ground:
        yield ground


@contextmanager
def _on_postgresql(seeded: Seeded) -> Iterator[Ground]:
    with postgres_engine() as engine:
        began = time.perf_counter()
        load_postgresql(seeded, engine)
        finish_import(engine)
        yield Ground("postgresql", engine, seeded, None, time.perf_counter() - began)


@contextmanager
def _on_sqlite(seeded: Seeded, folder: Path) -> Iterator[Ground]:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"seeded-{seeded.seed}-{seeded.customer_count}"
    kept = f"{name}-{fingerprint(seeded.seed, seeded.customer_count)}"
    file, customers, services = (
        folder / f"{kept}{ending}" for ending in (".db", "-customers.csv", "-services.csv")
    )
    taken = None
    if not all(path.exists() for path in (file, customers, services)):
        for outdated in folder.glob(f"{name}-*"):
            outdated.unlink()
        began = time.perf_counter()
        load_sqlite(seeded, file)
        taken = time.perf_counter() - began
        write_csvs(seeded, customers, services)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        copy = Path(work) / "tellfirst.db"
        shutil.copyfile(file, copy)
        engine = connect(f"sqlite:///{copy.resolve()}")
        finish_import(engine)
        yield Ground("sqlite", engine, seeded, Lists(customers, services, Path(work) / "told.csv"), taken)
        engine.dispose()
