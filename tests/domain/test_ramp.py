"""Canary, ramp and halt: how many leave first, and when the rest does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.ramp import Canary, HaltReason, Tally, halts, waves

CANARY = Canary()


@pytest.mark.parametrize(
    ("pending", "expected"),
    [(3, (3, 0)), (10, (10, 0)), (500, (10, 100)), (5_000, (50, 500)), (1_000_000, (100, 1_000))],
)
def test_one_in_a_hundred_leaves_first_and_then_ten_times_as_many(
    pending: int, expected: tuple[int, int]
) -> None:
    assert waves(pending) == expected


@given(st.integers(1, 10_000_000))
def test_the_waves_are_never_more_than_there_is(pending: int) -> None:
    first, second = waves(pending)
    assert 1 <= first <= 100
    assert first + second <= pending


def test_a_few_failures_in_a_small_canary_stop_nothing() -> None:
    assert halts(Tally(10, 4, 0), CANARY, ramped=True) is None
    assert halts(Tally(10, 5, 0), CANARY, ramped=True) is HaltReason.FAILURE_RATE


def test_exactly_the_permitted_share_goes_on() -> None:
    assert halts(Tally(100, 5, 0), CANARY, ramped=True) is None
    assert halts(Tally(100, 6, 0), CANARY, ramped=True) is HaltReason.FAILURE_RATE


def test_a_notice_without_waves_is_stopped_by_nothing_but_its_own_text() -> None:
    assert halts(Tally(100, 100, 50), CANARY, ramped=False) is None
    assert halts(Tally(100, 100, 51), CANARY, ramped=False) is HaltReason.UNWRITABLE_TEXTS
