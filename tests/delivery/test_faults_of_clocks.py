"""Clocks that are set while texts leave: leases grow in nobody's eyes, and nobody is told twice."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import hyderabad
import outage
from hyderabad import T0
from outage import INCIDENT, SCRIPT, Memory
from sqlalchemy import Engine

from tellfirst.bootstrap import World
from tellfirst.delivery import leasing, sending, standing
from tellfirst.delivery.reconciling import reconcile
from tellfirst.delivery.sending import Sender
from tellfirst.delivery.terms import TERMS
from tellfirst.domain.times import SteadyClock
from tellfirst.settings import Settings
from tellfirst.store import tables as t
from tellfirst.store.database_clock import DatabaseClock
from tellfirst.store.engine import reading, writing

CUSTOMERS = 12
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@dataclass
class Machine:
    """A machine whose clock somebody sets; `steps` is what it counts by itself."""

    moment: datetime = T0 + timedelta(minutes=5)
    steps: float = 100.0
    clock: SteadyClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = SteadyClock(self, lambda: self.steps)

    def now(self) -> datetime:
        return self.moment

    def passes(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.steps += seconds


def _send(engine: Engine, machine: Machine, carrier: Memory) -> None:
    with reading(engine) as connection:
        chunks = standing.open_chunks(connection, INCIDENT, machine.clock.now())
    for chunk_id, _ in chunks:
        sending.send_chunk(Sender(engine, outage.At(T0), machine.clock), chunk_id, carrier, SCRIPT)


def _send_in_a_thread(engine: Engine, machine: Machine, carrier: Memory) -> None:
    """As another worker does while the first one is in the middle of a call."""
    with ThreadPoolExecutor(1) as worker:
        worker.submit(_send, engine, machine, carrier).result(30)


def _planned(engine: Engine) -> None:
    outage.strike(engine, CUSTOMERS)
    outage.plan_first_word(engine)


def test_a_clock_set_back_an_hour_while_sending_does_not_stretch_the_lease(sqlite_engine: Engine) -> None:
    _planned(sqlite_engine)
    machine, other, carrier = Machine(), Machine(), Memory()

    def set_back_and_hang(made: int) -> None:
        """For longer than the lease, which by the set clock had most of an hour to go; another takes over."""
        if made == 6:
            carrier.before_call = lambda _made: None
            machine.moment -= HOUR
            for one in (machine, other):
                one.passes(200.0)
            _send_in_a_thread(sqlite_engine, other, carrier)
            # The window that hung is in doubt; the rest has left.
            assert len(carrier.accepted) == CUSTOMERS - 4

    carrier.before_call = set_back_and_hang
    _send(sqlite_engine, machine, carrier)
    assert len(carrier.accepted) == CUSTOMERS - 4
    other.passes(200.0)
    reconcile(sqlite_engine, 1, carrier, SCRIPT, outage.At(T0), other.clock)
    _send(sqlite_engine, other, carrier)
    assert sorted(outage.customers_of(sqlite_engine, carrier.accepted)) == list(range(1, CUSTOMERS + 1))


def test_a_dead_workers_lease_does_not_last_an_hour_because_the_clock_was_set_back(
    sqlite_engine: Engine,
) -> None:
    _planned(sqlite_engine)
    before = Machine()
    with writing(sqlite_engine) as connection:
        assert leasing.lease(connection, 1, before.clock.now()) is not None
    # The machine is started again, an hour earlier by its clock.
    after, carrier = Machine(moment=before.moment - HOUR), Memory()
    with writing(sqlite_engine) as connection:
        leasing.reap(connection, after.clock.now())
    after.passes((TERMS.lease_for + 3 * TERMS.skew).total_seconds())
    sender = Sender(sqlite_engine, outage.At(T0), after.clock)
    sending.send_chunk(sender, 1, carrier, SCRIPT)
    assert len(carrier.accepted) == CUSTOMERS


def test_a_clock_put_right_by_an_hour_forward_ends_the_lease_early_and_tells_nobody_twice(
    sqlite_engine: Engine,
) -> None:
    _planned(sqlite_engine)
    machine, carrier = Machine(), Memory()

    def step_forward(made: int) -> None:
        if made == 6:
            carrier.before_call = lambda _made: None
            machine.moment += HOUR

    carrier.before_call = step_forward
    _send(sqlite_engine, machine, carrier)
    carrier.before_call = lambda _made: None
    machine.passes(1.0)
    _send(sqlite_engine, machine, carrier)
    machine.passes(200.0)
    _send(sqlite_engine, machine, carrier)
    assert sorted(outage.customers_of(sqlite_engine, carrier.accepted)) == list(range(1, CUSTOMERS + 1))
    with reading(sqlite_engine) as connection:
        assert {row[0] for row in hyderabad.rows(connection, t.delivery, "resend_count")} == {0}


def test_on_postgresql_a_machine_that_is_an_hour_wrong_leases_by_the_servers_clock(
    postgresql_engine: Engine,
) -> None:
    """Two machines, one of them an hour behind: neither asks its own clock."""
    _planned(postgresql_engine)
    here = World(Settings(database_url=postgresql_engine.url.render_as_string(hide_password=False)))
    assert isinstance(here.wall, DatabaseClock)
    here.engine.dispose()
    one, other = DatabaseClock(postgresql_engine), DatabaseClock(postgresql_engine)
    assert abs(one.now() - other.now()) < SECOND
    with writing(postgresql_engine) as connection:
        held = leasing.lease(connection, 1, one.now())
        assert held is not None
        assert leasing.lease(connection, 1, other.now()) is None
        told = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    assert abs(held.until - TERMS.lease_for - told) < 5 * SECOND


def test_the_servers_clock_is_counted_on_between_two_looks_whatever_the_machines_says(
    postgresql_engine: Engine,
) -> None:
    clock = DatabaseClock(postgresql_engine)
    first = clock.now()
    time.sleep(0.05)
    assert timedelta(milliseconds=40) < clock.now() - first < 2 * SECOND
