"""Two transactions at once: going on when one is sure to wait for the other."""

import time
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Engine, func, select, text

PATIENCE_SECONDS = 10
A_MOMENT_SECONDS = 0.05


def until_it_waits(engine: Engine, other: Future[Any]) -> None:
    """Until `other`, in a thread of its own, waits for a lock that our transaction holds.

    SQLite does not say who waits; there any writer waits from its first statement, so a moment is enough.
    """
    if engine.dialect.name == "sqlite":
        time.sleep(A_MOMENT_SECONDS)
        return
    waiting = select(func.count()).select_from(text("pg_locks")).where(text("NOT granted"))
    patience_ends = time.monotonic() + PATIENCE_SECONDS
    with engine.connect() as connection:
        while not connection.scalar(waiting):
            assert not other.done(), f"it did not wait: {other.exception() or other.result()}"
            assert time.monotonic() < patience_ends, "it neither waits nor ends"
            connection.rollback()
            time.sleep(0.01)
