"""A clock that never runs back, whatever is done to the machine's."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.times import SteadyClock

START = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class Machine:
    """A clock that can be set, and a count of seconds that cannot."""

    told: datetime = START
    counted: float = 100.0

    def now(self) -> datetime:
        return self.told

    def pass_by(self, seconds: float) -> None:
        self.told += timedelta(seconds=seconds)
        self.counted += seconds


def _steady(machine: Machine) -> SteadyClock:
    return SteadyClock(machine, lambda: machine.counted)


def test_set_back_by_an_hour_it_goes_on_from_where_it_was() -> None:
    machine = Machine()
    clock = _steady(machine)
    machine.pass_by(10)
    assert clock.now() == START + 10 * SECOND
    machine.told -= timedelta(hours=1)
    machine.pass_by(5)
    assert clock.now() == START + 15 * SECOND


def test_set_forward_it_follows() -> None:
    machine = Machine()
    clock = _steady(machine)
    machine.told += timedelta(hours=1)
    assert clock.now() == START + timedelta(hours=1)
    machine.pass_by(5)
    assert clock.now() == START + timedelta(hours=1, seconds=5)


@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(-1e5, 1e5)), max_size=30))
def test_it_never_runs_back_and_never_slower_than_time_passes(changes: list[tuple[float, float]]) -> None:
    machine = Machine()
    clock = _steady(machine)
    before = clock.now()
    for seconds, setting in changes:
        machine.pass_by(seconds)
        machine.told += timedelta(seconds=setting)
        after = clock.now()
        assert after - before >= timedelta(seconds=seconds) - timedelta(microseconds=50)
        before = after
