"""Leads: by when customers must have heard of announced work."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.calendars import WorkingCalendar
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.lead import Lead, LeadUnit, first_start, lead_of
from tellfirst.domain.work import Window

SYDNEY = ZoneInfo("Australia/Sydney")
BERLIN = ZoneInfo("Europe/Berlin")
WORKING = WorkingCalendar("Australia/Sydney")
FOUR = Lead("au-energy-planned", 4, LeadUnit.WORKING_DAYS, calendar=WORKING)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
LEADS = st.builds(
    Lead,
    st.just("any"),
    st.integers(1, 40),
    st.sampled_from(LeadUnit),
    st.sampled_from(["Asia/Kathmandu", "Europe/Berlin", "Pacific/Apia", "UTC"]),
    st.just(WorkingCalendar("Europe/Berlin", holidays=frozenset({date(2026, 12, 25)}))),
)


def work(starts_at: datetime, hours: float = 2) -> Window:
    return Window(starts_at, starts_at + timedelta(hours=hours))


def test_work_on_tuesday_at_nine_with_four_business_days_is_told_by_the_wednesday_before() -> None:
    by = FOUR.tell_by(work(datetime(2026, 12, 8, 9, tzinfo=SYDNEY)))
    assert by == datetime(2026, 12, 3, tzinfo=SYDNEY)
    assert (by - timedelta(seconds=1)).astimezone(SYDNEY).strftime("%A") == "Wednesday"


def test_a_holiday_between_asks_for_a_day_more() -> None:
    closed = Lead(
        "x",
        4,
        LeadUnit.WORKING_DAYS,
        calendar=WorkingCalendar("Australia/Sydney", holidays=frozenset({date(2026, 12, 4)})),
    )
    assert closed.tell_by(work(datetime(2026, 12, 8, 9, tzinfo=SYDNEY))) == datetime(
        2026, 12, 2, tzinfo=SYDNEY
    )


def test_days_keep_the_wall_time_over_a_change_of_clocks_and_hours_do_not() -> None:
    starts = datetime(2026, 10, 26, 9, tzinfo=BERLIN)
    assert lead_of("x", timedelta(days=2), "Europe/Berlin").tell_by(work(starts)) == datetime(
        2026, 10, 24, 9, tzinfo=BERLIN
    )
    assert Lead("x", 48, LeadUnit.HOURS).tell_by(work(starts)) == datetime(2026, 10, 24, 10, tzinfo=BERLIN)


def test_a_span_of_whole_days_is_days_and_any_other_is_hours_rounded_up() -> None:
    assert lead_of("x", timedelta(days=10)).words == "10 days"
    assert lead_of("x", timedelta(days=1)).words == "1 day"
    assert lead_of("x", timedelta(hours=36, minutes=1)).words == "37 hours"


def test_short_work_needs_no_lead_where_the_rule_says_so() -> None:
    """Water, England: 48 hours for planned work of more than four hours."""
    water = Lead("uk-water", 48, LeadUnit.HOURS, above=timedelta(hours=4))
    starts = datetime(2026, 12, 8, 9, tzinfo=UTC)
    assert water.tell_by(work(starts, 4)) is None
    assert water.tell_by(work(starts, 4.1)) == starts - timedelta(hours=48)


def test_an_impossible_lead_is_refused() -> None:
    with pytest.raises(RuleBroken, match="at least 1"):
        Lead("x", 0, LeadUnit.DAYS)
    with pytest.raises(RuleBroken, match="needs a working calendar"):
        Lead("x", 1, LeadUnit.WORKING_DAYS)


@given(LEADS, MOMENTS)
def test_a_longer_lead_is_never_due_later_and_every_lead_before_the_work(
    lead: Lead, starts_at: datetime
) -> None:
    by = lead.tell_by(work(starts_at))
    longer = Lead("longer", lead.amount + 1, lead.unit, lead.zone, lead.calendar)
    assert by is not None
    assert by <= starts_at
    assert longer.tell_by(work(starts_at)) <= by  # type: ignore[operator]


@given(LEADS, MOMENTS, MOMENTS)
def test_the_first_start_that_could_be_announced_can_be(
    lead: Lead, starts_at: datetime, now: datetime
) -> None:
    zone = "Asia/Kolkata"
    found = first_start(lead, work(starts_at), now, zone)
    assert lead.tell_by(work(found)) >= now  # type: ignore[operator]
    assert found >= starts_at
    if found > starts_at:
        day_before = work(found - timedelta(days=1))
        assert lead.tell_by(day_before) < now  # type: ignore[operator]
