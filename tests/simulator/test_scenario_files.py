"""Scenarios are read strictly: whoever writes one is told what is wrong, where, and what to do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tellfirst.domain.errors import SetupError
from tellfirst.settings import PROJECT
from tellfirst.simulator.actors import filled_in
from tellfirst.simulator.scenario import load_scenario

SHIPPED = sorted((PROJECT / "config" / "scenarios").glob("*.yaml"))
FILE = """\
title: A short story
starts_at: 2026-11-22T05:13:00Z
seed: 7
customers: 600
steps:
  - after: 0
    title: "the monitor speaks"
    alert: {body: bodies/one.json}
  - after: 10m
    title: "the engineer speaks"
    update: {place: Miyapur, cause: power_failure, estimate: +70m}
  - after: 1h
    title: "customers ask"
    question: {place: Miyapur, says: {en: Is it over?}}
  - after: 3h
    title: "customers answer"
    answers: {place: Miyapur, every: 9, sms: ["5", "4 thank you"], comment: Well done.}
"""


def scenario(folder: Path, text: str = FILE) -> Path:
    (folder / "bodies").mkdir()
    (folder / "bodies" / "one.json").write_text("{}")
    path = folder / "story.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, old: str, new: str) -> str:
    assert old in FILE
    with pytest.raises(SetupError) as refused:
        load_scenario(scenario(folder, FILE.replace(old, new, 1)))
    return str(refused.value)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_scenarios_of_the_house_can_be_played(path: Path) -> None:
    story = load_scenario(path)
    assert story.steps
    assert [step.after for step in story.steps] == sorted(step.after for step in story.steps)


def test_two_days_of_work_on_a_tower_are_stated_ten_days_ahead_and_end_late() -> None:
    story = load_scenario(PROJECT / "config" / "scenarios" / "tower_work.yaml")
    [work] = [step.work for step in story.steps if step.work]
    assert (work.begins, work.ends) == (timedelta(days=10), timedelta(days=12))
    [done] = [step.after for step in story.steps if step.work_word and step.work_word.says == "complete"]
    assert done > work.ends
    form = filled_in(story, work)
    assert (form["begins"], form["zone"]) == ("2026-12-02T10:30:00", "Asia/Kolkata")


@pytest.mark.parametrize("word", ["says: extend", "says: complete, until: +2h"])
def test_only_an_extension_of_work_has_an_end_and_it_needs_one(tmp_path: Path, word: str) -> None:
    old = "update: {place: Miyapur, cause: power_failure, estimate: +70m}"
    said = complaint(tmp_path, old, f"work_word: {{place: Miyapur, {word}}}")
    assert "`until` is for `extend`" in said


def test_the_tower_outage_is_among_them() -> None:
    story = load_scenario(PROJECT / "config" / "scenarios" / "tower_outage.yaml")
    assert story.starts_at == datetime(2026, 11, 22, 5, 13, tzinfo=UTC)
    assert {step.question.place for step in story.steps if step.question} == {"Miyapur"}
    assert len([step for step in story.steps if step.answers]) == 2


def test_a_step_happens_so_long_after_the_start(tmp_path: Path) -> None:
    story = load_scenario(scenario(tmp_path))
    assert [story.at(step) - story.starts_at for step in story.steps] == [
        timedelta(0),
        timedelta(minutes=10),
        timedelta(hours=1),
        timedelta(hours=3),
    ]


def test_a_step_out_of_order_is_named_with_the_cure(tmp_path: Path) -> None:
    assert complaint(tmp_path, "after: 1h", "after: 5m") == (
        "story.yaml: the step 'customers ask' comes before the one above it; sort them by time"
    )


def test_two_steps_at_the_same_moment_are_in_order(tmp_path: Path) -> None:
    same = load_scenario(scenario(tmp_path, FILE.replace("after: 1h", "after: 10m")))
    assert len(same.steps) == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    alert: {body: bodies/one.json}\n", ""),
        ("    alert: {body", "    question: {place: Miyapur, says: {en: Hello?}}\n    alert: {body"),
    ],
    ids=["nothing", "two things"],
)
def test_a_step_must_do_exactly_one_thing(tmp_path: Path, old: str, new: str) -> None:
    assert complaint(tmp_path, old, new) == (
        "story.yaml: the step 'the monitor speaks' must do exactly one thing"
    )


@pytest.mark.parametrize("body", ["bodies/two.json", "bodies"])
def test_a_body_that_is_not_there_is_named(tmp_path: Path, body: str) -> None:
    assert complaint(tmp_path, "bodies/one.json", body) == (
        f"story.yaml: there is no body {body} beside the scenario"
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("    alert:", "    alarm:", 8, "did you mean `alert`?"),
        ("starts_at", "start_at", 2, "did you mean `starts_at`?"),
        ("seed: 7", "seed: 7\nweather: fair", 4, "unknown key `weather` (remove it)"),
        ("{place: Miyapur, cause", "{plaice: Miyapur, cause", 11, "did you mean `place`?"),
        ("power_failure", "gremlins", 11, "`steps.1.update.cause`"),
        ("after: 0\n", "after: false\n", 6, "like 30m, 2h or 1d"),
        ("after: 10m", "after: 10", 9, "like 30m, 2h or 1d"),
        ("after: 10m", "after: -10m", 9, "like 30m, 2h or 1d"),
        ("2026-11-22T05:13:00Z", "2026-11-22T05:13:00", 2, "timezone"),
        ("customers: 600", "customers: 3", 4, "`customers`"),
        ("every: 9", "every: 0", 17, "`steps.3.answers.every`"),
        ('"4 thank you"', '"thank you"', 17, "is no score; begin with a digit"),
        ("says: {en: Is it over?}", "says: {}", 14, "`steps.2.question.says`"),
        ("seed: 7\n", "seed: 7\nseed: 8\n", 4, "duplicate key"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_a_cure(
    tmp_path: Path, old: str, new: str, line: int, expected: str
) -> None:
    found = complaint(tmp_path, old, new)
    assert f"story.yaml:{line}: " in found
    assert expected in found


def test_a_scenario_without_steps_is_no_scenario(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="`steps`"):
        load_scenario(scenario(tmp_path, FILE.split("steps:")[0] + "steps: []\n"))


def test_a_scenario_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"nowhere\.yaml: is missing"):
        load_scenario(tmp_path / "nowhere.yaml")


def test_a_scenario_does_not_change_under_the_hands_that_play_it(tmp_path: Path) -> None:
    story = load_scenario(scenario(tmp_path))
    with pytest.raises(ValueError, match="frozen"):
        setattr(story, "seed", 8)  # noqa: B010  # an assignment that the type checker would refuse first
