"""INSERT that can meet a row that is already there: SQLite and PostgreSQL spell it alike, SQLAlchemy does not."""

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(where: Connection | Engine, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert of the dialect of `where`; it has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return insert_of(where.dialect.name, table)


def insert_of(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The same for a dialect by its name."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
