"""Many rows at once into a temporary table, the fast way of each database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
from sqlalchemy import Connection, Table, func, select

FEW, BUFFER = 10_000, 2_000


def put(connection: Connection, table: Table, frame: pl.DataFrame) -> None:
    """Append `frame`; its columns must be the table's, in any order."""
    if frame.is_empty():
        return
    ordered = frame.select([column.name for column in table.columns])
    if connection.dialect.name == "sqlite":
        # As UtcTime writes times: SQLAlchemy's own conversion, row by row, costs more than the insert.
        written = ordered.with_columns(pl.selectors.datetime().dt.strftime("%Y-%m-%d %H:%M:%S%.6f"))
        marks = ", ".join("?" * len(table.columns))
        # The driver takes rows as they come; SQLAlchemy would make a copy of each.
        cursor: Any = connection.connection.cursor()
        cursor.executemany(
            f"INSERT INTO {table.name} VALUES ({marks})",  # noqa: S608  # our own names
            written.iter_rows(buffer_size=BUFFER),
        )
        return
    copier: Any = connection.connection.cursor()
    with copier.copy(f"COPY {table.name} FROM STDIN (FORMAT csv)") as copy:
        copy.write(ordered.write_csv(include_header=False, datetime_format="%Y-%m-%d %H:%M:%S+00:00"))


@contextmanager
def indexes_after(connection: Connection, table: Table, staged_count: int) -> Iterator[None]:
    """On SQLite, rows that at least double a table go in without its indexes, which are then built in one go.

    Only one transaction writes there at a time and readers keep the state before it, so nobody sees the
    table without them. PostgreSQL would lock readers out.
    """
    held = connection.execute(select(func.count()).select_from(table)).scalar_one()
    bare = connection.dialect.name == "sqlite" and staged_count > max(held, FEW)
    indexes = sorted(table.indexes, key=lambda index: str(index.name)) if bare else []
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)
