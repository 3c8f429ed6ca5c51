"""Carriers of one channel share its messages by a timetable: slowly away from a bad one, slowly back."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.carriers import (
    THRESHOLDS,
    CarrierReason,
    Measures,
    Rank,
    Shift,
    pick,
    shift,
    try_again_after,
    verdict,
)

T0 = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
WELL = Measures(judged_count=100, slow_count=4, offered_count=100)
SLOW = Measures(judged_count=100, slow_count=15, offered_count=100)
FAILING = Measures(judged_count=10, offered_count=100, trouble_count=15)
FEW = Measures(judged_count=49, slow_count=49, offered_count=49, trouble_count=49)


class Channel:
    """One channel whose carriers are measured every minute; it remembers each change by the minute it came."""

    def __init__(self, **configured: int) -> None:
        self.ranks = [Rank(name, share, share) for name, share in configured.items()]
        self.changed_at: datetime | None = None
        self.by_hand = False
        self.minute = 0
        self.table: list[tuple[int, str, tuple[int, ...]]] = []

    def run(self, minutes: int, **measures: Measures) -> list[tuple[int, str, tuple[int, ...]]]:
        self.table = []
        for _ in range(minutes):
            self.minute += 1
            now = T0 + timedelta(minutes=self.minute)
            ranks = [replace(one, measures=measures[one.name]) for one in self.ranks]
            found = shift(ranks, self.changed_at, self.by_hand, now)
            if found.shares:
                new = dict(found.shares)
                self.ranks = [replace(one, share=new.get(one.name, one.share)) for one in self.ranks]
                self.changed_at, self.by_hand = now, False
                self.table.append((self.minute, found.reason, self.shares))
        return self.table

    @property
    def shares(self) -> tuple[int, ...]:
        return tuple(one.share for one in self.ranks)


def test_a_slow_carrier_loses_ten_points_every_five_minutes_down_to_the_floor() -> None:
    channel = Channel(a=100, b=0)
    assert channel.run(60, a=SLOW, b=WELL) == [
        (1 + 5 * step, "slow", (90 - 10 * step, 10 + 10 * step)) for step in range(9)
    ]
    assert channel.shares == (10, 90)


def test_a_carrier_that_is_well_again_comes_back_step_by_step_after_a_quiet_quarter_of_an_hour() -> None:
    channel = Channel(a=70, b=30)
    channel.run(6, a=SLOW, b=WELL)
    assert channel.shares == (50, 50)
    assert channel.run(50, a=WELL, b=WELL) == [
        (21, "comes_back", (60, 40)),
        (36, "comes_back", (70, 30)),
    ]


def test_nothing_moves_while_all_are_slow_or_failing() -> None:
    channel = Channel(a=60, b=40)
    assert channel.run(60, a=SLOW, b=FAILING) == []


def test_a_few_messages_prove_nothing() -> None:
    assert verdict(FEW) is None
    assert Channel(a=60, b=40).run(30, a=FEW, b=WELL) == []


def test_errors_count_like_slowness() -> None:
    assert Channel(a=60, b=40).run(1, a=FAILING, b=WELL) == [(1, "failing", (50, 50))]


def test_the_worst_of_two_bad_ones_gives_first_and_only_to_who_is_well() -> None:
    worse = Measures(judged_count=100, slow_count=80, offered_count=100)
    channel = Channel(a=40, b=40, c=20)
    assert channel.run(1, a=SLOW, b=worse, c=WELL) == [(1, "slow", (40, 30, 30))]


def test_a_spare_that_is_bad_itself_gives_back_all_it_took() -> None:
    channel = Channel(a=100, b=0)
    channel.run(6, a=SLOW, b=WELL)
    assert channel.shares == (80, 20)
    channel.run(10, a=WELL, b=SLOW)
    assert channel.shares == (100, 0)


def test_shares_set_by_a_person_are_left_alone_for_an_hour() -> None:
    channel = Channel(a=100, b=0)
    channel.ranks = [Rank("a", 100, 40), Rank("b", 0, 60)]
    channel.changed_at, channel.by_hand = T0, True
    assert channel.run(65, a=WELL, b=SLOW)[0] == (60, "slow", (50, 50))


@pytest.mark.parametrize(
    ("ranks", "changed", "reason"),
    [
        ([Rank("a", 100, 100, SLOW)], None, CarrierReason.NO_OTHER),
        ([Rank("a", 60, 60, WELL), Rank("b", 40, 40, WELL)], None, CarrierReason.NOTHING_TO_DO),
        ([Rank("a", 60, 50, SLOW), Rank("b", 40, 50, WELL)], T0, CarrierReason.CHANGED_LATELY),
        ([Rank("a", 60, 10, SLOW), Rank("b", 40, 90, WELL)], None, CarrierReason.AT_THE_FLOOR),
    ],
)
def test_when_nothing_changes_there_is_a_reason(
    ranks: list[Rank], changed: datetime | None, reason: CarrierReason
) -> None:
    found = shift(ranks, changed, False, T0 + timedelta(minutes=1))
    assert (found.reason, found.shares) == (reason, ())


MEASURES = st.sampled_from([WELL, SLOW, FAILING, FEW, Measures()])


@given(
    weights=st.lists(st.integers(0, 100), min_size=2, max_size=5).filter(any),
    days=st.lists(st.lists(MEASURES, min_size=5, max_size=5), min_size=1, max_size=30),
)
def test_shares_always_add_up_and_move_by_at_most_ten_points(
    weights: list[int], days: list[list[Measures]]
) -> None:
    shares = _hundred(weights)
    ranks = [Rank(f"c{number}", share, share) for number, share in enumerate(shares)]
    now = T0
    for measured in days:
        now += timedelta(hours=1)
        ranks = [replace(one, measures=each) for one, each in zip(ranks, measured, strict=False)]
        found: Shift = shift(ranks, None, False, now)
        new = dict(found.shares)
        moved = [replace(one, share=new.get(one.name, one.share)) for one in ranks]
        assert sum(one.share for one in moved) == 100
        assert all(0 <= one.share <= 100 for one in moved)
        lost = sum(max(0, before.share - after.share) for before, after in zip(ranks, moved, strict=True))
        assert lost <= THRESHOLDS.step
        for before, after in zip(ranks, moved, strict=True):
            if after.share < before.share and found.reason in (CarrierReason.SLOW, CarrierReason.FAILING):
                assert after.share >= min(THRESHOLDS.floor, after.configured)
        ranks = moved


def _hundred(weights: Iterable[int]) -> list[int]:
    weights = list(weights)
    shares = [weight * 100 // sum(weights) for weight in weights]
    shares[0] += 100 - sum(shares)
    return shares


@given(first=st.integers(0, 10**9), share=st.integers(0, 100))
def test_any_run_of_a_hundred_pieces_is_shared_as_said(first: int, share: int) -> None:
    shares = [("a", share), ("b", 100 - share)]
    taken = sum(pick(shares, number) == "a" for number in range(first, first + 100))
    assert abs(taken - share) <= 4
    assert share not in (0, 100) or taken == share


def test_where_nobody_has_a_share_left_the_first_takes_all() -> None:
    assert {pick([("a", 0), ("b", 0)], number) for number in range(50)} == {"a"}


def test_a_closed_carrier_is_tried_after_a_minute_and_then_ever_more_rarely() -> None:
    tried, closed_for = [], timedelta(0)
    for _ in range(8):
        closed_for += try_again_after(closed_for)
        tried.append(closed_for.total_seconds() / 60)
    assert tried == [1, 2, 4, 8, 16, 32, 62, 92]
