"""Who is called, when, and who after them."""

from datetime import UTC, date, datetime, time, timedelta

from tellfirst.domain.calendars import WorkingCalendar
from tellfirst.domain.duty import Duty, Rota
from tellfirst.domain.escalation import Escalation, StaffRole

T0 = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULES = Escalation(0.25, (15 * MINUTE, 60 * MINUTE), (StaffRole.LIAISON, StaffRole.COMMANDER))
DAY = Duty("by day", ("DAY",), "india")
MANAGER = Duty("manager", ("MANAGER",))
HEAD = Duty("head", ("HEAD",))
INDIA = {
    "india": WorkingCalendar(
        "Asia/Kolkata", holidays=frozenset({date(2026, 11, 26)}), opens=time(9), closes=time(18)
    )
}
ROTA = Rota("care", (DAY, MANAGER, HEAD), 10 * MINUTE)


def test_the_marks_are_a_quarter_left_the_due_time_and_the_spans_after_it() -> None:
    assert [mark - T0 for mark in RULES.marks(T0, T0 + 60 * MINUTE)] == [
        45 * MINUTE,
        60 * MINUTE,
        75 * MINUTE,
        120 * MINUTE,
    ]


def test_no_level_before_the_first_mark_and_the_highest_one_after_several() -> None:
    due = T0 + 60 * MINUTE
    levels = [RULES.level(T0, due, T0 + minutes * MINUTE) for minutes in (0, 44, 45, 60, 74, 75, 120, 999)]
    assert levels == [None, None, 0, 1, 1, 2, 3, 3]


def test_the_last_role_stands_for_all_further_levels() -> None:
    assert [RULES.role(level) for level in range(4)] == [
        StaffRole.LIAISON,
        StaffRole.COMMANDER,
        StaffRole.COMMANDER,
        StaffRole.COMMANDER,
    ]


def test_by_day_the_first_place_is_asked_and_then_each_next_one() -> None:
    assert ROTA.first(INDIA, T0) == 0
    assert [ROTA.after(place, INDIA, T0) for place in range(3)] == [1, 2, None]


def test_at_night_and_on_a_holiday_whoever_is_always_on_duty_is_asked_first() -> None:
    night, holiday = T0.replace(hour=20), T0 + timedelta(days=1)
    assert (ROTA.first(INDIA, night), ROTA.first(INDIA, holiday)) == (1, 1)


def test_what_was_asked_at_the_end_of_the_day_is_handed_on_to_the_night() -> None:
    assert ROTA.first(INDIA, T0.replace(hour=12, minute=29)) == 0
    assert ROTA.after(0, INDIA, T0.replace(hour=12, minute=39)) == 1


def test_there_is_never_nobody() -> None:
    alone = Rota("care", (DAY,), 10 * MINUTE)
    assert alone.first(INDIA, T0.replace(hour=20)) == 0
