"""A sender's rate as slots: used almost fully by any number of workers, never exceeded by more than the burst."""

import heapq
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tellfirst.domain.pace import CATCH_UP, Slots, is_forfeited, reserve, window_size

T0 = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def test_the_next_slots_begin_where_the_last_ones_end() -> None:
    first = reserve(None, T0, 50, rate=100)
    assert first == Slots(T0, T0 + timedelta(seconds=0.5), 50)
    assert reserve(first.ends_at, T0, 10, rate=100).starts_at == first.ends_at
    assert first.after(25) == T0 + timedelta(seconds=0.25)


def test_who_comes_a_little_late_catches_up_and_who_rested_does_not() -> None:
    assert reserve(T0, T0 + CATCH_UP, 1, rate=1).starts_at == T0
    late = T0 + CATCH_UP + timedelta(microseconds=1)
    assert reserve(T0, late, 1, rate=1).starts_at == late


@pytest.mark.parametrize(
    ("rate", "each", "most", "size"),
    [(100, 1, 50, 50), (100, 4, 50, 25), (1, 3, 50, 1), (0.5, 1, 50, 1), (5000, 1, 1000, 1000)],
)
def test_a_window_lasts_about_a_second(rate: float, each: float, most: int, size: int) -> None:
    assert window_size(rate, each, most) == size


class Day:
    """Workers that reserve a window, send it slot by slot, and then wait for the books; in virtual time."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.free_at: datetime | None = None
        self.calls: list[tuple[datetime, int]] = []

    def run(self, workers: int, until: timedelta, lengths: list[int], pauses: list[float]) -> None:
        queue = [(T0, number) for number in range(workers)]
        turn = 0
        while queue[0][0] < T0 + until:
            now, worker = heapq.heappop(queue)
            each = lengths[turn % len(lengths)]
            count = window_size(self.rate, each, 50)
            slots = reserve(self.free_at, now, count * each, self.rate)
            self.free_at = slots.ends_at
            for message in range(count):
                slot = slots.after(message * each)
                if is_forfeited(slot, now):
                    again = reserve(self.free_at, now, (count - message) * each, self.rate)
                    self.free_at, slot = again.ends_at, again.starts_at
                    slots = Slots(again.starts_at - message * each * self._one, again.ends_at, count * each)
                now = max(now, slot)
                self.calls.append((now, each))
            turn += 1
            heapq.heappush(queue, (now + timedelta(seconds=pauses[turn % len(pauses)]), worker))

    @property
    def _one(self) -> timedelta:
        return timedelta(seconds=1 / self.rate)

    def most_above(self) -> float:
        """By how many segments any span of time was above what is permitted in it."""
        calls = sorted(self.calls)
        worst, level, before = 0.0, 0.0, T0
        for at, segments in calls:
            level = max(0.0, level - (at - before).total_seconds() * self.rate) + segments
            worst, before = max(worst, level), at
        return worst


@pytest.mark.parametrize("workers", [1, 2, 7])
@pytest.mark.parametrize("rate", [1, 10, 100])
def test_ninety_nine_hundredths_of_the_rate_are_used(workers: int, rate: float) -> None:
    day = Day(rate)
    day.run(workers, timedelta(minutes=5), [1, 2, 3], [0.1, 0.4, 0.05])
    span = (max(at for at, _ in day.calls) - T0).total_seconds()
    sent = sum(segments for _, segments in day.calls)
    assert sent >= 0.99 * span * rate - 3
    assert sent <= span * rate + rate * CATCH_UP.total_seconds() + 3


@settings(deadline=None)
@given(
    workers=st.integers(1, 6),
    rate=st.sampled_from([0.5, 1.0, 7.0, 100.0, 900.0]),
    lengths=st.lists(st.integers(1, 8), min_size=1, max_size=5),
    pauses=st.lists(st.floats(0, 30), min_size=1, max_size=7),
)
def test_no_span_of_time_sees_more_than_the_rate_and_one_second_of_it(
    workers: int, rate: float, lengths: list[int], pauses: list[float]
) -> None:
    day = Day(rate)
    day.run(workers, timedelta(seconds=90), lengths, pauses)
    assert day.most_above() <= rate * CATCH_UP.total_seconds() + max(lengths) + 0.01
