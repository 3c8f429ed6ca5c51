"""How a deadline stands: met by a fact, missed when its time passed, void when it is owed no more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.deadline import DeadlineReason, DeadlineState, judge

DUE = datetime(2026, 11, 25, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OFFSETS = st.timedeltas(timedelta(hours=-5), timedelta(hours=5))


@pytest.mark.parametrize(
    ("done", "over", "now", "state", "reason", "late"),
    [
        (0, None, 9, DeadlineState.MET, DeadlineReason.MET_IN_TIME, 0),
        (3, None, 9, DeadlineState.MISSED, DeadlineReason.MET_LATE, 3),
        (None, None, 1, DeadlineState.MISSED, DeadlineReason.TIME_PASSED, None),
        (None, 0, 9, DeadlineState.VOID, DeadlineReason.OVER, None),
        (None, 3, 9, DeadlineState.MISSED, DeadlineReason.NEVER_MET, None),
    ],
    ids=["on the minute", "late", "not yet", "over before it was due", "over and not done"],
)
def test_each_way_it_can_end(
    done: int | None,
    over: int | None,
    now: int,
    state: DeadlineState,
    reason: DeadlineReason,
    late: int | None,
) -> None:
    found = judge(
        DUE, *(None if one is None else DUE + one * MINUTE for one in (done, over)), DUE + now * MINUTE
    )  # type: ignore[misc]  # a row of a table
    assert found is not None
    assert (found.state, found.reason) == (state, reason)
    assert found.late_by == (None if late is None else late * MINUTE)


def test_while_there_is_time_nothing_is_said() -> None:
    assert judge(DUE, None, None, DUE - MINUTE) is None


@given(OFFSETS, st.none() | OFFSETS)
def test_what_was_missed_is_never_met_later(now: timedelta, done: timedelta | None) -> None:
    before = judge(DUE, None, None, DUE + now)
    after = judge(DUE, None if done is None else DUE + max(done, now), None, DUE + timedelta(hours=6))
    assert after is not None
    if before is not None and (done is None or max(done, now) > timedelta(0)):
        assert (before.state, after.state) == (DeadlineState.MISSED, DeadlineState.MISSED)
