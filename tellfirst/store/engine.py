"""The engine: one way to write, one way to read, on SQLite and on PostgreSQL."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, StaticPool

from tellfirst.domain.errors import SetupError

DRIVERS = {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}
BUSY_TIMEOUT_MS = 30_000
STATEMENT_WITHIN_MS = 600_000
"""PostgreSQL ends a statement after this: a notice to a million customers takes a tenth of it."""
IDLE_WITHIN_MS = 300_000
"""PostgreSQL ends a transaction in which nothing happens for so long: its client hangs, and holds locks."""
STATEMENTS: dict[str, Any] = {"cached_statements": 500}
"""SQLite keeps them parsed. An incident runs through more than the driver's 128, each once before the first again."""
POOL = {"pool_size": 10, "max_overflow": 40}
"""As many as a web process has threads: a thread that waits for SQLite's write lock holds a connection."""


def connect(url: str, *, pooled: bool = True) -> Engine:
    """An engine for `url`; not `pooled`, it opens and closes a connection for each use.

    SQLite runs in WAL with synchronous=FULL, because the last commit lost in a power cut would be a message
    sent twice, and every writing transaction begins IMMEDIATE, because a read that turns into a write later
    fails at once instead of waiting its turn (sqlite.org/lang_transaction.html).
    Raises SetupError for an address of no such database.
    """
    pool: dict[str, Any] = POOL if pooled else {"poolclass": NullPool}
    if _driver(url) == "postgresql+psycopg":
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, **pool)
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    # The text of an exception ends in logs, and customers' numbers must not.
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "factory": _Books, **STATEMENTS},
        hide_parameters=True,
        **pool,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return _begins_at_once(engine)


def in_memory(image: bytes) -> tuple[Engine, Callable[[], None]]:
    """An engine on a SQLite database of this thread alone, and what makes it `image` again (sqlite3's `serialize`).

    For what is played through and thrown away. The one connection is everybody's, so nothing may begin a
    transaction inside another one.
    """
    first, books = (
        sqlite3.connect(":memory:", isolation_level=None, factory=_Books, **STATEMENTS) for _ in range(2)
    )
    first.deserialize(image)
    books.execute("PRAGMA foreign_keys=ON").close()

    def renew() -> None:
        # Page by page: to deserialize under statements that are kept prepared ends the process.
        first.backup(books)

    renew()
    engine = create_engine("sqlite://", creator=lambda: books, poolclass=StaticPool, hide_parameters=True)
    return _begins_at_once(engine), renew


def _driver(url: str) -> str:
    try:
        driver = make_url(url).drivername
    except ArgumentError:
        driver = ""
    if driver not in DRIVERS:
        # The address itself is not repeated: it may hold a password.
        raise SetupError(
            "TELLFIRST_DATABASE_URL is not the address of a database that can be used; write it like "
            "postgresql+psycopg://tellfirst@localhost/tellfirst, or leave it out for SQLite in the home"
        )
    return driver


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write; committed at the end, rolled back on an exception."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent look; takes no lock that would make a writer wait."""
    # Left to itself PostgreSQL shows every statement the newest commits, and two of them need not agree.
    options: dict[str, Any] = (
        {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    )
    with engine.connect().execution_options(**options) as connection:
        will_write(connection, False)
        try:
            yield connection
            connection.rollback()
        finally:
            will_write(connection, True)


def will_write(connection: Connection, writes: bool) -> None:  # it is what is said
    """Whether the next transactions of this connection write, as they do unless it is said. On SQLite only those take
    the write lock, and at once."""
    if connection.dialect.name == "sqlite" and not connection.invalidated:
        cast(_Books, connection.connection.dbapi_connection).looks = not writes


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # By statements, not by options of the connection: a pooler in between refuses those it does not know.
    before, connection.autocommit = connection.autocommit, True
    connection.execute(f"SET statement_timeout = {STATEMENT_WITHIN_MS}").close()
    connection.execute(f"SET idle_in_transaction_session_timeout = {IDLE_WITHIN_MS}").close()
    connection.autocommit = before


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling would begin too late; _begin_sqlite does it instead.
    connection.isolation_level = None
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
        connection.execute(f"PRAGMA {pragma}").close()
    _turn_to_wal(connection)


def _turn_to_wal(connection: Any) -> None:
    """The busy timeout does not cover this one: it fails at once while another process makes the file."""
    patience_ends = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError as refused:
            if refused.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience_ends:
                raise
            time.sleep(0.01)


class _Books(sqlite3.Connection):
    """A connection that knows whether its next transaction only looks."""

    looks = False


def _begins_at_once(engine: Engine) -> Engine:
    # Not at the event "begin": an engine that somebody listens to takes a quarter longer for every statement.
    engine.dialect.do_begin = _begin_sqlite  # type: ignore[method-assign]  # of this engine alone
    return engine


def _begin_sqlite(dbapi_connection: Any) -> None:
    books = dbapi_connection.dbapi_connection
    books.execute("BEGIN" if books.looks else "BEGIN IMMEDIATE").close()
