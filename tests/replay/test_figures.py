"""The table of a replay: company beside us, and an exit status that says whether ours holds."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from written_histories import at, github, lines, outage

from tellfirst.cli import main
from tellfirst.replay.comparing import Failed, compare
from tellfirst.replay.conduct import Compared
from tellfirst.replay.figures import Figure, figures
from tellfirst.replay.history import Word
from tellfirst.replay.report import Report
from tellfirst.replay.theatre import Theatre


@pytest.fixture(scope="module")
def compared(theatre: Theatre) -> Compared:
    found = compare(theatre, outage(Word(at(40), "Update", "Looking.", next_by=at(60)), ends=100))
    assert isinstance(found, Compared)
    return found


def by_name(each: list[Figure]) -> dict[str, Figure]:
    return {one.name: one for one in each}


def test_both_sides_are_measured_alike(compared: Compared) -> None:
    found = by_name(figures([compared]))
    first = found["first word after the onset, median"]
    assert (first.company, first.ours, first.met) == (40, 0, None)
    with_time = found["live words that give the next time"]
    assert (with_time.company, with_time.ours, with_time.met) == (100, 100, True)
    kept = found["... kept within 1 min"]
    assert (kept.company, kept.ours, kept.met) == (0, 100, True)


@pytest.mark.parametrize(
    ("name", "worse"),
    [
        ("longest silence, major incidents", {"longest_silence": 30.6}),
        ("silences longer than promised", {"longer_than_promised": 1}),
        ("live words that give the next time", {"words_with_time": 0}),
        ("... kept within 1 min", {"late_by": (2.0,), "promises": 1}),
        ("incidents with every promise kept", {"broken": 1}),
        ("expired estimates left standing", {"standing_expired": 1}),
        ("promises open 60 s past their time", {"open_too_long": 1}),
    ],
)
def test_each_target_can_be_missed(compared: Compared, name: str, worse: dict[str, object]) -> None:
    bad = replace(compared, ours=replace(compared.ours, **worse))
    assert by_name(figures([compared]))[name].met is True
    assert by_name(figures([bad]))[name].met is False


def test_a_report_that_misses_says_what_and_one_of_nothing_misses(compared: Compared) -> None:
    report = Report("tellfirst replay", {})
    assert report.misses() == ["nothing was played"]
    report.add(compared)
    assert report.misses() == []
    report.add(Failed("9", "sample", "it never came to rest"))
    assert report.misses() == ["sample 9 was not played to its end: it never came to rest"]


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["replay", *words])
    return int(str(ended.value.code))


def test_the_command_writes_figures_and_what_was_not_played(tmp_path: Path) -> None:
    path = lines(tmp_path / "github.jsonl.gz", github(1), github(2, impact="maintenance"))
    file = tmp_path / "below" / "replay.json"
    assert run(str(path), "--jobs", "1", "--json", str(file)) == 0
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["histories"] == 1
    assert written["skipped"] == {"github.jsonl.gz": {"announced_work": 1}}
    assert written["misses"] == []
    assert all(
        row.keys() >= {"source", "name", "company", "value", "target", "met"} for row in written["rows"]
    )


def test_work_in_two_processes_comes_to_the_same(tmp_path: Path) -> None:
    path = lines(tmp_path / "github.jsonl", *(github(number) for number in range(1, 4)))
    rows = []
    for jobs in ("1", "2"):
        file = tmp_path / f"{jobs}.json"
        assert run(str(path), "--jobs", jobs, "--json", str(file)) == 0
        rows.append(json.loads(file.read_text(encoding="utf-8"))["rows"])
    assert rows[0] == rows[1]


def test_one_incident_is_shown_as_a_timetable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = lines(tmp_path / "github.jsonl", github(1))
    assert run(str(path), "--show", "1") == 0
    assert "holding word" in capsys.readouterr().out
    assert run(str(path), "--show", "2") == 1
    assert "none of the histories that can be played has the id 2" in " ".join(
        capsys.readouterr().err.split()
    )


def test_lifecycles_are_played_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "lives.json"
    assert run("--lifecycles", "2", "--seed", "7", "--jobs", "1", "--json", str(file)) == 0
    assert json.loads(file.read_text(encoding="utf-8"))["promises_open_60_s_past_their_time"] == 0
    assert "Simulated lifecycles, seed 7" in capsys.readouterr().out


@pytest.mark.parametrize("words", [(), ("histories.jsonl", "--lifecycles", "3")])
def test_files_or_lifecycles_but_one_of_them(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 1
    assert "name files of incident histories" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("/nowhere/histories.jsonl") == 1
    assert "/nowhere/histories.jsonl cannot be used" in capsys.readouterr().err
