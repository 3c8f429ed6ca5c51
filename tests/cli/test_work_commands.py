"""`tellfirst work`: taken over, looked at, checked; what is wrong is refused in a sentence and nothing is stored."""

import shutil
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from teletype import Terminal

from tellfirst.store import tables as t
from tellfirst.store.engine import reading

sys.path.insert(0, str(Path(__file__).parents[1] / "works"))
from calendars import calendar, entry

CONFIG = Path(__file__).parents[2] / "config"
FAR = {"dtstart": "20261220T200000Z", "dtend": "20261220T220000Z"}
"""The clock of the installation stands on the 22nd of November."""
ADD = (
    *("work", "add", "site:HYD0004", "--number", "CHG1"),
    *("--starts-at", "2026-12-20T01:00", "--ends-at", "2026-12-20T03:00", "--zone", "Asia/Kolkata"),
)


@pytest.fixture(autouse=True)
def with_a_playbook_for_planned_work(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = home.parent / "config"
    shutil.copytree(CONFIG, config)
    folder = config / "playbooks"
    own = (folder / "mobile_site_down.yaml").read_text()
    planned = own.replace("[CellSiteDown, AreaMajorOutage]", "[PlannedWork]")
    planned += "planned:\n  lead: 10d\n  remind_before: 24h\n  becomes: mobile_site_down\n"
    (folder / "planned_work.yaml").write_text(planned)
    monkeypatch.setenv("TELLFIRST_CONFIG", str(config))


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.ics"
    path.write_bytes(calendar(entry(**FAR)))
    return path


def count(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(t.work)).scalar_one())


def test_own_work_is_added_shown_moved_and_cancelled(terminal: Terminal, engine: Engine) -> None:
    added = terminal(*ADD, "--reason", "New antenna", "--json").json
    assert (added["work"], added["verdict"], added["held"]) == (1, "new", None)
    shown = terminal("work", "show", "1", "--json").json
    assert shown["work"]["window"]["starts_at"] == "2026-12-19T19:30:00+00:00"
    assert [(one["worst"], one["customers"]) for one in shown["slices"]] == [("down", 3)]
    assert [one["brought"] for one in shown["statements"]] == ["new"]
    again = [word.replace("03:00", "04:00") for word in ADD]
    assert terminal(*again, "--json").json["verdict"] == "moved"
    assert terminal("work", "cancel", "1", "--json").json["verdict"] == "cancelled"
    assert terminal("work", "list", "--json").json == []
    assert [one["status"] for one in terminal("work", "list", "--ended", "--json").json] == ["cancelled"]
    assert "cancelled" in terminal("work", "show", "1").out
    whats = [one["what"] for one in terminal("audit", "--json").json]
    assert whats == ["work_cancelled", "work_stated", "work_stated"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (("site:HYD0004", "site:NONE"), "nobody knows site:NONE"),
        (("2026-12-20T01:00", "2026-12-20T04:00"), "before it begins"),
        (("Asia/Kolkata", "Mars/Base"), "'Mars/Base' is no zone"),
        (("2026-12-20T03:00", "soon"), "'soon' is no time"),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_is_stored(
    terminal: Terminal, engine: Engine, changed: tuple[str, str], sentence: str
) -> None:
    assert sentence in terminal(*(word.replace(*changed) for word in ADD)).sentence
    assert count(engine) == 0


def test_a_notice_is_imported_waits_for_its_circuit_and_goes_on_once_that_is_named(
    terminal: Terminal, engine: Engine, note: Path
) -> None:
    said = terminal("work", "import", str(note), "--json")
    [stored] = said.json["stored"]
    assert (said.status, stored["verdict"], stored["held"]) == (0, "held", "unknown_circuit")
    assert stored["cure"] == "tellfirst work map deccan.example CIRCUIT ELEMENT"
    assert terminal("work", "check", "1").status == 1
    mapped = terminal("work", "map", "deccan.example", "C1", "site:HYD0004", "--json").json
    assert mapped["freed"] == [1]
    assert [one["element"] for one in terminal("work", "map", "--json").json] == ["site:HYD0004"]
    assert [one["held"] for one in terminal("work", "list", "--json").json] == [None]
    assert terminal("work", "check", "1").status == 0
    assert terminal("work", "import", str(note), "--json").json["stored"][0]["verdict"] == "repeated"
    assert terminal("work", "map", "deccan.example", "C1", "--forget").status == 0
    assert "nobody said what C1" in terminal("work", "map", "deccan.example", "C1", "--forget").sentence
    whats = [one["what"] for one in terminal("audit", "--json").json]
    assert whats == ["circuit_named", "work_stated", "circuit_named", "work_stated"]


def test_of_a_faulty_notice_nothing_is_stored_and_the_others_are(
    terminal: Terminal, engine: Engine, note: Path, tmp_path: Path
) -> None:
    faulty = tmp_path / "faulty.ics"
    faulty.write_bytes(calendar(entry(x_maintnote_maintenance_id="W8"), entry(dtend=None)))
    said = terminal("work", "import", str(faulty), str(note))
    assert said.status == 1
    assert "faulty.ics:19: has no DTEND" in said.err
    assert count(engine) == 1


def test_of_a_list_every_good_row_is_stored_and_every_other_is_named(
    terminal: Terminal, engine: Engine, tmp_path: Path
) -> None:
    rows = tmp_path / "works.csv"
    rows.write_text(
        "id,starts_at,ends_at,objects\n"
        "W1,2026-12-20T01:00Z,2026-12-20T02:00Z,site:HYD0000\n"
        "W2,2026-12-20T01:00,2026-12-20T02:00Z,site:HYD0001\n"
        "W3,2026-12-20T01:00Z,2026-12-20T02:00Z,site:HYD0002\n"
    )
    said = terminal("work", "import", str(rows), "--json")
    assert said.status == 1
    assert [one["number"] for one in said.json["stored"]] == ["W1", "W3"]
    assert said.json["rejected"] == [
        "works.csv:3: the time 2026-12-20T01:00:00 has no zone; write it like 2026-11-22T09:30:00+00:00 "
        "(correct the row and import the list again)"
    ]
    assert count(engine) == 2


def test_what_may_be_the_same_is_settled_by_a_person(
    terminal: Terminal, engine: Engine, note: Path, tmp_path: Path
) -> None:
    terminal("work", "import", str(note))
    other = tmp_path / "other.ics"
    later = {**FAR, "dtend": "20261220T230000Z"}
    other.write_bytes(calendar(entry(x_maintnote_maintenance_id="W2", **later)))
    [held] = terminal("work", "import", str(other), "--json").json["stored"]
    assert (held["held"], held["cure"]) == (
        "perhaps_the_same",
        "tellfirst work same 2 1, or tellfirst work apart 2",
    )
    terminal("work", "map", "deccan.example", "C1", "site:HYD0004")
    assert terminal("work", "same", "2", "1", "--json").json == {"work": 1, "verdict": "moved", "held": None}
    assert "not held as perhaps the same" in terminal("work", "apart", "1").sentence


def test_the_gate_stops_a_pipeline_whose_work_cannot_be_announced_in_time(
    terminal: Terminal, engine: Engine, tmp_path: Path
) -> None:
    rows = tmp_path / "works.csv"
    rows.write_text("id,starts_at,ends_at,objects\nCHG1,2026-11-25T01:00Z,2026-11-25T02:00Z,site:HYD0004\n")
    said = terminal("work", "check", str(rows), "--zone", "Asia/Kolkata", "--json")
    assert said.status == 1
    [work] = said.json["works"]
    assert (work["open"], work["customers"]) == (False, 3)
    assert [one["reason"] for one in work["findings"]] == ["lead_missed"]
    assert "move it to Thu 03 Dec 2026 06:30 IST" in work["findings"][0]["cure"]
    assert count(engine) == 0
    rows.write_text(rows.read_text().replace("2026-11-25", "2026-12-20"))
    passed = terminal("work", "check", str(rows))
    assert passed.status == 0
    assert "may take place as planned" in passed.out


def test_the_gate_refuses_a_file_it_cannot_read_and_work_there_is_not(
    terminal: Terminal, engine: Engine
) -> None:
    assert "there is no work 77" in terminal("work", "check", "77").sentence
    assert "nothing.ics" in terminal("work", "check", "nothing.ics").sentence
    assert terminal("work", "import").status == 1
