"""When carriers will have taken a notice, before it leaves: the arithmetic of reach."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.hand_over import Load, Sender, hand_over
from tellfirst.domain.occasion import Channel
from tellfirst.domain.ramp import Canary

AT_ONCE = timedelta(0)
NO_WAVES = Canary(start=10**9)
SMS, EMAIL = Channel.SMS, Channel.EMAIL


def _texts(count: int, rate: float, parts: int = 1) -> timedelta:
    loads = [Load(SMS, count, count * parts)]
    return hand_over(loads, [Sender(SMS, 100, rate)], NO_WAVES, AT_ONCE).done


@pytest.mark.parametrize(
    ("count", "rate", "minutes"),
    [(100_000, 100, 16.7), (1_000_000, 1_000, 16.7), (10_000_000, 1_000, 166.7)],
)
def test_the_known_arithmetic_of_large_notices(count: int, rate: float, minutes: float) -> None:
    """17 minutes for 100,000 at 100 a second and for a million at 1,000; 2.8 hours for ten million."""
    assert _texts(count, rate).total_seconds() / 60 == pytest.approx(minutes, abs=0.1)


def test_a_text_of_three_parts_takes_three_times_as_long() -> None:
    assert _texts(30_000, 100, 3) == 3 * _texts(30_000, 100)


def test_half_and_most_of_them_are_told_before_all_are() -> None:
    found = hand_over([Load(SMS, 60_000, 60_000)], [Sender(SMS, 100, 100)], NO_WAVES, AT_ONCE)
    assert (found.started, found.half, found.most, found.done) == (
        AT_ONCE,
        timedelta(minutes=5),
        timedelta(minutes=9, seconds=30),
        timedelta(minutes=10),
    )


def test_two_carriers_share_a_channel_and_the_slower_share_decides_the_end() -> None:
    senders = [Sender(SMS, 80, 100), Sender(SMS, 20, 10)]
    found = hand_over([Load(SMS, 10_000, 10_000)], senders, NO_WAVES, AT_ONCE)
    assert found.done == timedelta(seconds=200)
    assert found.half < timedelta(seconds=70)


def test_a_line_that_earlier_notices_have_taken_begins_later() -> None:
    busy = Sender(SMS, 100, 100, free_in=timedelta(minutes=4))
    found = hand_over([Load(SMS, 6_000, 6_000)], [busy], NO_WAVES, AT_ONCE)
    assert (found.started, found.done) == (timedelta(minutes=4), timedelta(minutes=5))


def test_a_large_notice_waits_for_the_receipts_of_its_canary_and_of_its_second_wave() -> None:
    loads, senders = [Load(SMS, 60_000, 60_000)], [Sender(SMS, 100, 100)]
    plain = hand_over(loads, senders, NO_WAVES, AT_ONCE)
    ramped = hand_over(loads, senders, Canary(), AT_ONCE)
    assert ramped.done - plain.done == timedelta(minutes=2)
    assert ramped.started == plain.started


def test_what_waits_for_the_morning_is_in_the_reckoning() -> None:
    night = timedelta(hours=6)
    loads = [Load(SMS, 90, 90), Load(SMS, 10, 10, later=night)]
    found = hand_over(loads, [Sender(SMS, 100, 100)], NO_WAVES, AT_ONCE)
    assert found.half < timedelta(seconds=2)
    assert found.most >= night


def test_messages_without_an_open_carrier_are_counted_and_not_promised() -> None:
    loads = [Load(SMS, 10, 10), Load(EMAIL, 5, 5)]
    found = hand_over(loads, [Sender(EMAIL, 100)], NO_WAVES, AT_ONCE)
    assert (found.count, found.stuck_count) == (5, 10)
    nothing = hand_over(loads, [], NO_WAVES, AT_ONCE)
    assert (nothing.count, nothing.stuck_count) == (0, 15)


def test_a_carrier_that_stands_by_carries_nothing() -> None:
    senders = [Sender(SMS, 100, 100), Sender(SMS, 0, 1)]
    assert hand_over([Load(SMS, 1_000, 1_000)], senders, NO_WAVES, AT_ONCE).done == timedelta(seconds=10)


@given(
    st.lists(st.tuples(st.integers(1, 50_000), st.integers(1, 3), st.sampled_from([SMS, EMAIL])), min_size=1),
    st.floats(1, 5_000),
    st.integers(1, 100),
)
def test_marks_come_in_order_and_a_faster_carrier_never_ends_later(
    given_: list[tuple[int, int, Channel]], rate: float, share: int
) -> None:
    loads = [Load(channel, count, count * parts) for count, parts, channel in given_]
    slow = [Sender(SMS, share, rate), Sender(SMS, 101 - share, rate), Sender(EMAIL, 100, rate)]
    fast = [Sender(one.channel, one.share, rate * 2) for one in slow]
    found = hand_over(loads, slow, Canary())
    assert found.public <= found.started <= found.half <= found.most <= found.done
    assert found.count == sum(load.count for load in loads)
    assert hand_over(loads, fast, Canary()).done <= found.done + timedelta(seconds=1)
