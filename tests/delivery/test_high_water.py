"""The high-water mark: a database that is older than what was sent sends nothing."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import hyderabad
import outage
import pytest
from hyderabad import T0
from outage import INCIDENT, Memory
from sqlalchemy import Engine, update

from tellfirst.delivery import high_water, stopping
from tellfirst.delivery.high_water import GAP, HighWater
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

CUSTOMERS = 12


@pytest.fixture
def mark(tmp_path: Path) -> HighWater:
    return HighWater(tmp_path / "epoch")


def test_the_file_keeps_the_highest_number_whoever_writes_last(mark: HighWater) -> None:
    assert mark.seen() == 0
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(mark.rise_to, [*range(1, 200), *range(199, 0, -1)]))
    assert mark.seen() == 199
    assert mark.file is not None
    assert oct(os.stat(mark.file).st_mode & 0o777) == "0o600"


@pytest.mark.parametrize("written", [b"", b"\0\0\0", b"12a"])
def test_a_file_that_is_no_number_says_nothing_and_is_mended_by_the_next_send(
    mark: HighWater, written: bytes
) -> None:
    assert mark.file is not None
    mark.file.write_bytes(written)
    assert mark.seen() == 0
    mark.rise_to(7)
    assert mark.seen() == 7


def test_every_window_raises_it_before_its_first_call(engine: Engine, mark: HighWater) -> None:
    outage.strike(engine, CUSTOMERS)
    outage.plan_first_word(engine)
    seen = []
    outage.send(engine, Memory(before_call=lambda _made: seen.append(mark.seen())), high_water=mark)
    assert seen == [1] * 5 + [2] * 5 + [3] * 2
    with reading(engine) as connection:
        assert high_water.epoch(connection) == 3


def test_a_database_below_the_file_holds_everything_and_says_why(
    engine: Engine, mark: HighWater, caplog: pytest.LogCaptureFixture
) -> None:
    outage.strike(engine, CUSTOMERS)
    outage.plan_first_word(engine)
    mark.rise_to(40)
    carrier = Memory()
    for _ in range(2):
        outage.send(engine, carrier, high_water=mark)
    assert carrier.accepted == []
    assert set(outage.standings(engine)) == {("pending", "affected")}
    with reading(engine) as connection:
        [held] = stopping.in_force(connection)
        assert (held.incident, held.effect, held.reason) == ("", "hold", "restored_backup")
        log = hyderabad.rows(connection, t.incident_entry, "topic", "reason", "details")[-1]
    assert log == (
        "stop",
        "held_what_waits",
        {"why": "restored_backup", "database_epoch": 0, "sent_epoch": 40},
    )
    [paged] = [one for one in caplog.records if one.levelname == "ERROR"]
    assert "tellfirst reconcile --since" in paged.getMessage()


def test_after_go_it_sends_and_other_homes_are_not_held_again(
    engine: Engine, mark: HighWater, tmp_path: Path
) -> None:
    outage.strike(engine, CUSTOMERS)
    outage.plan_first_word(engine)
    other = HighWater(tmp_path / "epoch of another machine")
    mark.rise_to(40)
    other.rise_to(55)
    carrier = Memory()
    outage.send(engine, carrier, high_water=mark)
    with writing(engine) as connection:
        stopping.go(connection, None, "asha", T0, T0)
    outage.send(engine, carrier, high_water=other)
    assert len(carrier.accepted) == CUSTOMERS
    assert other.seen() == 40 + GAP + 3


def test_it_is_noticed_between_two_windows_too(engine: Engine, mark: HighWater) -> None:
    """A standby takes over while a worker sends: it has the same lease and lacks the last commits."""
    outage.strike(engine, CUSTOMERS)
    outage.plan_first_word(engine)
    carrier = Memory()

    def fail_over(made: int) -> None:
        if made == 9:
            with writing(engine) as connection:
                connection.execute(update(t.ledger_mark).values(epoch=1))

    carrier.before_call = fail_over
    outage.send(engine, carrier, high_water=mark)
    assert len(carrier.accepted) == 10
    with reading(engine) as connection:
        assert [one.reason for one in stopping.in_force(connection)] == ["restored_backup"]


def test_a_mark_that_cannot_be_written_means_no_call(sqlite_engine: Engine, tmp_path: Path) -> None:
    outage.strike(sqlite_engine, CUSTOMERS)
    outage.plan_first_word(sqlite_engine)
    carrier = Memory()
    with pytest.raises(OSError, match="epoch"):
        outage.send(sqlite_engine, carrier, high_water=HighWater(tmp_path / "gone" / "epoch"))
    assert carrier.accepted == []
    later = T0 + timedelta(minutes=10)
    outage.send(sqlite_engine, carrier, later)
    assert len(carrier.accepted) == CUSTOMERS - 5
    with reading(sqlite_engine) as connection:
        assert hyderabad.incident(connection).id == INCIDENT
    assert outage.standings(sqlite_engine).count(("unknown", "worker_lost")) == 5
