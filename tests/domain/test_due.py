"""When a deadline falls due: by its own anchor, calendar, zone, pause and rhythm."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.calendars import WorkingCalendar, moment
from tellfirst.domain.deadline import Anchor, DeadlineName, Hearer
from tellfirst.domain.due import Counting, DeadlineRule, Due, Pause, Place, Repeat, Zone, due_at, dues
from tellfirst.domain.errors import RuleBroken

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONES = st.sampled_from(
    [
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Europe/Berlin",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "UTC",
    ]
) | st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"}))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
CALENDARS = st.builds(
    WorkingCalendar,
    zone=ZONES,
    weekend=st.frozensets(st.integers(0, 6), max_size=5),
    holidays=st.frozensets(st.dates(date(2020, 1, 1), date(2029, 12, 31)), max_size=30),
    opens=st.just(time(9)),
    closes=st.sampled_from([time(0), time(17)]),
)
PAUSES = st.none() | st.just(Pause(time(22), time(7))) | st.just(Pause(time(0), time(5)))
SPANS = st.timedeltas(timedelta(minutes=1), timedelta(days=15))
WHOLE_DAYS = st.integers(1, 15).map(lambda count: count * DAY)
DUES = st.one_of(
    st.builds(Due, st.sampled_from([Counting.REAL, Counting.WORKING_HOURS]), SPANS),
    st.builds(Due, st.sampled_from([Counting.CALENDAR_DAYS, Counting.WORKING_DAYS]), WHOLE_DAYS),
    st.just(Due(Counting.END_OF_NEXT_DAY)),
)


def rule(due: Due, **known: object) -> DeadlineRule:
    return DeadlineRule(DeadlineName.REPORT, Hearer.REGULATOR, Anchor.DETECTED, due, "a test", **known)  # type: ignore[arg-type]  # whatever a test is about


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def due(one: DeadlineRule, anchor: datetime, calendar: WorkingCalendar, site_zone: str = "") -> datetime:
    found = due_at(one, {Anchor.DETECTED: anchor}, Place({"home": calendar}, "home", site_zone))
    assert found is not None
    return found


INDIA = WorkingCalendar(
    "Asia/Kolkata", holidays=frozenset({date(2026, 11, 27)}), opens=time(9), closes=time(18)
)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Due(Counting.REAL, 24 * HOUR), "2026-11-26T17:00"),
        (Due(Counting.CALENDAR_DAYS, 2 * DAY), "2026-11-27T17:00"),
        (Due(Counting.WORKING_DAYS, 2 * DAY), "2026-12-01T00:00"),
        (Due(Counting.WORKING_HOURS, 4 * HOUR), "2026-11-26T12:00"),
        (Due(Counting.END_OF_NEXT_DAY), "2026-11-27T00:00"),
    ],
    ids=lambda one: one if isinstance(one, str) else str(one.counting),
)
def test_each_way_of_counting_from_a_wednesday_afternoon_with_a_holiday_on_friday(
    asked: Due, expected: str
) -> None:
    assert due(rule(asked), at("Asia/Kolkata", "2026-11-25T17:00"), INDIA) == at("Asia/Kolkata", expected)


def test_a_deadline_of_what_has_not_happened_is_not_due() -> None:
    assert due_at(rule(Due(Counting.REAL, HOUR)), {}, Place({"home": INDIA}, "home")) is None


def test_days_end_where_the_affected_are_when_the_rule_says_so() -> None:
    asked = rule(Due(Counting.END_OF_NEXT_DAY), zone=Zone.SITE)
    evening = at("Asia/Kolkata", "2026-11-25T20:00")
    assert due(asked, evening, INDIA, "Asia/Kathmandu") == at("Asia/Kathmandu", "2026-11-27T00:00")
    assert due(asked, evening, INDIA, "Pacific/Kiritimati") == at("Pacific/Kiritimati", "2026-11-28T00:00")
    assert due(asked, evening, INDIA) == at("Asia/Kolkata", "2026-11-27T00:00")


def test_a_real_span_across_a_changed_clock_is_real() -> None:
    berlin = WorkingCalendar("Europe/Berlin")
    before = at("Europe/Berlin", "2026-03-28T12:00")
    assert due(rule(Due(Counting.REAL, 24 * HOUR)), before, berlin) == at("Europe/Berlin", "2026-03-29T13:00")
    assert due(rule(Due(Counting.CALENDAR_DAYS, DAY)), before, berlin) == at(
        "Europe/Berlin", "2026-03-29T12:00"
    )


def test_a_calendar_day_that_ends_in_a_gap_or_a_fold_does_not_end_early() -> None:
    berlin = WorkingCalendar("Europe/Berlin")
    asked = rule(Due(Counting.CALENDAR_DAYS, DAY))
    assert due(asked, at("Europe/Berlin", "2026-03-28T02:30"), berlin) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert due(asked, at("Europe/Berlin", "2026-10-24T02:30"), berlin) == datetime(
        2026, 10, 25, 1, 30, tzinfo=UTC
    )


def test_a_year_of_days_ends_beside_the_leap_day() -> None:
    asked = rule(Due(Counting.CALENDAR_DAYS, 366 * DAY))
    assert due(asked, at("UTC", "2028-02-29T12:00"), WorkingCalendar("UTC")) == at("UTC", "2029-03-01T12:00")


def test_an_hourly_word_is_not_counted_through_the_night() -> None:
    hourly = rule(Due(Counting.REAL, HOUR), repeat=Repeat(HOUR), pause=Pause(time(22), time(7)))
    tokyo = Place({"home": WorkingCalendar("Asia/Tokyo")}, "home")
    found = dues(
        hourly,
        {Anchor.DETECTED: at("Asia/Tokyo", "2026-11-25T20:30")},
        tokyo,
        at("Asia/Tokyo", "2026-11-26T08:00"),
    )
    assert found == [
        at("Asia/Tokyo", face) for face in ("2026-11-25T21:30", "2026-11-26T07:30", "2026-11-26T08:30")
    ]


def test_the_updates_of_the_australian_standard() -> None:
    """Every 6 hours in the first 24, then every 24."""
    six_hourly = rule(
        Due(Counting.REAL, 6 * HOUR), repeat=Repeat(6 * HOUR, 24 * HOUR, 24 * HOUR), stop_at=Anchor.VERIFIED
    )
    told = at("Australia/Sydney", "2026-11-25T10:00")
    sydney = Place({"home": WorkingCalendar("Australia/Sydney")}, "home")
    found = dues(six_hourly, {Anchor.DETECTED: told}, sydney, told + 71 * HOUR)
    assert [(one - told) / HOUR for one in found] == [6, 12, 18, 24, 48, 72]
    ended = {Anchor.DETECTED: told, Anchor.VERIFIED: told + 20 * HOUR}
    assert [(one - told) / HOUR for one in dues(six_hourly, ended, sydney, told + 71 * HOUR)] == [6, 12, 18]


def test_what_does_not_repeat_is_owed_also_after_the_end() -> None:
    once = rule(Due(Counting.REAL, HOUR), stop_at=Anchor.VERIFIED)
    began = at("UTC", "2026-11-25T10:00")
    anchors = {Anchor.DETECTED: began, Anchor.VERIFIED: began + HOUR / 2}
    assert dues(once, anchors, Place({"home": INDIA}, "home"), began) == [began + HOUR]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Due(Counting.REAL, timedelta(0)),
        lambda: Due(Counting.WORKING_DAYS, 36 * HOUR),
        lambda: Repeat(timedelta(0)),
        lambda: Repeat(HOUR, 24 * HOUR),
        lambda: Pause(time(12), time(13)),
        lambda: due(
            rule(Due(Counting.REAL, HOUR), calendar="atlantis"), at("UTC", "2026-11-25T10:00"), INDIA
        ),
    ],
    ids=[
        "no span",
        "half days",
        "no rhythm",
        "half a change of rhythm",
        "a noon pause",
        "an unknown calendar",
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused(wrong: object) -> None:
    with pytest.raises(RuleBroken):
        wrong()  # type: ignore[operator]


@given(MOMENTS, DUES, CALENDARS, PAUSES, ZONES)
def test_no_deadline_is_before_its_anchor(
    anchor: datetime, asked: Due, calendar: WorkingCalendar, pause: Pause | None, zone: str
) -> None:
    for choice in Zone:
        found = due(rule(asked, pause=pause, zone=choice), anchor, calendar, zone)
        assert found >= anchor
        assert found.utcoffset() == timedelta(0)


@given(MOMENTS, DUES, CALENDARS, PAUSES, st.integers(1, 5))
def test_a_longer_span_is_never_due_earlier(
    anchor: datetime, asked: Due, calendar: WorkingCalendar, pause: Pause | None, more: int
) -> None:
    longer = replace(asked, span=asked.span + more * DAY)
    assert due(rule(asked, pause=pause), anchor, calendar) <= due(rule(longer, pause=pause), anchor, calendar)


@given(MOMENTS, SPANS, CALENDARS, ZONES)
def test_a_pause_only_makes_later_and_is_never_the_moment_itself(
    anchor: datetime, span: timedelta, calendar: WorkingCalendar, zone: str
) -> None:
    asked, night = rule(Due(Counting.REAL, span)), Pause(time(22), time(7))
    found = due(replace(asked, pause=night), anchor, replace(calendar, zone=zone))
    assert found >= due(asked, anchor, calendar)
    evening = moment((found.astimezone(ZoneInfo(zone)) - timedelta(microseconds=1)).date(), time(22), zone)
    assert found <= max(evening, anchor + span)


@given(MOMENTS, st.timedeltas(HOUR, 6 * HOUR), CALENDARS, PAUSES)
def test_repeats_follow_one_another_until_the_first_that_is_still_to_come(
    anchor: datetime, every: timedelta, calendar: WorkingCalendar, pause: Pause | None
) -> None:
    asked = rule(Due(Counting.REAL, every), repeat=Repeat(every, every, 2 * every), pause=pause)
    now = anchor + 3 * DAY
    found = dues(asked, {Anchor.DETECTED: anchor}, Place({"home": calendar}, "home"), now)
    assert found == sorted(set(found))
    assert [one > now for one in found] == [False] * (len(found) - 1) + [True]
