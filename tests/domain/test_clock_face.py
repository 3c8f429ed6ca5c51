"""Times as customers read them, and times without a zone refused."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.times import SystemClock, clock_face, utc

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        (NOW, "UTC", "10:00 UTC"),
        (NOW, "Asia/Kolkata", "15:30 IST"),
        (NOW, "Asia/Kuala_Lumpur", "18:00 +08"),
        (NOW, "Asia/Karachi", "15:00 PKT"),
        (NOW, "Asia/Kathmandu", "15:45 +0545"),
        (NOW, "Pacific/Kiritimati", "00:00 +14"),
        (NOW, "America/New_York", "05:00 EST"),
        (NOW + timedelta(hours=8, minutes=15), "Asia/Kathmandu", "23/11 00:00 +0545"),
        (NOW + timedelta(hours=14), "UTC", "23/11 00:00 UTC"),
        (NOW - timedelta(hours=11), "UTC", "21/11 23:00 UTC"),
        (NOW - timedelta(hours=11), "Asia/Kolkata", "04:30 IST"),
    ],
)
def test_a_time_is_written_for_the_place_and_names_the_day_when_it_is_another_there(
    moment: datetime, zone: str, expected: str
) -> None:
    assert clock_face(moment, zone, NOW) == expected


def test_the_same_clock_reading_on_another_day_still_names_the_day() -> None:
    assert clock_face(NOW + timedelta(days=365), "UTC", NOW) == "22/11 10:00 UTC"


def test_a_promise_across_the_change_of_the_clocks_names_the_new_zone() -> None:
    before = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert clock_face(before, "America/New_York", before) == "01:30 EDT"
    assert clock_face(before + timedelta(hours=1), "America/New_York", before) == "01:30 EST"


def test_a_time_without_a_zone_is_refused_with_an_example_of_one_that_has() -> None:
    with pytest.raises(RuleBroken, match=r"2026-11-22T10:00:00 has no zone; write it like .*\+00:00"):
        utc(datetime(2026, 11, 22, 10, 0))


def test_a_time_in_any_zone_is_the_same_instant_in_utc() -> None:
    far_east = datetime(2026, 11, 23, 0, 0, tzinfo=timezone(timedelta(hours=14)))
    assert utc(far_east) == NOW
    assert utc(far_east).tzinfo is UTC


def test_the_clock_of_the_machine_speaks_utc() -> None:
    assert SystemClock().now().tzinfo is UTC
