"""Files that are odd as a whole: read right, or refused with the place and the cure."""

import gzip
from pathlib import Path

import pytest
from filing import HEADER, Bring, customers, rejects, stored
from sqlalchemy import Engine

from tellfirst.audience.importing.lines import LONGEST_LINE
from tellfirst.audience.importing.reading import files
from tellfirst.audience.importing.terms import FileRefused
from tellfirst.domain.errors import RuleBroken
from tellfirst.store import tables as t

ROW = "C1,Asia/Kolkata,+919848012345,padma@example.in"
ONE = customers(ROW)
MANY_COLUMNS = ",".join(["reference", "zone", *(f"c{number}" for number in range(999))])

REFUSED = {
    "utf_16": (ONE.encode("utf-16"), "encoding", 1, "--encoding utf-16"),
    "utf_16_without_mark": (ONE.encode("utf-16-le"), "encoding", 1, "--encoding utf-16-le"),
    "latin_1": (
        customers("C1,Asia/Kolkata,,", "Cé,Asia/Kolkata,,").encode("latin-1"),
        "encoding",
        3,
        "cp1252",
    ),
    "semicolon": (ONE.replace(",", ";"), "separator", 1, "--separator ';'"),
    "tab": (ONE.replace(",", "\t"), "separator", 1, "--separator tab"),
    "unbalanced_quote_to_the_end": (customers('C1,"Asia/Kolkata,,', ROW, ROW), "quotes", 2, "close it"),
    "missing_column": ("reference,phone\nC1,\n", "header", 1, "add what is missing"),
    "unknown_column": ("reference,zone,phnoe\nC1,Asia/Kolkata,\n", "header", 1, "did you mean phone?"),
    "doubled_column": ("reference,zone,Zone \nC1,UTC,UTC\n", "header", 1, "leave one of them"),
    "1000_columns": (f"{MANY_COLUMNS}\n", "header", 1, "leave those that customers know"),
    "no_header": (f"{ROW}\n", "header", 1, "begin with a header"),
    "broken_header": ('"reference"x,zone\nC1,UTC\n', "header", 1, "mend its quotes"),
    "empty_file": ("", "empty", 1, "export it again"),
    "only_empty_lines": ("\n\r\n \n", "empty", 1, "export it again"),
    "header_only": (f"{HEADER}\n\n", "empty", 1, "export it again"),
    "spreadsheet": (b"PK\x03\x04rest", "no_table", 1, "save the sheet as CSV"),
    "compressed": (gzip.compress(ONE.encode()), "no_table", 1, "unpack it"),
    "parquet_under_another_name": (b"PAR1rest", "no_table", 1, "name it .parquet"),
    "endless_line": (f"{HEADER}\n" + "x" * LONGEST_LINE, "line_too_long", 2, "one row per line"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_file_is_refused_with_its_line_and_the_cure(
    sqlite_engine: Engine, bring: Bring, name: str
) -> None:
    content, reason, line, cure = REFUSED[name]
    with pytest.raises(FileRefused) as refused:
        bring(sqlite_engine, "customers", content)
    assert (refused.value.reason, refused.value.mistake.line) == (reason, line)
    assert cure in refused.value.mistake.cure
    assert str(refused.value).startswith(f"nothing was imported: file.csv:{line}: ")
    assert stored(sqlite_engine, t.customer, "id") == []
    assert stored(sqlite_engine, t.import_batch, "id") == []


@pytest.mark.parametrize("block", [1 << 20, 7, 5, 4, 3, 2])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"], ids=["bare", "with_mark"])
@pytest.mark.parametrize(
    "wrong", [b"\xff", b"\xe0\xa4\xff", b"\xe0"], ids=["alone", "in_a_letter", "cut_letter"]
)
def test_a_wrong_byte_is_named_by_its_line_and_offset(
    sqlite_engine: Engine,
    bring: Bring,
    monkeypatch: pytest.MonkeyPatch,
    block: int,
    start: bytes,
    wrong: bytes,
) -> None:
    """Also where a letter lies across the border of two blocks."""
    monkeypatch.setattr("tellfirst.audience.importing.encodings.BLOCK", block)
    content = start + "reference,zone\r\nC1,UTC\rత్రి".encode() + b"x" * 40 + b"\nC" + wrong + b",UTC\n"
    with pytest.raises(FileRefused) as refused:
        bring(sqlite_engine, "customers", content)
    offset = content.index(b"\nC" + wrong) + 2
    assert (refused.value.mistake.line, refused.value.mistake.problem) == (4, f"byte {offset} is not utf-8")


@pytest.mark.parametrize("name", ["no_header", "latin_1", "unbalanced_quote_to_the_end"])
def test_a_refusal_does_not_repeat_what_may_be_a_customers(
    sqlite_engine: Engine, bring: Bring, name: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        bring(sqlite_engine, "customers", REFUSED[name][0])
    for theirs in ("9848012345", "padma", "C1"):
        assert theirs not in str(refused.value)


@pytest.mark.parametrize("called", ["+919848012345", "padma@example.in", "C1", "9848012345"])
def test_a_column_that_is_not_called_like_one_is_counted_and_not_repeated(
    sqlite_engine: Engine, bring: Bring, called: str
) -> None:
    with pytest.raises(FileRefused, match="column 3 is unknown") as refused:
        bring(sqlite_engine, "customers", f"reference,zone,{called}\nC1,UTC,\n")
    assert called not in str(refused.value)


READ = {
    "utf_8_with_bom": ("\ufeff" + ONE, {}),
    "utf_16_when_said": (ONE.encode("utf-16"), {"encoding": "utf-16"}),
    "cp1252_when_said": (ONE.replace("padma", "Padma").encode("cp1252"), {"encoding": "cp1252"}),
    "semicolon_when_said": (ONE.replace(",", ";"), {"separator": ";"}),
    "tab_when_said": (ONE.replace(",", "\t"), {"separator": "tab"}),
    "cr_only": (ONE.replace("\n", "\r"), {}),
    "cr_lf": (ONE.replace("\n", "\r\n"), {}),
    "no_line_end_at_the_end": (ONE.rstrip("\n"), {}),
    "header_with_spaces_and_capitals": (ONE.replace(HEADER, " Reference ,ZONE,Phone, eMail"), {}),
    "quoted_fields": (ONE.replace(ROW, '"C1","Asia/Kolkata","+919848012345","padma@example.in"'), {}),
    "empty_lines_before_the_header": ("\n\n" + ONE, {}),
    "columns_in_another_order": ("zone,reference,email,phone\nUTC,C1,,\n", {}),
}


@pytest.mark.parametrize("name", READ)
def test_the_file_is_read_right(sqlite_engine: Engine, bring: Bring, name: str) -> None:
    content, said = READ[name]
    report = bring(sqlite_engine, "customers", content, **said)
    assert (report.new_count, report.rejected_count) == (1, 0)
    assert stored(sqlite_engine, t.customer, "reference") == [("C1",)]


def test_windows_letters_are_read_when_their_encoding_is_said(sqlite_engine: Engine, bring: Bring) -> None:
    content = "reference,zone,district\nC1,UTC,Köln – Süd\n"
    bring(sqlite_engine, "customers", content.encode("cp1252"), encoding="cp1252")
    assert stored(sqlite_engine, t.customer, "district") == [("Köln – Süd",)]


def test_utf_8_that_is_said_to_be_windows_is_refused_instead_of_garbled(
    sqlite_engine: Engine, bring: Bring
) -> None:
    content = "reference,zone,district\nC1,UTC,Köln\n".encode()
    with pytest.raises(FileRefused, match="its letters would be garbled") as refused:
        bring(sqlite_engine, "customers", content, encoding="cp1252")
    assert refused.value.mistake.cure == "import it with --encoding utf-8"


def test_lines_are_counted_as_an_editor_counts_them(sqlite_engine: Engine, bring: Bring) -> None:
    """Quoted line breaks, empty lines and three kinds of line ends, in a block with quotes."""
    content = (
        'reference,zone,district\r\n\r\nC1,UTC,a\rC2,Mars,b\n\n"C3",UTC,"c\nd\r\ne"\nC4,Venus,f\r\nC5,UTC,g'
    )
    bring(sqlite_engine, "customers", content)
    assert rejects(sqlite_engine) == [
        (4, "zone", "unknown_zone"),
        (6, "district", "line_break"),
        (9, "zone", "unknown_zone"),
    ]
    assert stored(sqlite_engine, t.customer, "reference") == [("C1",), ("C5",)]


def test_lines_are_counted_the_same_without_any_quote(sqlite_engine: Engine, bring: Bring) -> None:
    content = "reference,zone,district\r\n\r\nC1,UTC,a\rC2,Mars,b\n\nC3,UTC,c\nC4,Venus,f\r\n  \nC5,UTC"
    bring(sqlite_engine, "customers", content)
    assert rejects(sqlite_engine) == [
        (4, "zone", "unknown_zone"),
        (7, "zone", "unknown_zone"),
        (9, "", "fields_missing"),
    ]
    assert stored(sqlite_engine, t.customer, "reference") == [("C1",), ("C3",)]


@pytest.mark.parametrize("quote", ["", '"'], ids=["plain", "with_quotes"])
def test_rows_of_another_width_are_rejected_and_the_rest_is_read(
    sqlite_engine: Engine, bring: Bring, quote: str
) -> None:
    content = f"reference,zone,district\nC1,UTC,{quote}a{quote}\nC2,UTC\nC3,UTC,b,c\nC4,UTC,d\n"
    report = bring(sqlite_engine, "customers", content)
    assert rejects(sqlite_engine) == [(3, "", "fields_missing"), (4, "", "fields_extra")]
    assert (report.row_count, report.new_count, report.rejected_count) == (4, 2, 2)


def test_rows_run_together_by_a_quote_are_rejected_line_by_line(sqlite_engine: Engine, bring: Bring) -> None:
    content = 'reference,zone,district\nC1,UTC,a\nC2,UTC,"b\nC3,UTC,c\nC4,UTC,"d"\nC5,UTC,e\n'
    report = bring(sqlite_engine, "customers", content)
    assert rejects(sqlite_engine) == [(line, "", "broken_quotes") for line in (3, 4, 5)]
    assert (report.row_count, report.new_count, report.rejected_count) == (5, 2, 3)


def test_a_field_of_10_megabytes_is_one_reject(sqlite_engine: Engine, bring: Bring) -> None:
    huge = "x" * 10_000_000
    bring(
        sqlite_engine, "customers", f'reference,zone,district\nC1,UTC,{huge}\nC2,UTC,"a"\n', name="plain.csv"
    )
    bring(
        sqlite_engine, "customers", f'reference,zone,district\nC3,UTC,"{huge}"\nC4,UTC,a\n', name="quoted.csv"
    )
    assert stored(sqlite_engine, t.customer, "reference") == [("C2",), ("C4",)]
    assert {rule for _, _, rule in rejects(sqlite_engine)} == {"too_long"}
    [longest] = {len(text) for (text,) in stored(sqlite_engine, t.import_reject, "text")}
    assert longest == 200


def test_a_file_of_many_blocks_keeps_its_lines(
    sqlite_engine: Engine, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks of 7 lines, with a row across every border: what a file of a million rows looks like, small."""
    monkeypatch.setattr("tellfirst.audience.importing.lines.ROWS", 7)
    rows = [f'C{number},UTC,"a\nb"' if number % 3 == 0 else f"C{number},UTC,c" for number in range(100)]
    bring(sqlite_engine, "customers", "reference,zone,district\n" + "\n".join(rows) + "\n")
    expected, line = [], 2
    for number in range(100):
        expected += [(line, "district", "line_break")] if number % 3 == 0 else []
        line += 2 if number % 3 == 0 else 1
    assert rejects(sqlite_engine) == expected
    assert len(stored(sqlite_engine, t.customer, "id")) == 100 - len(expected)


@pytest.mark.parametrize("encoding", ["klingon", "base64", "utf\x00"])
def test_an_encoding_there_is_not_is_said(sqlite_engine: Engine, bring: Bring, encoding: str) -> None:
    with pytest.raises(RuleBroken, match="is no text encoding"):
        bring(sqlite_engine, "customers", ONE, encoding=encoding)


@pytest.mark.parametrize("separator", ["", ";;", '"', "\n"])
def test_a_separator_there_cannot_be_is_said(sqlite_engine: Engine, bring: Bring, separator: str) -> None:
    with pytest.raises(RuleBroken, match="one character"):
        bring(sqlite_engine, "customers", ONE, separator=separator)


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.csv", "a.parquet", "c.CSV", ".hidden.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in files([tmp_path])] == ["a.parquet", "b.csv", "c.CSV"]


@pytest.mark.parametrize(("name", "said"), [("notes.txt", "neither"), ("away.csv", "no such file")])
def test_what_is_no_file_of_ours_is_refused_by_name(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(FileRefused, match=said):
        files([tmp_path / name])


def test_rows_with_quotes_one_after_the_other_keep_their_lines(sqlite_engine: Engine, bring: Bring) -> None:
    content = (
        'reference,zone,district\n"C1",UTC,"a"\n"C2",Mars,"b"\n"C3",UTC,"c\nd"\n"C4",Mars,"e"\nC5,Mars,f\n'
    )
    bring(sqlite_engine, "customers", content)
    assert rejects(sqlite_engine) == [
        (3, "zone", "unknown_zone"),
        (4, "district", "line_break"),
        (6, "zone", "unknown_zone"),
        (7, "zone", "unknown_zone"),
    ]
