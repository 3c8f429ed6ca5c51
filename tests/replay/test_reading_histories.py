"""Five formats read into one shape; what cannot be played is counted with its reason."""

import json
from pathlib import Path
from typing import Any

import pytest
from written_histories import CSTATE, T0, at, github, google, iso, lines, state, statuspage, utility

from tellfirst.domain.errors import SetupError
from tellfirst.domain.facts import Action, Cause, ServiceKind
from tellfirst.replay.history import Grade, History, Oddity
from tellfirst.replay.shelf import read_all


def read(path: Path) -> tuple[list[History], dict[Oddity, int]]:
    shelf = read_all([path])
    return shelf.histories, dict(shelf.skipped[path.name])


def test_githubs_updates_become_words_and_the_resolved_one_the_end(tmp_path: Path) -> None:
    [it], skipped = read(lines(tmp_path / "github.jsonl.gz", github()))
    assert (it.source, it.grade, it.onset, it.onset_known) == ("github", Grade.MAJOR, T0, False)
    assert [(word.at, word.next_by) for word in it.words] == [(T0, None), (at(20), at(50))]
    assert it.resolved_at == at(70)
    assert skipped == {}


def test_the_beginning_a_post_mortem_names_is_believed_when_it_is_near(tmp_path: Path) -> None:
    near, far = ({"start_at": iso(minutes), "source": "postmortem"} for minutes in (-45, -60 * 24 * 3))
    found, _ = read(lines(tmp_path / "g.jsonl", github(1, impact_window=near), github(2, impact_window=far)))
    assert [(it.onset, it.onset_known) for it in found] == [(at(-45), True), (T0, False)]


def said(minutes: float, status: str) -> dict[str, str]:
    return {"at": iso(minutes), "status": status, "message": ""}


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"impact": "maintenance"}, Oddity.PLANNED),
        ({"updates": []}, Oddity.NO_WORDS),
        ({"updates": [{"at": iso(0), "status": "Resolved", "message": ""}]}, Oddity.WRITTEN_AFTERWARDS),
        ({"updates": [{"at": iso(0), "status": "Update", "message": ""}]}, Oddity.NO_END),
        (
            {"updates": [said(9, "Update"), said(1, "Update"), said(20, "Resolved")]},
            Oddity.OUT_OF_ORDER,
        ),
        (
            {"updates": [said(9, "Update"), said(1, "Resolved")]},
            Oddity.END_BEFORE_BEGIN,
        ),
        ({"updates": [{"at": "2026-03-02T09:00:00", "status": "Update", "message": ""}]}, Oddity.UNREADABLE),
        ({"updates": None}, Oddity.NO_WORDS),
        ({"updates": [{"at": "soon", "status": "Update", "message": ""}]}, Oddity.UNREADABLE),
    ],
)  # fmt: skip
def test_a_record_that_cannot_be_played_is_counted_with_its_reason(
    tmp_path: Path, known: dict[str, Any], why: Oddity
) -> None:
    found, skipped = read(lines(tmp_path / "github.jsonl", github(1), github(2, **known)))
    assert [it.id for it in found] == ["1"]
    assert skipped == {why: 1}


def test_a_line_that_is_no_json_is_counted_and_the_others_are_read(tmp_path: Path) -> None:
    found, skipped = read(lines(tmp_path / "github.jsonl", github(1), "{broken", github(2)))
    assert [it.id for it in found] == ["1", "2"]
    assert skipped == {Oddity.UNREADABLE: 1}


def test_googles_beginning_is_the_onset_and_its_updates_stand_newest_first(tmp_path: Path) -> None:
    [it], _ = read(lines(tmp_path / "google.jsonl.gz", google()))
    assert (it.onset, it.onset_known, it.grade) == (T0, True, Grade.MAJOR)
    assert [(word.at, word.next_by) for word in it.words] == [(at(30), at(70))]
    assert it.resolved_at == at(110)


def test_a_report_of_weeks_later_is_not_googles_word_that_it_is_over(tmp_path: Path) -> None:
    report = {"when": iso(60 * 24 * 20), "status": "AVAILABLE", "text": "# Incident Report"}
    [it], _ = read(lines(tmp_path / "google.jsonl", google(updates=[report, google()["updates"][1]])))
    assert it.resolved_at == at(100)


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"begin": None}, Oddity.NO_ONSET),
        ({"updates": []}, Oddity.NO_WORDS),
        ({"begin": iso(60)}, Oddity.WORD_BEFORE_ONSET),
        ({"updates": [{"when": iso(-5), "status": "AVAILABLE", "text": ""}]}, Oddity.END_BEFORE_BEGIN),
    ],
)
def test_what_google_did_not_date_is_counted(tmp_path: Path, known: dict[str, Any], why: Oddity) -> None:
    assert read(lines(tmp_path / "google.jsonl", google(1), google(2, **known)))[1] == {why: 1}


def test_a_utilitys_wall_clock_is_taken_for_what_it_is(tmp_path: Path) -> None:
    [it], _ = read(lines(tmp_path / "pge.jsonl.gz", utility()))
    assert (it.onset, it.onset_known, it.service) == (T0, True, ServiceKind.POWER)
    assert [(word.at, word.estimate_at) for word in it.words] == [
        (at(10), at(60)),
        (at(55), at(60)),  # only the crew moved, and nobody wrote down when: it was first seen then
        (at(80), at(200)),
    ]
    assert [word.action for word in it.words] == [
        Action.CREW_ON_THE_WAY,
        Action.CREW_ON_SITE,
        Action.CREW_ON_THE_WAY,
    ]
    assert it.resolved_at == at(130)


def test_in_summer_the_utilitys_clock_is_seven_hours_behind(tmp_path: Path) -> None:
    # 1 July 2026, 10:00 on a clock in California, is 17:00 UTC.
    face = 1_782_900_000_000
    it = utility()
    it |= {"outage_start_local_ms": face, "last_seen": 1_782_930_000, "states": [state(0, 0)]}
    it["states"][0] |= {"seen": 1_782_928_000, "last_update_local_ms": face + 600_000}
    [found], _ = read(lines(tmp_path / "pge.jsonl", it))
    assert found.onset.timestamp() * 1000 == face + 7 * 3_600_000


def test_a_utilitys_second_record_of_an_outage_and_its_planned_work_are_counted(tmp_path: Path) -> None:
    planned = utility(2, state(25, 10, cause="PLNND SHUTDOWN"))
    storm = utility(3, state(25, 10, cause="STORM"))
    found, skipped = read(lines(tmp_path / "pge.jsonl", utility(1), utility(1), planned, storm))
    assert [it.id for it in found] == ["1", "3"]
    assert found[1].words[0].cause is Cause.WEATHER
    assert skipped == {Oddity.SAME_ID: 1, Oddity.PLANNED: 1}


def test_a_cstate_issue_is_read_from_below(tmp_path: Path) -> None:
    path = tmp_path / "2026-03-02-failure.md"
    path.write_text(CSTATE.format(title="Disk failure"), encoding="utf-8")
    [it], _ = read(path)
    assert (it.id, it.grade, it.onset, it.onset_known) == ("2026-03-02-failure", Grade.MAJOR, T0, False)
    assert [(word.status, word.estimate_at) for word in it.words] == [("Investigating", at(120))]
    assert it.resolved_at == at(120)


@pytest.mark.parametrize(
    ("title", "text", "why"),
    [
        ("Planned maintenance", "", Oddity.PLANNED),
        ("Disk failure", "2026-03-02 09:00:00\" >", Oddity.WORD_BEFORE_ONSET),
        ("Disk failure", "---", Oddity.UNREADABLE),
    ],
)  # fmt: skip
def test_an_odd_cstate_issue_is_counted(tmp_path: Path, title: str, text: str, why: Oddity) -> None:
    path = tmp_path / "issue.md"
    found = CSTATE.format(title=title)
    if why is Oddity.WORD_BEFORE_ONSET:
        found = found.replace(text, "2026-01-01 09:00:00\" >")  # fmt: skip
    path.write_text(found.replace(text, "") if text == "---" else found, encoding="utf-8")
    assert read(path) == ([], {why: 1})


def test_unplanned_is_not_planned(tmp_path: Path) -> None:
    path = tmp_path / "issue.md"
    path.write_text(CSTATE.format(title="Unplanned outage"), encoding="utf-8")
    assert len(read(path)[0]) == 1


def test_statuspage_updates_count_from_when_they_were_made(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps(statuspage()), encoding="utf-8")
    [it], _ = read(path)
    assert (it.onset, it.onset_known, it.resolved_at) == (at(5), False, at(60))


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"backfilled": True}, Oddity.WRITTEN_AFTERWARDS),
        ({"scheduled_for": iso(100)}, Oddity.PLANNED),
        ({"incident_updates": []}, Oddity.NO_WORDS),
        (
            {"incident_updates": [
                {"status": "identified", "body": "", "created_at": iso(5000), "display_at": iso(5)},
                {"status": "resolved", "body": "", "created_at": iso(5003), "display_at": iso(9)},
            ]},
            Oddity.WRITTEN_AFTERWARDS,
        ),
    ],
)  # fmt: skip
def test_what_was_written_down_afterwards_is_no_history_of_words(
    tmp_path: Path, known: dict[str, Any], why: Oddity
) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps(statuspage(**known)), encoding="utf-8")
    assert read(path) == ([], {why: 1})


@pytest.mark.parametrize("content", [b"", b"name,phone\n", b"\x1f\x8bno gzip", b"[1, 2]", b'{"other": 1}'])
def test_a_file_in_no_known_format_is_refused_with_what_is_known(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ("histories.jsonl.gz" if content.startswith(b"\x1f") else "histories.jsonl")
    path.write_bytes(content)
    with pytest.raises(SetupError, match="known are GitHub's and Google Cloud's"):
        read_all([path])


def test_a_folder_is_read_file_by_file_and_the_folders_below_it(tmp_path: Path) -> None:
    lines(tmp_path / "a.jsonl", github(1))
    (tmp_path / "b").mkdir()
    lines(tmp_path / "b" / "c.jsonl.gz", google(2))
    assert [it.source for it in read_all([tmp_path]).histories] == ["github", "google-cloud"]
