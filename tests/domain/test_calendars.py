"""Working calendars: deadlines by the clock of the place, across weekends, holidays and changed clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.calendars import (
    WorkingCalendar,
    add_days,
    add_working_time,
    end_of,
    moment,
    working_day_after,
    working_day_before,
)
from tellfirst.domain.errors import RuleBroken

HOUR = timedelta(hours=1)
ZONES = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"}))
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
FACES = st.times().map(lambda face: face.replace(second=0, microsecond=0))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
WEEKENDS = st.frozensets(st.integers(0, 6), max_size=6)
CALENDARS = st.builds(
    WorkingCalendar,
    zone=ZONES,
    weekend=WEEKENDS,
    holidays=st.frozensets(st.dates(date(2024, 1, 1), date(2024, 12, 31)), max_size=20),
)


def test_four_working_days_before_a_tuesday_is_the_wednesday_before() -> None:
    """The planned-work vector: work on a Tuesday, one weekend in between, no holiday."""
    assert working_day_before(date(2026, 12, 8), 4, WorkingCalendar("Australia/Sydney")) == date(2026, 12, 2)


def test_a_holiday_and_another_weekend_move_the_day() -> None:
    friday_and_saturday = WorkingCalendar("Asia/Dubai", frozenset({4, 5}), frozenset({date(2026, 12, 2)}))
    assert working_day_after(date(2026, 12, 1), 1, friday_and_saturday) == date(2026, 12, 3)
    assert working_day_after(date(2026, 12, 1), 2, friday_and_saturday) == date(2026, 12, 6)


@pytest.mark.parametrize(
    ("zone", "day", "face", "utc"),
    [
        ("Asia/Kathmandu", "2026-11-25", "09:00", "2026-11-25T03:15"),
        ("Pacific/Kiritimati", "2026-11-25", "09:00", "2026-11-24T19:00"),
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T01:30"),
        ("America/Sao_Paulo", "2018-11-04", "00:00", "2018-11-04T03:00"),
        ("Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T10:00"),
    ],
    ids=["+5:45", "+14", "a time jumped over", "a time shown twice", "no midnight", "a day that never was"],
)
def test_a_wall_time_is_one_moment(zone: str, day: str, face: str, utc: str) -> None:
    found = moment(date.fromisoformat(day), time.fromisoformat(face), zone)
    assert found == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_window_in_the_night_of_the_change_has_its_real_length() -> None:
    night = date(2026, 10, 25)
    begins, ends = (moment(night, time(hour), "Europe/Berlin") for hour in (1, 4))
    assert ends - begins == 4 * HOUR


def test_a_day_later_is_the_same_wall_time_and_not_24_hours() -> None:
    saturday = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert add_days(saturday, 1, "Europe/Berlin") - saturday == 23 * HOUR


def test_a_leap_day_counts_like_any_other() -> None:
    noon = datetime(2028, 2, 28, 12, tzinfo=UTC)
    assert add_days(noon, 1, "Asia/Kolkata") == datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert working_day_after(date(2028, 2, 28), 1, WorkingCalendar("Asia/Kolkata")) == date(2028, 2, 29)


def test_working_time_stops_overnight_and_over_the_weekend() -> None:
    office = WorkingCalendar("Asia/Kolkata", opens=time(9), closes=time(17))
    friday_afternoon = moment(date(2026, 11, 27), time(16), "Asia/Kolkata")
    assert add_working_time(friday_afternoon, 2 * HOUR, office) == moment(
        date(2026, 11, 30), time(10), "Asia/Kolkata"
    )


def test_working_time_that_begins_on_a_holiday_begins_with_the_next_working_day() -> None:
    calendar = WorkingCalendar("Asia/Kolkata", holidays=frozenset({date(2026, 11, 25)}))
    noon = moment(date(2026, 11, 25), time(12), "Asia/Kolkata")
    assert add_working_time(noon, HOUR, calendar) == moment(date(2026, 11, 26), time(1), "Asia/Kolkata")


@pytest.mark.parametrize(
    "wrong",
    [{"weekend": frozenset(range(7))}, {"opens": time(9), "closes": time(8)}],
    ids=["no working day", "hours that end before they begin"],
)
def test_a_calendar_that_cannot_be_kept_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(RuleBroken):
        WorkingCalendar("Asia/Kolkata", **wrong)  # type: ignore[arg-type]  # a table of mistakes has no types


def test_a_calendar_of_holidays_only_is_refused_and_not_searched_for_ever() -> None:
    never = frozenset(date(2026, 1, 1) + timedelta(days=number) for number in range(4_000))
    with pytest.raises(RuleBroken, match="ten years"):
        working_day_after(date(2026, 1, 1), 1, WorkingCalendar("UTC", holidays=never))


@given(DAYS, FACES, ZONES)
def test_a_moment_shows_its_face_unless_the_clock_never_does(day: date, face: time, zone: str) -> None:
    place = ZoneInfo(zone)
    found = moment(day, face, zone).astimezone(place)
    before = (found.astimezone(UTC) - timedelta(seconds=1)).astimezone(place)
    shown = (found.date(), found.time()) == (day, face)
    jumped_over = before.replace(tzinfo=None) < datetime.combine(day, face) < found.replace(tzinfo=None)
    assert shown or jumped_over


@given(DAYS, ZONES)
def test_days_follow_one_another_without_a_gap(day: date, zone: str) -> None:
    assert end_of(day - timedelta(days=1), zone) <= end_of(day, zone)
    assert moment(day, time(0), zone) == end_of(day - timedelta(days=1), zone)


@given(DAYS, st.integers(1, 60), CALENDARS)
def test_counting_forwards_and_back_meets(day: date, count: int, calendar: WorkingCalendar) -> None:
    later = working_day_after(day, count, calendar)
    assert calendar.is_working(later)
    days = [day + timedelta(days=number) for number in range(1, (later - day).days + 1)]
    assert sum(map(calendar.is_working, days)) == count
    back = working_day_before(later, count, calendar) if count > 1 else None
    assert back is None or back <= day or not calendar.is_working(day)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)), CALENDARS)
def test_working_time_never_ends_early_and_never_runs_back(
    at: datetime, span: timedelta, calendar: WorkingCalendar
) -> None:
    ends = add_working_time(at, span, calendar)
    assert ends >= at + span
    assert ends <= add_working_time(at, span + HOUR, calendar)
    assert calendar.is_working(calendar.local_day(ends - timedelta(microseconds=1))) or span == timedelta(0)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)), ZONES)
def test_without_weekends_and_holidays_working_time_is_time(at: datetime, span: timedelta, zone: str) -> None:
    assert add_working_time(at, span, WorkingCalendar(zone, weekend=frozenset())) == at + span
