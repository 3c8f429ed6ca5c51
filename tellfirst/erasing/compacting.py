"""What was removed is gone from the file too: a database only marks its place as free, and keeps what stood there."""

from sqlalchemy import Engine, text

from tellfirst.store import tables as t


def compact(engine: Engine) -> bool:
    """Write the database anew without what was removed; whether nobody held an older view of it meanwhile.

    SQLite needs as much free disk as the file has, and holds off writers while it runs: about ten seconds a
    gigabyte. PostgreSQL frees the rows of the tables for others to overwrite; its own log and its backups keep them
    for as long as you keep those.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name != "sqlite":
            for table in t.metadata.sorted_tables:
                connection.execute(text(f'VACUUM "{table.name}"'))
            return True
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("VACUUM").close()
        busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy
