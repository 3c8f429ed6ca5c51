"""What the engine promises: durable, checked, one writer after the other, one consistent look."""

import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Barrier, Event

import pytest
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from tellfirst.store import tables as t
from tellfirst.store.engine import BUSY_TIMEOUT_MS, connect, reading, writing
from tellfirst.store.migrate import migrate

SYNCHRONOUS_FULL = 2
ELEMENT = {"id": "north-1", "kind": "site", "name": "0", "area": "north"}


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", SYNCHRONOUS_FULL),
        ("foreign_keys", 1),
        ("busy_timeout", BUSY_TIMEOUT_MS),
    ],
)
def test_sqlite_runs_as_promised_on_every_connection(
    sqlite_engine: Engine, pragma: str, value: str | int
) -> None:
    with sqlite_engine.connect() as one, sqlite_engine.connect() as other:
        for connection in (one, other):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
            connection.rollback()


def test_a_first_connection_waits_for_whoever_is_making_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    maker = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    maker.execute("BEGIN IMMEDIATE")
    engine = connect(f"sqlite:///{path}")
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(lambda: engine.connect().close())
        assert not wait([opening], timeout=0.05).done
        maker.execute("COMMIT")
        opening.result(10)
    maker.close()
    engine.dispose()


def test_two_writers_queue_instead_of_failing(engine: Engine) -> None:
    """Both read before they write: without BEGIN IMMEDIATE the second upgrade of a read fails at once."""
    with writing(engine) as connection:
        connection.execute(insert(t.element).values(ELEMENT))
    together = Barrier(2)

    def count_up() -> None:
        together.wait(10)
        for _ in range(20):
            with writing(engine) as connection:
                name = connection.scalars(select(t.element.c.name).with_for_update()).one()
                connection.execute(update(t.element).values(name=str(int(name) + 1)))

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(count_up) for _ in range(2)]:
            done.result(30)
    with reading(engine) as connection:
        assert connection.scalars(select(t.element.c.name)).one() == "40"


def test_a_look_is_consistent_while_others_write(engine: Engine) -> None:
    count = select(func.count()).select_from(t.element)
    with reading(engine) as connection:
        assert connection.scalar(count) == 0
        with writing(engine) as other:
            other.execute(insert(t.element).values(ELEMENT))
        assert connection.scalar(count) == 0
    with reading(engine) as connection:
        assert connection.scalar(count) == 1


def test_looking_keeps_no_writer_waiting_and_writing_no_reader(engine: Engine) -> None:
    written, looked = Event(), Event()

    def look() -> int | None:
        assert written.wait(10)
        with reading(engine) as connection:
            found = connection.scalar(select(func.count()).select_from(t.element))
        looked.set()
        return found

    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(look)
        with writing(engine) as connection:
            connection.execute(insert(t.element).values(ELEMENT))
            written.set()
            assert looked.wait(10)
        assert seen.result(10) == 0


def test_a_connection_that_has_looked_locks_out_other_writers_when_it_writes(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as connection:
        connection.scalar(select(func.count()).select_from(t.element))
    other = sqlite3.connect(str(sqlite_engine.url.database), timeout=0, isolation_level=None)
    with writing(sqlite_engine), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE").close()
    other.close()


def test_an_exception_takes_back_everything_written(engine: Engine) -> None:
    def write_twice() -> None:
        with writing(engine) as connection:
            connection.execute(insert(t.element).values(ELEMENT))
            connection.execute(insert(t.element).values(ELEMENT))

    with pytest.raises(IntegrityError):
        write_twice()
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(t.element)) == 0


def test_a_new_database_under_umask_077_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        engine = connect(f"sqlite:///{tmp_path / 'new.db'}")
        migrate(engine)
        with writing(engine) as connection:
            connection.execute(insert(t.element).values(ELEMENT))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        engine.dispose()
    finally:
        os.umask(before)
    assert modes == {"new.db": 0o600, "new.db-wal": 0o600, "new.db-shm": 0o600}
