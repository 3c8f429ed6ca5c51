"""Laying deadlines again: new, earlier or void, never later; and a second time nothing."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.deadline import Anchor, DeadlineName, DeadlineReason, DeadlineState, Hearer
from tellfirst.domain.laying import COMES_BACK, Key, Laid, Wanted, lay, same_rhythm, tightened

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFSETS = st.integers(-600, 600).map(lambda minutes: timedelta(minutes=minutes))
SPANS = st.integers(1, 600).map(lambda minutes: timedelta(minutes=minutes))
KEYS = st.builds(
    Key,
    pack=st.sampled_from(["house-default", "au-acma-major"]),
    name=st.sampled_from(list(DeadlineName)),
    hearer=st.just(Hearer.CUSTOMERS),
    anchor=st.just(Anchor.DETECTED),
    number=st.integers(1, 3),
)


def wanted(key: Key, due: timedelta, span: timedelta) -> Wanted:
    return Wanted(key, NOW + due - span, NOW + due - span, NOW + due, span)


WANTED = st.dictionaries(KEYS, st.tuples(OFFSETS, SPANS), max_size=6).map(
    lambda found: [wanted(key, *times) for key, times in found.items()]
)
STATES = st.sampled_from(
    [
        (DeadlineState.OPEN, None),
        (DeadlineState.MET, DeadlineReason.MET_IN_TIME),
        (DeadlineState.MISSED, DeadlineReason.TIME_PASSED),
        (DeadlineState.VOID, DeadlineReason.NO_LONGER_ASKED),
        (DeadlineState.VOID, DeadlineReason.OVER),
    ]
)
LAID = st.dictionaries(KEYS, st.tuples(OFFSETS, STATES), max_size=6).map(
    lambda found: [
        Laid(number, key, NOW + due, *state) for number, (key, (due, state)) in enumerate(found.items())
    ]
)


@given(WANTED, LAID)
def test_only_what_is_open_or_comes_back_is_touched(asked: list[Wanted], books: list[Laid]) -> None:
    found = lay(asked, books, NOW)
    rows = {one.id: one for one in books}
    assert all(
        rows[key].state is DeadlineState.OPEN and due < rows[key].due_at for key, due in found.moved.items()
    )
    assert all(rows[key].reason in COMES_BACK for key in found.reopened)
    assert all(one.state is DeadlineState.OPEN and one.due_at > NOW for one in found.void)
    assert {one.key for one in found.new} == {one.key for one in asked} - {one.key for one in books}


@given(WANTED, LAID)
def test_a_second_time_there_is_nothing_to_write(asked: list[Wanted], books: list[Laid]) -> None:
    first = lay(asked, books, NOW)
    void = {one.id for one in first.void}
    after = [
        Laid(
            one.id,
            one.key,
            first.moved.get(one.id, first.reopened.get(one.id, one.due_at)),
            DeadlineState.VOID
            if one.id in void
            else DeadlineState.OPEN
            if one.id in first.reopened
            else one.state,
            DeadlineReason.NO_LONGER_ASKED
            if one.id in void
            else None
            if one.id in first.reopened
            else one.reason,
        )
        for one in books
    ]
    after += [
        Laid(100 + number, one.key, one.due_at, DeadlineState.OPEN, None)
        for number, one in enumerate(first.new)
    ]
    again = lay(asked, after, NOW)
    assert (again.new, again.moved, again.reopened, again.void) == ((), {}, {}, ())


@given(OFFSETS, OFFSETS, SPANS)
def test_a_stricter_time_is_never_later_than_the_one_before(
    before: timedelta, due: timedelta, span: timedelta
) -> None:
    key = Key("house-default", DeadlineName.RESTORE, Hearer.CUSTOMERS, Anchor.DETECTED)
    found = tightened(NOW + before, wanted(key, due, span), NOW)
    assert found <= NOW + before
    assert found >= min(NOW, NOW + before)


def test_a_changed_rhythm_is_known_by_the_times_in_the_books() -> None:
    key = Key("house-default", DeadlineName.UPDATE, Hearer.CUSTOMERS, Anchor.TOLD, 0, 2)
    books = [Laid(1, key, NOW + 4 * HOUR, DeadlineState.OPEN, None)]
    assert same_rhythm([NOW + 2 * HOUR, NOW + 4 * HOUR], books)
    assert not same_rhythm([NOW + HOUR, NOW + 2 * HOUR], books)
    assert not same_rhythm([NOW + 2 * HOUR], books)
