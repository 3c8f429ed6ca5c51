"""Parquet files obey the rules of CSV files; the line of a row is its number."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import polars as pl
import pytest
from filing import Bring, rejects, stored
from sqlalchemy import Engine

from tellfirst.audience.importing.terms import FileRefused
from tellfirst.store import tables as t


def parquet(**columns: Any) -> bytes:
    file = BytesIO()
    pl.DataFrame(columns).write_parquet(file)
    return file.getvalue()


def bring_parquet(bring: Bring, engine: Engine, **columns: Any) -> Any:
    return bring(engine, "customers", parquet(**columns), name="file.parquet")


def test_typed_columns_are_taken_for_what_they_say(engine: Engine, bring: Bring) -> None:
    report = bring_parquet(
        bring,
        engine,
        Reference=["C1", "C2"],
        zone=["UTC", "UTC"],
        priority=[3, None],
        lat=[17.5, None],
        lon=[78.25, None],
        located_at=[datetime(2026, 11, 1, 10, tzinfo=UTC), None],
    )
    assert (report.new_count, report.rejected_count, dict(report.notes)) == (2, 0, {})
    assert stored(engine, t.customer, "reference", "priority", "lat", "lon", "located_at") == [
        ("C1", 3, 17.5, 78.25, datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ("C2", 0, None, None, None),
    ]


def test_rows_are_rejected_by_their_number(sqlite_engine: Engine, bring: Bring) -> None:
    bring_parquet(bring, sqlite_engine, reference=["C1", None, "C3"], zone=["UTC", "UTC", "Mars"])
    assert rejects(sqlite_engine) == [(2, "reference", "missing"), (3, "zone", "unknown_zone")]


@pytest.mark.parametrize(
    ("column", "values", "rule"),
    [
        ("phone", [919848012345.0], "number_as_float"),
        ("located_at", [datetime(2026, 11, 1, 10)], "no_zone"),
        ("status", [True], "unknown_word"),
        ("district", ["Miya\x00pur"], "nul"),
        ("lat", [float("nan")], "not_a_number"),
    ],
)
def test_a_type_does_not_hide_a_fault(
    sqlite_engine: Engine, bring: Bring, column: str, values: list[Any], rule: str
) -> None:
    bring_parquet(bring, sqlite_engine, reference=["C1"], zone=["UTC"], **{column: values})
    assert rejects(sqlite_engine) == [(1, column, rule)]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no Parquet file"),
        (b"PAR1 and nothing else", "no Parquet file"),
        (parquet(reference=["C1"])[:-9] + b"PAR1", "no Parquet file"),
        (parquet(reference=["C1"], zone=[["UTC"]]), "holds List"),
        (parquet(reference=["C1"], zone=[b"UTC"]), "holds Binary"),
        (parquet(reference=["C1"]), "lacks zone"),
        (parquet(reference=[], zone=[]), "has no rows"),
    ],
    ids=["empty", "cut", "damaged", "nested", "bytes", "column_missing", "no_rows"],
)
def test_what_is_no_table_of_texts_is_refused(
    sqlite_engine: Engine, bring: Bring, content: bytes, problem: str
) -> None:
    with pytest.raises(FileRefused, match=problem):
        bring(sqlite_engine, "customers", content, name="file.parquet")


def test_a_file_of_many_pieces_is_read_to_its_end(
    sqlite_engine: Engine, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tellfirst.audience.importing.parquet_files.ROWS", 7)
    zones = ["UTC" if number % 10 else "Mars" for number in range(100)]
    report = bring_parquet(
        bring, sqlite_engine, reference=[f"C{number}" for number in range(100)], zone=zones
    )
    assert (report.row_count, report.new_count) == (100, 90)
    assert rejects(sqlite_engine) == [(number + 1, "zone", "unknown_zone") for number in range(0, 100, 10)]
