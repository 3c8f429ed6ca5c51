"""PostgreSQL's own clock, counted on in between by the machine's steps."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event

from tellfirst.store import database_clock
from tellfirst.store.database_clock import DatabaseClock


def test_it_is_the_servers_time_and_never_runs_back(
    postgresql_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = DatabaseClock(postgresql_engine)
    moments = [clock.now()]
    monkeypatch.setattr(database_clock, "ASK_EVERY", -1.0)
    moments += [clock.now() for _ in range(20)]
    assert moments == sorted(moments)
    # Server and test run on one machine here.
    assert abs(moments[-1] - datetime.now(UTC)) < timedelta(seconds=5)


def test_it_is_asked_now_and_then_and_not_every_time(postgresql_engine: Engine) -> None:
    asked: list[str] = []
    event.listen(postgresql_engine, "before_cursor_execute", lambda _c, _k, text, *_: asked.append(text))
    clock = DatabaseClock(postgresql_engine)
    first = clock.now()
    time.sleep(0.01)
    assert clock.now() - first >= timedelta(milliseconds=10)
    assert sum("clock_timestamp" in text for text in asked) == 1
