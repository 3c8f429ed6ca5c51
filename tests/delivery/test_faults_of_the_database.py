"""The database fails while texts leave: no intent, no call; what happened is said; it goes on when it is mended."""

import logging
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import hyderabad
import outage
import psycopg
import pytest
from hyderabad import T0
from outage import Memory
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from tellfirst.store import engine as engines
from tellfirst.store import tables as t
from tellfirst.store.engine import connect, reading, writing
from tellfirst.store.faults import fault_of

CUSTOMERS = 12
LATER = T0 + timedelta(minutes=10)


def _planned(engine: Engine) -> Engine:
    outage.strike(engine, CUSTOMERS)
    outage.plan_first_word(engine)
    return engine


def _goes_on(engine: Engine, carrier: Memory) -> None:
    """Mended: whoever takes the chunk next sends the rest; nothing was deleted and nothing leaves twice."""
    outage.send(engine, carrier, LATER)
    assert sorted(outage.customers_of(engine, carrier.accepted)) == list(range(1, CUSTOMERS + 1))
    with reading(engine) as connection:
        assert len(hyderabad.rows(connection, t.delivery, "id")) == CUSTOMERS


def _said(caplog: pytest.LogCaptureFixture) -> str:
    [said] = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    return said


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of four megabytes."""
    folder = Path(tempfile.mkdtemp(prefix="tellfirst-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


def _fill(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"\0" * 4096)
        except OSError:
            pass


def test_a_full_disk_means_no_intent_and_so_no_call(
    small_disk: Path, migrated_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copyfile(migrated_file, small_disk / "tellfirst.db")
    engine = connect(f"sqlite:///{small_disk / 'tellfirst.db'}")
    try:
        _planned(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        _fill(small_disk)
        carrier = Memory()
        with pytest.raises(OperationalError) as failed:
            outage.send(engine, carrier)
        assert fault_of(failed.value).word == "disk_full"
        assert carrier.accepted == []
        assert "disk_full: its disk is full; make room" in _said(caplog)
        (small_disk / "filler").unlink()
        _goes_on(engine, carrier)
    finally:
        engine.dispose()


def test_a_database_that_may_not_grow_is_full_too(
    sqlite_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLITE_FULL by the limit of pages; it is refused when rows are born, and nothing of them stays."""
    outage.strike(sqlite_engine, 400)

    @event.listens_for(sqlite_engine, "connect")
    def _limit(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1").close()

    sqlite_engine.dispose()
    with pytest.raises(SQLAlchemyError) as failed:
        outage.plan_first_word(sqlite_engine)
    assert fault_of(failed.value).word == "disk_full"
    event.remove(sqlite_engine, "connect", _limit)
    sqlite_engine.dispose()
    assert outage.standings(sqlite_engine) == []
    outage.plan_first_word(sqlite_engine)
    assert len(outage.standings(sqlite_engine)) == 400


def test_a_full_postgresql_means_no_intent_and_so_no_call(
    postgresql_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    """Its refusal, SQLSTATE 53100, at the statement that would write the intent."""
    _planned(postgresql_engine)

    def refuse(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "chosen" in statement:
            raise psycopg.errors.DiskFull("could not extend file: No space left on device")

    event.listen(postgresql_engine, "before_cursor_execute", refuse)
    carrier = Memory()
    with pytest.raises(psycopg.errors.DiskFull):
        outage.send(postgresql_engine, carrier)
    event.remove(postgresql_engine, "before_cursor_execute", refuse)
    assert carrier.accepted == []
    _goes_on(postgresql_engine, carrier)


def test_a_disk_that_fills_up_after_the_calls_costs_a_look_up_and_no_second_message(
    sqlite_engine: Engine,
) -> None:
    _planned(sqlite_engine)
    carrier = Memory()

    def refuse(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if carrier.accepted and statement.startswith("UPDATE delivery SET"):
            raise sqlite3.OperationalError("database or disk is full")

    event.listen(sqlite_engine, "before_cursor_execute", refuse)
    with pytest.raises(sqlite3.OperationalError):
        outage.send(sqlite_engine, carrier)
    event.remove(sqlite_engine, "before_cursor_execute", refuse)
    assert outage.standings(sqlite_engine).count(("sending", "affected")) == 5
    outage.send(sqlite_engine, carrier, LATER)
    assert outage.standings(sqlite_engine).count(("unknown", "worker_lost")) == 5
    assert sorted(outage.customers_of(sqlite_engine, carrier.accepted)) == list(range(1, CUSTOMERS + 1))


def test_a_database_that_goes_away_stops_the_sending_and_a_reader_learns_why(
    postgresql_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    _planned(postgresql_engine)
    carrier = Memory()

    def cut(made: int) -> None:
        if made == 5:
            with postgresql_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )

    carrier.before_call = cut
    # Connections that were cut are noticed and made anew; the pass goes on as if nothing had been.
    outage.send(postgresql_engine, carrier)
    assert len(carrier.accepted) == CUSTOMERS


def test_a_server_that_does_not_answer_is_away() -> None:
    nobody = connect("postgresql+psycopg://nobody@127.0.0.1:9/nowhere")
    with pytest.raises(OperationalError) as failed, reading(nobody):
        pass
    assert fault_of(failed.value).word == "away"


def test_a_held_write_lock_is_waited_for_and_then_named(
    sqlite_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    _planned(sqlite_engine)
    sqlite_engine.dispose()

    @event.listens_for(sqlite_engine, "connect")
    def _impatient(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 50").close()

    assert sqlite_engine.url.database is not None
    other = sqlite3.connect(sqlite_engine.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    carrier = Memory()
    with pytest.raises(OperationalError):
        outage.send(sqlite_engine, carrier)
    assert "locked: another process has held its write lock" in _said(caplog)
    assert carrier.accepted == []
    other.execute("ROLLBACK")
    other.close()
    _goes_on(sqlite_engine, carrier)


def test_a_file_that_may_only_be_read_is_named(
    sqlite_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    _planned(sqlite_engine)
    path = sqlite_engine.url.database
    sqlite_engine.dispose()
    only_read = connect(f"sqlite:///file:{path}?mode=ro&uri=true")
    carrier = Memory()
    with pytest.raises(OperationalError):
        outage.send(only_read, carrier)
    only_read.dispose()
    assert "read_only: it may only be read" in _said(caplog)
    _goes_on(sqlite_engine, carrier)


@pytest.mark.parametrize(
    ("setting", "milliseconds"),
    [
        ("statement_timeout", engines.STATEMENT_WITHIN_MS),
        ("idle_in_transaction_session_timeout", engines.IDLE_WITHIN_MS),
    ],
)
def test_postgresql_lets_nobody_hold_it_up_for_ever(
    postgresql_engine: Engine, setting: str, milliseconds: int
) -> None:
    shown = text("SELECT setting::int FROM pg_settings WHERE name = :name")
    with postgresql_engine.connect() as one, postgresql_engine.connect() as other:
        for connection in (one, other):
            assert connection.scalar(shown, {"name": setting}) == milliseconds


def test_a_statement_that_runs_too_long_is_ended_and_named(postgresql_engine: Engine) -> None:
    with writing(postgresql_engine) as connection:
        connection.execute(text("SET LOCAL statement_timeout = 50"))
        with pytest.raises(OperationalError) as failed:
            connection.execute(text("SELECT pg_sleep(5)"))
    assert fault_of(failed.value).word == "too_slow"


def test_no_value_of_a_statement_stands_in_an_exception(engine: Engine) -> None:
    outage.strike(engine, 1)
    with pytest.raises(SQLAlchemyError) as failed, writing(engine) as connection:
        hyderabad.add_customer(connection, 1, "HYD0004", phone="+919999900000")
    assert "+919999900000" not in str(failed.value)
