"""Two workers, each a process of its own, on one notice: never twice, stopped and continued at the worst moments."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import hyderabad
import outage
import psutil
import pytest
from counting_twilio import CountingTwilio
from hyderabad import FIRST
from outage import INCIDENT
from sqlalchemy import Engine
from worker_process import Orders

from tellfirst.carriers.port import Receipt, ReceiptState
from tellfirst.delivery import anomalies, receipts, stopping
from tellfirst.delivery.planning import CHUNK_SIZE
from tellfirst.domain.delivery import Anomaly, StopEffect
from tellfirst.notices.telling import tell_first
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

SCRIPT = Path(__file__).with_name("worker_process.py")
PATIENCE = 120.0
WINDOW = 10
SHORT_LEASE = 6.0


class Workers:
    """Processes that end with the test, whatever becomes of it."""

    def __init__(self, engine: Engine, home: Path, twilio: CountingTwilio, address: str) -> None:
        self.engine = engine
        self.home = home
        self.twilio = twilio
        self._address = address
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, **orders: object) -> subprocess.Popen[bytes]:
        """One more; it returns when the worker is about to begin."""
        given = Orders(
            self.engine.url.render_as_string(hide_password=False),
            self._address,
            str(self.home),
            WINDOW,
            **orders,  # type: ignore[arg-type]
        )
        worker = subprocess.Popen(
            [sys.executable, str(SCRIPT), json.dumps(asdict(given))], stdout=subprocess.PIPE
        )
        self._running.append(worker)
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"ready\n"
        return worker

    def end(self) -> None:
        for worker in self._running:
            if worker.poll() is None:
                worker.kill()
            worker.wait(20)


@pytest.fixture
def twilio() -> Iterator[CountingTwilio]:
    made = CountingTwilio()
    made.address = made.start()  # type: ignore[attr-defined]
    yield made
    made.stop()


@pytest.fixture
def workers(engine: Engine, tmp_path: Path, twilio: CountingTwilio) -> Iterator[Workers]:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    made = Workers(engine, home, twilio, twilio.address)  # type: ignore[attr-defined]
    yield made
    made.end()


def _until(holds: Callable[[], object], what: str) -> None:
    ends = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < ends, f"waited in vain until {what}"
        time.sleep(0.02)


def _plan(engine: Engine, customers: int, monkeypatch: pytest.MonkeyPatch, chunk: int = CHUNK_SIZE) -> None:
    monkeypatch.setattr("tellfirst.delivery.planning.CHUNK_SIZE", chunk)
    outage.strike(engine, customers)
    with writing(engine) as connection:
        tell_first(connection, FIRST, hyderabad.voice(datetime.now(UTC)))


def _states(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return {row[0] for row in hyderabad.rows(connection, t.delivery, "state")}


def _resends(engine: Engine) -> int:
    with reading(engine) as connection:
        return sum(row[0] for row in hyderabad.rows(connection, t.delivery, "resend_count"))


def test_two_workers_side_by_side_send_everything_once(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers = 240
    _plan(workers.engine, customers, monkeypatch, chunk=20)
    workers.twilio.delay = 0.02
    both = [workers.start(), workers.start()]
    for one in both:
        assert one.wait(PATIENCE) == 0
    counts = workers.twilio.counts()
    assert (len(counts), set(counts.values())) == (customers, {1})
    assert _states(workers.engine) == {"sent"}
    with reading(workers.engine) as connection:
        assert sum(anomalies.counts(connection).values()) == 0


def test_a_worker_stopped_before_its_call_and_continued_after_its_lease_sends_nothing_twice(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers = 60
    _plan(workers.engine, customers, monkeypatch)
    # The first call of the third window: no other call of it has its permit yet.
    first = workers.start(lease=SHORT_LEASE, stop_at="permit", nth=2 * WINDOW + 1)
    _until(
        lambda: psutil.Process(first.pid).status() == psutil.STATUS_STOPPED, "the first worker stands still"
    )
    second = workers.start(lease=SHORT_LEASE)
    assert second.wait(PATIENCE) == 0
    assert set(workers.twilio.counts().values()) == {1}
    first.send_signal(signal.SIGCONT)
    assert first.wait(PATIENCE) == 0
    counts = workers.twilio.counts()
    assert (len(counts), set(counts.values())) == (customers, {1})
    assert _states(workers.engine) == {"sent"}


def test_a_worker_stopped_inside_a_call_may_tell_a_customer_twice_and_it_is_counted(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The residue: nothing of ours can take back a request that is about to be written."""
    customers = 30
    _plan(workers.engine, customers, monkeypatch)
    first = workers.start(lease=SHORT_LEASE, stop_at="call", nth=15)
    _until(
        lambda: psutil.Process(first.pid).status() == psutil.STATUS_STOPPED, "the first worker stands still"
    )
    second = workers.start(lease=SHORT_LEASE)
    assert second.wait(PATIENCE) == 0
    assert set(workers.twilio.counts().values()) == {1}
    first.send_signal(signal.SIGCONT)
    assert first.wait(PATIENCE) == 0
    counts = workers.twilio.counts()
    twice = [one for one, times in counts.items() if times == 2]
    assert len(counts) == customers
    assert len(twice) == sum(counts.values()) - customers
    assert 1 <= len(twice) <= WINDOW
    assert _resends(workers.engine) >= len(twice)
    # An answer that came too late was read by nobody; the carrier's receipt for it is.
    reports = [
        Receipt("twilio", sid, delivery, ReceiptState.DELIVERED, sid, "", None)
        for delivery, sid in workers.twilio.receipts
    ]
    with writing(workers.engine) as connection:
        receipts.keep(connection, reports, hyderabad.T0)
        while receipts.apply(connection, hyderabad.T0):
            pass
        odd = hyderabad.rows(connection, t.anomaly, "delivery_id", "kind")
    assert {key for key, kind in odd if kind == Anomaly.SECOND_ACCEPTANCE} == set(twice)
    assert _states(workers.engine) == {"delivered"}


@pytest.mark.parametrize("how", ["stop", "brake"])
def test_a_stop_under_load_holds_within_a_second_and_a_window(
    workers: Workers, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    customers = 600
    _plan(workers.engine, customers, monkeypatch, chunk=300)
    workers.twilio.delay = 0.3
    both = [workers.start(), workers.start()]
    _until(lambda: len(workers.twilio.taken) > 60, "both are at full speed")
    if how == "brake":
        (workers.home / "STOP").touch()
    else:
        with writing(workers.engine) as connection:
            stopping.stop(connection, INCIDENT, StopEffect.CANCEL, "wrong text", "asha", hyderabad.T0)
    pressed = time.monotonic()
    for one in both:
        assert one.wait(PATIENCE) == 0
    late = [at - pressed for at, _ in workers.twilio.taken if at > pressed]
    assert len(late) <= 2 * WINDOW
    assert max(late, default=0.0) <= 1.0
    assert len(workers.twilio.taken) < customers
    assert _states(workers.engine) == {"sent", "cancelled"}
