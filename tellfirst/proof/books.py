"""The books of one schedule after the other: begun anew without being built anew."""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, delete, insert, select, text, update

from tellfirst.delivery import pumping
from tellfirst.proof import town
from tellfirst.proof.schedule import Policy
from tellfirst.proof.timing import SharedTime
from tellfirst.store import playbook_copy
from tellfirst.store import tables as t
from tellfirst.store.engine import connect, writing
from tellfirst.store.migrate import migrate

Found = TypeVar("Found")
PATIENCE_SECONDS = 30.0


class Books(Protocol):
    """A database that a schedule works on."""

    url: str

    def begin(self, policy: Policy, shared: SharedTime) -> None:
        """As they were before the first word, with the notice's policy for lost answers."""
        ...


def write_template(url: str, customers: int) -> None:
    """A migrated database with the town in it."""
    engine = connect(url)
    migrate(engine)
    folder = Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite") else None
    assert folder is None or folder.is_dir()
    from datetime import UTC, datetime

    with writing(engine) as connection:
        town.build(connection, datetime.now(UTC), customers)
    engine.dispose()


class SqliteBooks:
    """A copy of one file."""

    def __init__(self, template: Path, folder: Path) -> None:
        self._template = template
        self._file = folder / "books.db"
        self.url = f"sqlite:///{self._file}"

    def begin(self, policy: Policy, shared: SharedTime) -> None:
        for ending in ("-wal", "-shm"):
            self._file.with_name(self._file.name + ending).unlink(missing_ok=True)
        shutil.copyfile(self._template, self._file)
        _begin(self.url, lambda connection: _choose(connection, policy, shared))


class PostgresBooks:
    """One database, put back to what it was: many times faster than a new one."""

    def __init__(self, url: str) -> None:
        self.url = url
        engine = connect(url, pooled=False)
        with engine.connect() as connection:
            self._rows = {
                table: [dict(row._mapping) for row in connection.execute(select(table))]
                for table in t.metadata.sorted_tables
                if table.name not in _UNTOUCHED
            }

    def begin(self, policy: Policy, shared: SharedTime) -> None:
        def put_back(connection: Connection) -> None:
            # Guards and foreign keys rest meanwhile: this is not a move of the ledger.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for table, rows in self._rows.items():
                connection.execute(delete(table))
                if rows:
                    connection.execute(insert(table), rows)
            _choose(connection, policy, shared)

        _begin(self.url, put_back)


_UNTOUCHED = frozenset({"customer", "service", "element", "edge", "presence", "alembic_version"})


def _choose(connection: Connection, policy: Policy, shared: SharedTime) -> None:
    now = shared.now()
    book = replace(town.BOOK, in_doubt=policy.doubt)
    connection.execute(update(t.incident).values(playbook=playbook_copy.to_json(book), started_at=now))
    connection.execute(update(t.incident_element).values(since_at=now))


def _begin(url: str, step: Callable[[Connection], None]) -> None:
    def once() -> None:
        engine = connect(url, pooled=False)
        try:
            with writing(engine) as connection:
                step(connection)
        finally:
            engine.dispose()

    patiently(once)


def patiently(step: Callable[[], Found]) -> Found:
    """`step`, again and again while the database is away."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return step()
        except pumping.AWAY as failure:
            if not pumping.is_away(failure) or time.monotonic() > ends_at:
                raise
            time.sleep(0.05)
