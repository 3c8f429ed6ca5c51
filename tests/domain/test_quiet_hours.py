"""Quiet hours by the customer's own clock: across midnight, across changed clocks, in every zone there is."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellfirst.domain.occasion import PROMISING, Channel, Occasion
from tellfirst.domain.quiet_hours import (
    FOR_SURVEYS,
    Instead,
    QuietHours,
    awake_at,
    hours_for,
    is_exempt,
    quiet_until,
)

NIGHT = QuietHours(time(21), time(8), unless_severity=("S1", "S2"), unless_priority_from=5)
ZONES = st.sampled_from(sorted(available_timezones() - {"Factory", "localtime"}))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
FACES = st.times().map(lambda face: face.replace(second=0, microsecond=0))
HOUR = timedelta(hours=1)


def at(zone: str, face: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(face).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Pacific/Kiritimati", "America/New_York"])
def test_the_night_ends_in_the_morning_of_the_place(zone: str) -> None:
    morning = at(zone, "2026-11-23 08:00")
    assert quiet_until(NIGHT, zone, at(zone, "2026-11-22 21:00")) == morning
    assert quiet_until(NIGHT, zone, at(zone, "2026-11-23 00:00")) == morning
    assert quiet_until(NIGHT, zone, at(zone, "2026-11-23 07:59")) == morning
    assert quiet_until(NIGHT, zone, morning) is None
    assert quiet_until(NIGHT, zone, at(zone, "2026-11-22 20:59")) is None


def test_quiet_hours_within_one_day_do_not_reach_over_midnight() -> None:
    nap = QuietHours(time(13), time(15))
    assert quiet_until(nap, "Asia/Kolkata", at("Asia/Kolkata", "2026-11-22 14:00")) == at(
        "Asia/Kolkata", "2026-11-22 15:00"
    )
    assert quiet_until(nap, "Asia/Kolkata", at("Asia/Kolkata", "2026-11-22 23:00")) is None


def test_an_end_that_the_clocks_jump_over_comes_after_the_jump() -> None:
    early = QuietHours(time(22), time(2, 30))
    inside = at("Europe/Berlin", "2026-03-29 01:30")
    assert quiet_until(early, "Europe/Berlin", inside) == at("Europe/Berlin", "2026-03-29 03:30")


def test_an_end_that_the_clocks_show_twice_is_the_second() -> None:
    early = QuietHours(time(22), time(2, 30))
    second = at("Europe/Berlin", "2026-10-25 02:30", fold=1)
    assert quiet_until(early, "Europe/Berlin", at("Europe/Berlin", "2026-10-25 02:45")) == second


@given(zone=ZONES, now=MOMENTS, start=FACES, end=FACES)
def test_whoever_waits_does_so_for_less_than_a_day_and_a_bit_and_is_awake_then(
    zone: str, now: datetime, start: time, end: time
) -> None:
    hours = QuietHours(start, end)
    ends = quiet_until(hours, zone, now)
    if start == end or ends is None:
        return
    assert now < ends < now + timedelta(hours=27)
    again = quiet_until(hours, zone, ends)
    assert again is None or (again - ends) < 3 * HOUR, "only a place that skips a day may sleep on"


@given(zone=ZONES, now=MOMENTS)
def test_by_the_wall_clock_of_the_place_it_is_night_exactly_in_the_quiet_hours(
    zone: str, now: datetime
) -> None:
    """Away from the hours that clocks jump over or show twice."""
    local = now.astimezone(ZoneInfo(zone))
    night = local.time() >= time(21) or local.time() < time(8)
    assert (quiet_until(NIGHT, zone, now) is not None) == night


@given(zone=ZONES, due=MOMENTS)
def test_a_word_is_never_promised_into_the_night_nor_earlier_than_it_was_due(
    zone: str, due: datetime
) -> None:
    promised = awake_at(NIGHT, zone, due, HOUR)
    assert promised >= due
    assert quiet_until(NIGHT, zone, promised) is None


ABOUT_ANOTHER_DAY = {Occasion.PLANNED, Occasion.REMINDER, Occasion.CANCELLED}


@pytest.mark.parametrize("occasion", sorted(ABOUT_ANOTHER_DAY))
def test_nobody_is_woken_for_work_on_another_day_however_grave_it_will_be(occasion: Occasion) -> None:
    assert hours_for(occasion, NIGHT, "S1", True) == NIGHT


@pytest.mark.parametrize("occasion", sorted(PROMISING - ABOUT_ANOTHER_DAY))
def test_a_word_about_grave_trouble_leaves_at_night(occasion: Occasion) -> None:
    assert hours_for(occasion, NIGHT, "S2", False) is None
    assert hours_for(occasion, NIGHT, "S3", True) == NIGHT
    assert hours_for(occasion, None, "S4", False) is None


def test_an_all_clear_waits_for_the_morning_unless_emergency_calls_work_again() -> None:
    assert hours_for(Occasion.RESTORED, NIGHT, "S1", False) == NIGHT
    assert hours_for(Occasion.RESTORED, NIGHT, "S1", True) is None
    assert hours_for(Occasion.RESTORED, NIGHT, "S3", True) == NIGHT


@pytest.mark.parametrize("severity", ["S1", "S4"])
def test_a_survey_keeps_the_night_whatever_the_playbook_says(severity: str) -> None:
    assert hours_for(Occasion.SURVEY, None, severity, True) == FOR_SURVEYS
    mail_too = QuietHours(time(20), time(9), (Channel.EMAIL,), (severity,), 1, Instead.NEXT_CHANNEL)
    bound = hours_for(Occasion.SURVEY, mail_too, severity, True)
    assert bound is not None
    assert (bound.start, bound.end, bound.instead) == (time(20), time(9), Instead.WAIT)
    assert {Channel.SMS, Channel.VOICE, Channel.EMAIL} <= set(bound.channels)
    assert not is_exempt(bound, 9)


def test_priority_customers_hear_it_at_night() -> None:
    assert is_exempt(NIGHT, 5)
    assert not is_exempt(NIGHT, 4)
