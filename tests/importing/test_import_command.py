"""`tellfirst import`: what a person and a program see of it."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filing import customers

from tellfirst.audience.importing.layouts import KEYS, layout
from tellfirst.audience.importing.rules import SENTENCES, Note, Rule
from tellfirst.bootstrap import world
from tellfirst.cli import main
from tellfirst.store.migrate import migrate

Run = Callable[..., tuple[int, str, str]]
PHONE = "+919848012345"
LANDLINE = "+914023456789"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Runs `tellfirst import` with these words in a fresh installation: status, output, errors."""
    for name in [name for name in os.environ if name.startswith("TELLFIRST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TELLFIRST_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir(mode=0o700)
    mask = os.umask(0o022)
    world.cache_clear()
    migrate(world().engine)

    def typed(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["import", *words])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    yield typed
    world().engine.dispose()
    world.cache_clear()
    os.umask(mask)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str], str]:
    def written(content: str, name: str = "c.csv") -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return str(path)

    return written


def test_a_person_sees_what_became_of_every_row(run: Run, file: Callable[..., str], tmp_path: Path) -> None:
    path = file(customers(f"C1,UTC,{PHONE},", "C2,UTC,9848012399,", "C3,Mars,,", "C1,UTC,,"))
    status, shown, complaint = run("customers", path, "--region", "in", "--refuse-above", "100%")
    assert (status, complaint) == (0, "")
    for word in ("phone_rewritten", "unknown_zone", "different_rows_one_key", "rows/s", "what to do"):
        assert word in shown
    assert str(tmp_path / "home" / "rejects" / "customers-1.csv") in shown


def test_no_customers_number_is_printed(run: Run, file: Callable[..., str]) -> None:
    path = file(customers(f"C1,UTC,{PHONE} x12,", "C2,UTC,112,", "C3,Mars,,mail@example.in,more"))
    for words in ((), ("--json",), ("--refuse-above", "100%")):
        _, shown, complaint = run("customers", path, *words)
        assert "98480" not in shown + complaint
        assert "mail@" not in shown + complaint


def test_a_program_gets_one_document(run: Run, file: Callable[..., str]) -> None:
    status, shown, _ = run("customers", file(customers("C1,UTC,,")), "--json")
    [report] = json.loads(shown)
    assert status == 0
    assert (report["rows"], report["accepted"], report["rejected"]) == (
        1,
        {"new": 1, "changed": 0, "unchanged": 0},
        {"rows": 0, "by_rule": []},
    )
    assert set(report["seconds"]) == {"open", "read", "check", "stage", "look up", "merge", "record"}


def test_a_refused_file_is_status_1_with_its_sentence(run: Run, file: Callable[..., str]) -> None:
    status, shown, complaint = run("customers", file(customers("C1,Mars,,")))
    assert status == 1
    assert "unknown_zone" in shown
    assert complaint.startswith("tellfirst: nothing was imported: 1 of 1 rows of c.csv were rejected")


def test_an_unreadable_file_is_one_sentence_with_line_and_cure(run: Run, file: Callable[..., str]) -> None:
    status, shown, complaint = run("customers", file("reference;zone\nC1;UTC\n"))
    assert (status, shown) == (1, "")
    assert complaint == (
        "tellfirst: nothing was imported: c.csv:1: its columns are separated by ';' (import it with --separator ';')\n"
    )


def test_a_folder_is_imported_up_to_the_first_refused_file(
    run: Run, file: Callable[..., str], tmp_path: Path
) -> None:
    for name, zone in (("a.csv", "UTC"), ("b.csv", "Mars"), ("c.csv", "UTC")):
        file(customers(f"{name},{zone},,"), f"folder/{name}")
    status, shown, _ = run("customers", str(tmp_path / "folder"), "--json")
    assert status == 1
    assert [(one["file"], bool(one["refused"])) for one in json.loads(shown)] == [
        ("a.csv", False),
        ("b.csv", True),
    ]


def test_the_rejects_go_where_they_are_wanted(run: Run, file: Callable[..., str], tmp_path: Path) -> None:
    wanted = tmp_path / "mine.csv"
    run("customers", file(customers("C1,Mars,,")), "--rejects", str(wanted))
    assert wanted.read_text(encoding="utf-8").splitlines()[1].startswith("2,zone,unknown_zone,Mars,")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--refuse-above", "120%"), "is no share"),
        (("--refuse-above", "many"), "is no share"),
        (("--region", "XX"), "is no region"),
        (("--encoding", "klingon"), "is no text encoding"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_read(
    run: Run, file: Callable[..., str], words: tuple[str, str], said: str
) -> None:
    status, shown, complaint = run("customers", file(customers("C1,UTC,,")), *words)
    assert (status, shown) == (1, "")
    assert said in complaint


def test_numbers_are_checked_once_and_listed(run: Run, file: Callable[..., str]) -> None:
    content = customers(f"C1,UTC,{PHONE},", f"C2,UTC,{LANDLINE},", "C3,UTC,+911000000000,", "C4,UTC,,")
    _, shown, _ = run("customers", file(content), "--check-phones", "--json")
    phones = json.loads(shown)[1]
    assert (phones["kind"], phones["rows"], phones["rejected"]["rows"]) == ("phones", 3, 2)
    assert {one["rule"] for one in phones["rejected"]["by_rule"]} == {"landline", "invalid_number"}
    assert Path(phones["rejects_file"]).read_text(encoding="utf-8").count("\n") == 3
    assert json.loads(run("check-phones", "--json")[1])[0]["rows"] == 0
    run("customers", file(content.replace(PHONE, "+919848012399")))
    assert json.loads(run("check-phones", "--json")[1])[0]["rows"] == 1


def test_the_pass_over_numbers_goes_on_where_it_stopped(
    run: Run, file: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches of two, and a power cut after the second."""
    from tellfirst.audience.importing import phones

    run("customers", file(customers(*(f"C{number},UTC,+91984801234{number}," for number in range(7)))))
    monkeypatch.setattr(phones, "ROWS", 2)
    real, calls = phones.numbered, []

    def cut(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(phones, "numbered", cut)
    with pytest.raises(SystemExit):
        main(["import", "check-phones"])
    assert json.loads(run("check-phones", "--json")[1])[0]["rows"] == 3


def test_every_rule_and_every_note_has_a_sentence() -> None:
    assert set(SENTENCES) == {*Rule, *Note}


def test_the_guide_lists_every_rule_every_note_and_every_column() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "import-customers.md").read_text(encoding="utf-8")
    for name, sentence in SENTENCES.items():
        assert f"| `{name}` | {sentence.replace('|', chr(92) + '|')} |" in page
    for kind in KEYS:
        for column in layout(kind, None).columns:
            assert f"`{column.name}`{'*' if column.required else ''}" in page, (kind, column.name)
