"""`tellfirst doctor --watch`: says when the teller itself is late, also while Prefect is away."""

from datetime import UTC, datetime, timedelta

import hyderabad
import pytest
from hyderabad import FIRST, T0
from sqlalchemy import Engine, insert, update
from teletype import NOW, Terminal

from tellfirst import teller
from tellfirst.notices.approving import ask, decline
from tellfirst.store import tables as t
from tellfirst.store.engine import writing
from tellfirst.store.ticks import last_tick, ticked


@pytest.fixture
def ticking(engine: Engine) -> Engine:
    """A clock that ticked just now, and nothing that waits."""
    with writing(engine) as connection:
        ticked(connection, datetime.now(UTC))
        connection.execute(update(t.receipt).values(applied_at=T0))
        connection.execute(update(t.incident).values(next_due_at=NOW + timedelta(hours=1)))
    return engine


@pytest.fixture
def prefect_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teller, "answers", lambda _url: True)
    monkeypatch.setattr(teller.conductor, "worker_is_online", lambda _pool: True)


def reasons(terminal: Terminal) -> tuple[int, list[str]]:
    said = terminal("doctor", "--watch", "--once", "--json")
    return said.status, [one["reason"] for one in said.json["reasons"]]


def test_a_teller_on_time_is_said_to_be(terminal: Terminal, ticking: Engine, prefect_is_there: None) -> None:
    assert reasons(terminal) == (0, [])
    assert "on time" in terminal("doctor", "--watch", "--once").out


def test_a_prefect_that_is_away_is_a_reason_and_the_rest_is_still_looked_at(
    terminal: Terminal, ticking: Engine
) -> None:
    assert reasons(terminal) == (1, ["prefect_away"])
    with writing(ticking) as connection:
        connection.execute(update(t.incident).values(next_due_at=NOW - timedelta(minutes=3)))
        connection.execute(update(t.promise).values(due_at=NOW - timedelta(minutes=3)))
    assert reasons(terminal) == (1, ["incidents_overdue", "promises_past_due", "prefect_away"])
    said = terminal("doctor", "--watch", "--once")
    assert "late: incidents_overdue (1, since 2026-11-22" in said.out
    assert "`tellfirst incident list`" in said.out


def test_a_worker_that_is_gone_is_a_reason(
    terminal: Terminal, ticking: Engine, prefect_is_there: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teller.conductor, "worker_is_online", lambda _pool: False)
    assert reasons(terminal) == (1, ["worker_offline"])


def test_a_clock_that_stopped_is_late_and_one_that_never_ticked_as_well(
    terminal: Terminal, engine: Engine, prefect_is_there: None
) -> None:
    assert reasons(terminal)[1][0] == "clock_silent"
    long_ago = datetime.now(UTC) - timedelta(minutes=2)
    with writing(engine) as connection:
        ticked(connection, long_ago)
        ticked(connection, long_ago + timedelta(seconds=1))
        assert last_tick(connection) == long_ago + timedelta(seconds=1)
    assert reasons(terminal)[1][0] == "clock_silent"


def test_receipts_that_nobody_applies_are_late(
    terminal: Terminal, ticking: Engine, prefect_is_there: None
) -> None:
    waiting = {"carrier": "twilio", "event_id": "1", "delivery_id": 1, "state": "delivered"}
    more = {"carrier_ref": "SM1", "code": "", "received_at": datetime.now(UTC) - timedelta(minutes=5)}
    with writing(ticking) as connection:
        connection.execute(insert(t.receipt).values(**waiting, **more))
    assert reasons(terminal) == (1, ["receipts_unapplied"])


def test_a_declined_first_word_is_late_from_the_moment_its_time_is_up(
    terminal: Terminal, ticking: Engine, prefect_is_there: None
) -> None:
    with writing(ticking) as connection:
        connection.execute(update(t.incident).values(approval_needed=True))
        asked = ask(connection, hyderabad.incident(connection), hyderabad.voice(T0))
        assert asked.due_at < NOW + timedelta(minutes=60)
    with writing(ticking) as connection:
        connection.execute(update(t.approval).values(due_at=NOW - timedelta(minutes=5)))
    assert reasons(terminal) == (1, ["approvals_past_due"])
    with writing(ticking) as connection:
        decline(connection, FIRST, 1, hyderabad.voice(T0), "ravi", "wrong")
        connection.execute(update(t.incident).values(next_due_at=None))
    assert reasons(terminal) == (1, ["first_word_declined"])


def test_a_database_that_cannot_be_read_is_the_reason(terminal: Terminal, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("DROP TABLE tick")
    assert reasons(terminal) == (1, ["database_away"])


def test_a_span_that_is_none_is_refused_with_how_to_write_one(terminal: Terminal, engine: Engine) -> None:
    assert "'often' is no span" in terminal("doctor", "--watch", "--every", "often").sentence
