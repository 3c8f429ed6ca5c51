"""The seeded base into a database: indexes made after the rows, statistics last."""

import csv
import hashlib
import inspect
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, Index, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable, DropIndex

from benchmarks import seeded_network, seeded_rows, seeding
from benchmarks.seeded_rows import TableRows, all_rows
from benchmarks.seeding import Seeded
from tellfirst.audience.base import count_customers
from tellfirst.audience.topology import compile_network
from tellfirst.store import tables as t
from tellfirst.store.engine import connect, writing
from tellfirst.store.migrate import migrate

CUSTOMERS_FILE = ("id", "status", "language", "zone", "priority", "phone", "email", "wish")
SERVICES_FILE = ("customer_id", "kind", "element_id", "status")


def fingerprint(seed: int, customer_count: int) -> str:
    """Changes with the seed, the size, the tables and the generator, so that an older file is never taken for it."""
    parts = [f"{seed} {customer_count}"]
    parts += [str(CreateTable(table).compile(dialect=sqlite.dialect())) for table in t.metadata.sorted_tables]
    parts += [
        str(CreateIndex(index)) for table in t.metadata.sorted_tables for index in sorted_indexes(table)
    ]
    parts += [inspect.getsource(module) for module in (seeding, seeded_network, seeded_rows)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def load_sqlite(seeded: Seeded, path: Path) -> None:
    """A new file at `path`; it appears only when it is whole."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    engine = connect(f"sqlite:///{unfinished}")
    migrate(engine)
    engine.dispose()
    connection = sqlite3.connect(unfinished, isolation_level=None)
    # A file that is thrown away when anything goes wrong needs neither a journal nor the disk's word.
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000"):
        connection.execute(f"PRAGMA {pragma}").close()

    def put(rows: TableRows) -> None:
        marks = ", ".join("?" * len(rows.columns))
        statement = f"INSERT INTO {rows.table.name} ({', '.join(rows.columns)}) VALUES ({marks})"  # noqa: S608 - our names
        connection.execute("BEGIN")
        for chunk in rows.chunks:
            connection.executemany(statement, chunk)
        connection.execute("COMMIT")

    _load(seeded, put, connection.execute)
    connection.execute("ANALYZE")
    connection.close()
    unfinished.rename(path)


def load_postgresql(seeded: Seeded, engine: Engine) -> None:
    """Into an empty database. Foreign keys are not checked row by row: the rows are made to satisfy them."""
    migrate(engine)
    with writing(engine) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        for setting in ("session_replication_role = replica", "timezone = 'UTC'"):
            connection.exec_driver_sql(f"SET LOCAL {setting}")

        def put(rows: TableRows) -> None:
            into = f"COPY {rows.table.name} ({', '.join(rows.columns)}) FROM STDIN"
            with driver.cursor() as cursor, cursor.copy(into) as copy:
                for chunk in rows.chunks:
                    for row in chunk:
                        copy.write_row(row)

        _load(seeded, put, connection.exec_driver_sql)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # Sets the visibility map too, which index-only scans need.
        connection.exec_driver_sql("VACUUM (ANALYZE)")


def finish_import(engine: Engine) -> None:
    """What an import ends in: the network compiled, the customers counted."""
    with writing(engine) as connection:
        compile_network(connection)
        count_customers(connection)


def write_csvs(seeded: Seeded, customers: Path, services: Path) -> None:
    """The two lists a user would have at hand: current fields only, nothing quoted that need not be."""
    wanted = {"customer": (customers, CUSTOMERS_FILE), "service": (services, SERVICES_FILE)}
    for rows in all_rows(seeded):
        if rows.table.name in wanted:
            path, columns = wanted[rows.table.name]
            _write_csv(rows, path, columns)


def _write_csv(rows: TableRows, path: Path, columns: tuple[str, ...]) -> None:
    unfinished = path.with_suffix(".unfinished")
    places = [rows.columns.index(name) for name in columns]
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for chunk in rows.chunks:
            writer.writerows([row[place] for place in places] for row in chunk)
    unfinished.rename(path)


def _load(seeded: Seeded, put: Callable[[TableRows], None], execute: Callable[[str], object]) -> None:
    for rows in all_rows(seeded):
        indexes = sorted_indexes(rows.table)
        for index in indexes:
            execute(str(DropIndex(index)))
        put(rows)
        for index in indexes:
            execute(str(CreateIndex(index)))


def sorted_indexes(table: Table) -> list[Index]:
    return sorted(table.indexes, key=lambda index: str(index.name))
