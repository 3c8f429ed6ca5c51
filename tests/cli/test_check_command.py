"""`tellfirst check`: every mistake at once, each with its file, its line and its cure."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from teletype import Terminal

from tellfirst.checking import check_everything, find_mistakes
from tellfirst.domain.errors import Mistake, SetupError
from tellfirst.settings import PROJECT, Settings

BOOK = "config/playbooks/mobile_site_down.yaml"


@dataclass(frozen=True, slots=True)
class Slip:
    """One mistake of a hand: `old` became `new` in a file, and what must be said about it."""

    file: str
    old: str
    new: str
    line: int
    problem: str
    cure: str


SLIPS = {
    "a typing error in a key": Slip(
        BOOK, "severity: S2", "severty: S2", 3, "unknown key `severty`", "did you mean `severity`?"
    ),
    "a span without a unit, in a second playbook": Slip(
        "config/playbooks/another.yaml", "30m", "30", 13, "`words.next_update_every`", "correct the value"
    ),
    "a typing error deep inside": Slip(
        "config/sources.yaml", 'element: "site', 'elment: "site', 7, ".elment`", "did you mean `element`?"
    ),
    "a doubled key": Slip(
        "config/contacts/en.yaml", "start: [", "start: []\nstart: [", 6, "duplicate key", "correct the YAML"
    ),
    "a misspelt placeholder": Slip(
        "templates/update/sms.en.j2", "{{ reference", "{{ referense", 11, "{{ referense }}", "{{ reference }}?"
    ),
    "an open block": Slip(
        "templates/overrun/sms.ur.j2", "{{ reference", "{% if note %}{{ reference", 8, "endif", "mend the syntax"
    ),
    "an address in the fixed words": Slip(
        "templates/first_word/email.te.j2", "{{ place }}", "https://bit.ly/x {{ place }}", 1, "bit.ly", "{{ page }}"
    ),
    "a character that doubles the price": Slip(
        "templates/survey/sms.en.j2", "how well", "✓ how well", 1, "CHECK MARK", "GSM-7"
    ),
    "a missing text": Slip("templates/restored/sms.ms.j2", "", "", 1, "does not exist", "sms.en.j2"),
}  # fmt: skip


def _house(folder: Path) -> Path:
    """The configuration and the texts of this repository, to make mistakes in."""
    for name in ("config", "templates"):
        shutil.copytree(PROJECT / name, folder / name)
    another = (folder / BOOK).read_text(encoding="utf-8").replace("CellSiteDown, AreaMajorOutage", "OltDown")
    (folder / "config/playbooks/another.yaml").write_text(another, encoding="utf-8")
    return folder


def _settings(house: Path, **more: Any) -> Settings:
    return Settings(config=house / "config", templates=house / "templates", **more)


def _slip(house: Path, slip: Slip) -> None:
    path = house / slip.file
    text = path.read_text(encoding="utf-8")
    if not slip.old:
        path.unlink()
        return
    assert slip.old in text
    path.write_text(text.replace(slip.old, slip.new, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def careless(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Mistake, ...]]:
    """A house with every slip in it, and what was found there in one look."""
    house = _house(tmp_path_factory.mktemp("careless"))
    for slip in SLIPS.values():
        _slip(house, slip)
    return house, find_mistakes(_settings(house))


@pytest.mark.parametrize("name", SLIPS)
def test_each_mistake_is_named_with_file_line_and_cure(
    careless: tuple[Path, tuple[Mistake, ...]], name: str
) -> None:
    house, found = careless
    slip = SLIPS[name]
    there = [one for one in found if one.file == str(house / slip.file) and one.line == slip.line]
    assert [one for one in there if slip.problem in one.problem and slip.cure in one.cure], found


def test_nothing_else_is_complained_of(careless: tuple[Path, tuple[Mistake, ...]]) -> None:
    house, found = careless
    assert {one.file for one in found} == {str(house / slip.file) for slip in SLIPS.values()}


def test_nothing_starts_with_a_mistake_and_all_are_told(careless: tuple[Path, tuple[Mistake, ...]]) -> None:
    house, found = careless
    with pytest.raises(SetupError, match="nothing was started") as refused:
        check_everything(_settings(house))
    assert refused.value.mistakes == found


def test_one_mistake_is_one_line_and_exit_status_1(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = _house(tmp_path / "house")
    slip = SLIPS["a typing error deep inside"]
    _slip(house, slip)
    monkeypatch.setenv("TELLFIRST_CONFIG", str(house / "config"))
    monkeypatch.setenv("TELLFIRST_TEMPLATES", str(house / "templates"))
    said = terminal("check")
    assert said.status == 1
    assert said.out == (
        f"{house / slip.file}:7: unknown key `alertmanager.alerts.CellSiteDown.elment` "
        "(did you mean `element`?)\n"
    )
    told = terminal("check", "--json")
    assert told.status == 1
    assert told.json == [
        {
            "file": str(house / slip.file),
            "line": 7,
            "problem": "unknown key `alertmanager.alerts.CellSiteDown.elment`",
            "cure": "did you mean `element`?",
        }
    ]


def test_the_house_as_it_is_has_no_mistake(terminal: Terminal) -> None:
    assert terminal("check", "--json").json == []


def test_the_command_itself_says_so_with_exit_status_0(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tellfirst", "check"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "configuration and texts are in order\n", "")
    assert list(home.iterdir()) == []


def test_a_name_too_long_for_a_text_is_found_before_a_customer_pays_for_it() -> None:
    company = "The Deccan and Coromandel United Telephone Company " * 2
    assert any("this SMS takes" in one.problem for one in find_mistakes(Settings(company=company)))
