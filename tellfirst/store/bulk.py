"""Room for a statement over the whole customer base, in the transaction that runs it."""

from sqlalchemy import Connection, Table

SQLITE_CACHE_KIB = 65_536
"""Its own default of 2 MB reads the customers' pages from the file again and again."""
SQLITE_SAMPLE = 1_000
"""Rows looked at per index: within milliseconds as good for a plan as all of them (sqlite.org/lang_analyze.html)."""
POSTGRESQL_WORK_MEM = "256MB"
"""What one sort or hash may take: its own default of 4 MB writes a million services to disk in between."""


def make_room(connection: Connection) -> None:
    """PostgreSQL forgets it with the transaction; SQLite keeps the cache as long as the connection."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{SQLITE_CACHE_KIB}")
    else:
        connection.exec_driver_sql(f"SET LOCAL work_mem = '{POSTGRESQL_WORK_MEM}'")
        # Compiling the statement takes longer than it saves; see docs/measurements.md.
        connection.exec_driver_sql("SET LOCAL jit = off")


def refresh_statistics(connection: Connection, table: Table) -> None:
    """So that the planner knows what a large change has made of a table; a sample is enough."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA analysis_limit = {SQLITE_SAMPLE}")
    connection.exec_driver_sql(f"ANALYZE {table.name}")
