"""How a promise ends: in time, late, replaced or in silence; equal times are in time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tellfirst.domain.promise import (
    PromiseState,
    Settled,
    lapse,
    replace_restoration,
    settle_next_update,
    settle_restoration,
)

DUE = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
NONE = timedelta(0)
KEPT, BROKEN, REPLACED = PromiseState.KEPT, PromiseState.BROKEN, PromiseState.REPLACED
Rule = Callable[[datetime, datetime], Settled]

RULES = [
    (settle_next_update, KEPT, "spoken_in_time", "spoken_late"),
    (settle_restoration, KEPT, "back_in_time", "back_late"),
    (replace_restoration, REPLACED, "told_before_it_lapsed", "told_after_it_lapsed"),
]


@pytest.mark.parametrize(("rule", "state", "in_time", "late"), RULES)
def test_a_promise_is_met_up_to_its_very_moment_and_broken_right_after(
    rule: Rule, state: PromiseState, in_time: str, late: str
) -> None:
    assert rule(DUE, DUE - timedelta(hours=1)) == Settled(state, NONE, in_time)
    assert rule(DUE, DUE) == Settled(state, NONE, in_time)
    assert rule(DUE, DUE + INSTANT) == Settled(BROKEN, INSTANT, late)
    assert rule(DUE, DUE + timedelta(hours=3)) == Settled(BROKEN, timedelta(hours=3), late)


def test_a_promise_lapses_only_after_its_moment() -> None:
    assert lapse(DUE, DUE - INSTANT) is None
    assert lapse(DUE, DUE) is None
    assert lapse(DUE, DUE + INSTANT) == Settled(BROKEN, INSTANT, "time_passed_in_silence")
    assert lapse(DUE, DUE + timedelta(minutes=90)) == Settled(
        BROKEN, timedelta(minutes=90), "time_passed_in_silence"
    )


@pytest.mark.parametrize("moment", [DUE - INSTANT, DUE, DUE + INSTANT])
def test_a_promise_cannot_be_met_and_lapsed_at_the_same_moment(moment: datetime) -> None:
    met = settle_next_update(DUE, moment).state is KEPT
    assert met is (lapse(DUE, moment) is None)


def test_lateness_is_the_same_across_a_change_of_the_clocks() -> None:
    """01:30 comes twice that night in New York; promises live in UTC, where it does not."""
    due = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert settle_next_update(due, due + timedelta(hours=1)).late_by == timedelta(hours=1)
