"""The report refuses an empty zero: a point that was hardly struck is a violation."""

from collections import Counter

from tellfirst.proof.points import INSIDE, NAMES, POINTS
from tellfirst.proof.report import FLOOR_FROM, Part, Report


def _report(schedules: int, strikes: dict[str, int]) -> Report:
    report = Report(1, "tellfirst prove")
    report.parts["sqlite", "look-up"] = Part("sqlite", "look-up", schedules=schedules)
    report.struck = Counter(strikes)
    report.check_floors()
    return report


def test_a_point_that_was_never_struck_is_a_violation() -> None:
    everywhere = dict.fromkeys(NAMES, 3)
    report = _report(FLOOR_FROM, everywhere | {"record: committed": 0})
    assert [one["what"] for one in report.violations] == [
        "'record: committed' was struck 0 times; the floor is 1"
    ]
    assert not report.to_json()["holds"]


def test_the_floor_rises_with_the_schedules() -> None:
    report = _report(1_000, dict.fromkeys(NAMES, 4))
    assert len(report.violations) == len(POINTS) - 1
    assert INSIDE not in str(report.violations)


def test_a_few_schedules_are_not_asked_for_floors() -> None:
    assert _report(3, {}).violations == []


def test_the_table_has_a_column_for_each_database_and_policy() -> None:
    report = Report(1, "tellfirst prove")
    for backend, policy, kills in (("sqlite", "look-up", 7), ("postgresql", "never-twice", 9)):
        report.parts[backend, policy] = Part(backend, policy, kills=kills)
    [row] = [one for one in report.measures() if one[""] == "kills"]
    assert row == {"": "kills", "sqlite, look-up": 7, "postgresql, never-twice": 9}
    assert Report(1, "tellfirst prove").measures() == []
