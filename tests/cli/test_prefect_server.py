"""What the embedded Prefect server is told from outside, so that it stands a storm on SQLite."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.exc import OperationalError

from tellfirst.conductor import without_heartbeats
from tellfirst.prefect_server import _as_a_writer


def prefect_like(path: Path) -> Engine:
    """Begins as Prefect's server does (`AioSqliteConfiguration.begin_sqlite_stmt`, 3.8)."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 5}, poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _connect(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # a connection of sqlite3
        connection.execute("PRAGMA journal_mode=WAL").close()  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: object) -> None:
        connection.exec_driver_sql("BEGIN DEFERRED")  # type: ignore[attr-defined]

    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS run (id INTEGER)")
    return engine


def read_then_write_while_another_writes(engine: Engine) -> None:
    """In two threads, as two requests meet."""
    other_done = threading.Event()

    def other() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO run VALUES (1)")
        other_done.set()

    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT * FROM run").all()
        thread = threading.Thread(target=other)
        thread.start()
        # One that has the lock already is waited for in vain; one that has not lets the other pass.
        other_done.wait(0.5)
        connection.exec_driver_sql("INSERT INTO run VALUES (2)")
    thread.join()


def test_without_it_whoever_reads_first_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(OperationalError, match="database is locked"):
        read_then_write_while_another_writes(prefect_like(tmp_path / "runs.db"))


def test_with_it_one_waits_for_the_other(tmp_path: Path) -> None:
    engine = prefect_like(tmp_path / "runs.db")
    event.listen(engine, "before_cursor_execute", _as_a_writer, retval=True)
    read_then_write_while_another_writes(engine)
    with engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT id FROM run ORDER BY id").scalars()
        assert list(rows) == [1, 2]


def test_garbage_is_collected_and_never_in_the_thread_that_made_it() -> None:
    program = """
import gc, threading, time
from tellfirst.prefect_server import collect_in_a_thread
where = []
class Cycle:
    def __init__(self): self.me = self
    def __del__(self): where.append(threading.current_thread().name)
collect_in_a_thread()
for _ in range(5000): Cycle()
made = list(where)
end = time.monotonic() + 20
while len(where) < 5000 and time.monotonic() < end: time.sleep(0.1)
print(made, set(where))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[] {'garbage'}\n"


def test_it_is_prefects_own_command_that_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tellfirst.prefect_server", "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "prefect server start" in done.stdout


def test_flows_inside_send_no_heartbeat() -> None:
    from prefect.settings import get_current_settings

    with without_heartbeats():
        assert get_current_settings().flows.heartbeat_frequency is None
    assert get_current_settings().flows.heartbeat_frequency is not None
