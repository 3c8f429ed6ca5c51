"""The table every measurement ends in: what is met, what is written, what the exit status says."""

import json
from pathlib import Path

import pytest

from benchmarks.table import Figure, Outcome, Setting, conclude, number


@pytest.mark.parametrize(
    ("value", "target", "met"),
    [
        (3.0, "<= 3", True),
        (3.0001, "<= 3", False),
        (299.9, "< 300", True),
        (300, "< 300", False),
        (30, ">= 30", True),
        (29.99, ">= 30", False),
        (0, "== 0", True),
        (1, "== 0", False),
        (7, None, None),
    ],
)
def test_met_compares_value_and_target_and_nothing_else(
    value: float, target: str | None, met: bool | None
) -> None:
    assert Figure("a name", value, "×", target).met is met
    assert Figure("another name", value, "customers", target).met is met


@pytest.mark.parametrize("target", ["about 3", "=> 3", "3", ""])
def test_a_target_nobody_can_compare_with_is_refused(target: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        assert Figure("ratio", 1, "×", target).met


def outcome(*figures: Figure) -> Outcome:
    return Outcome("sample", Setting.begin("python -m sample", 7, ["sqlalchemy"]), figures, {"more": [1]})


@pytest.mark.parametrize(("value", "status"), [(2, 0), (4, 1)])
def test_the_exit_status_says_whether_every_target_is_met(tmp_path: Path, value: float, status: int) -> None:
    figures = Figure("seconds", 99, "s"), Figure("ratio", value, "×", "<= 3")
    assert conclude(outcome(*figures), tmp_path / "sample.json") == status


def test_the_json_says_what_was_run_where_and_what_came_out(tmp_path: Path) -> None:
    file = tmp_path / "below" / "sample.json"
    conclude(outcome(Figure("ratio", 4, "×", "<= 3")), file)
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["command"] == "python -m sample"
    assert written["seed"] == 7
    assert written["more"] == [1]
    assert written["rows"] == [{"name": "ratio", "value": 4, "unit": "×", "target": "<= 3", "met": False}]
    assert written["versions"].keys() >= {"python", "sqlite", "sqlalchemy"}
    assert written["machine"].keys() >= {"cores", "cpu", "memory_gib", "load_at_start", "load_at_end"}


def test_a_value_that_is_no_number_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        conclude(outcome(Figure("ratio", float("nan"), "×")), tmp_path / "sample.json")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(972_882, "972,882"), (0, "0"), (3, "3"), (2.4567, "2.46"), (0.01234, "0.0123"), (123.4, "123")],
)
def test_a_number_is_short_enough_to_compare_by_eye(value: float, shown: str) -> None:
    assert number(value) == shown
