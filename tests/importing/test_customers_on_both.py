"""Customers from a file into the store: new, changed, unchanged, refused, twice."""

import csv
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filing import HEADER, NOW, Bring, customers, open_incident, rejects, settle, stored
from sqlalchemy import Connection, Engine, event, select, update

from tellfirst.domain.incident import Stage
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

FIRST = customers("C1,Asia/Kolkata,+919848012345,c1@example.in", "C2,UTC,+919848012346,")


def test_a_customer_is_kept_with_every_column(engine: Engine, bring: Bring) -> None:
    bring(
        engine,
        "customers",
        "reference,status,language,zone,priority,phone,email,wish,household,district,area_code,lat,lon,"
        "located_at,location\n"
        "C1,suspended,ur,Asia/Kolkata,7,+919848012345,c1@example.in,email,H1,Miyapur,005001,17.5,78.25,"
        "2026-11-01T10:00:00+05:30,exact\n",
    )
    names = [column.name for column in t.customer.columns if column.name != "id"]
    [row] = stored(engine, t.customer, *names)
    assert dict(zip(names, row, strict=True)) == {
        "reference": "C1", "status": "suspended", "language": "ur", "zone": "Asia/Kolkata", "priority": 7,
        "phone": "+919848012345", "email": "c1@example.in", "wish": "email", "household": "H1",
        "district": "Miyapur", "area_code": "005001", "lat": 17.5, "lon": 78.25,
        "located_at": datetime(2026, 11, 1, 4, 30, tzinfo=UTC), "location": "exact",
        "phone_shared": False, "email_shared": False, "phone_checked": False,
        "phone_landline": False,
    }  # fmt: skip


def test_what_a_file_does_not_say_has_its_default(engine: Engine, bring: Bring) -> None:
    bring(engine, "customers", "reference,zone\nC1,UTC\n")
    assert stored(engine, t.customer, "status", "language", "priority", "phone", "location") == [
        ("active", "en", 0, None, None)
    ]


def test_the_same_file_again_changes_and_rewrites_nothing(engine: Engine, bring: Bring) -> None:
    first = bring(engine, "customers", FIRST)
    before = _rows(engine)
    again = bring(engine, "customers", FIRST)
    assert (first.new_count, first.changed_count, first.unchanged_count) == (2, 0, 0)
    assert (again.new_count, again.changed_count, again.unchanged_count) == (0, 0, 2)
    assert _rows(engine) == before


def test_a_changed_row_is_changed_and_the_others_are_left_alone(engine: Engine, bring: Bring) -> None:
    bring(engine, "customers", FIRST)
    settle(engine, "C3")
    report = bring(engine, "customers", FIRST.replace("c1@", "new@").replace("C2,UTC", "C2,Asia/Kolkata"))
    assert (report.new_count, report.changed_count, report.unchanged_count) == (0, 2, 0)
    report = bring(engine, "customers", customers("C1,Asia/Kolkata,+919848012345,new@example.in", "C4,UTC,,"))
    assert (report.new_count, report.changed_count, report.unchanged_count) == (1, 0, 1)
    assert stored(engine, t.customer, "reference", "zone") == [
        ("C1", "Asia/Kolkata"), ("C2", "Asia/Kolkata"), ("C3", "Asia/Kolkata"), ("C4", "UTC")
    ]  # fmt: skip


def test_an_absent_column_is_left_and_an_empty_field_is_cleared(engine: Engine, bring: Bring) -> None:
    bring(engine, "customers", "reference,zone,phone,district,lat,lon\nC1,UTC,+919848012345,Miyapur,1,2\n")
    bring(engine, "customers", "reference,zone,phone\nC1,UTC,\n")
    columns = ("phone", "district", "lat", "lon", "location")
    assert stored(engine, t.customer, *columns) == [(None, "Miyapur", 1.0, 2.0, "exact")]
    bring(engine, "customers", "reference,zone,lat,lon\nC1,UTC,,\n")
    assert stored(engine, t.customer, *columns) == [(None, "Miyapur", None, None, None)]


def test_a_row_twice_is_taken_once_and_rows_at_odds_are_all_rejected(engine: Engine, bring: Bring) -> None:
    report = bring(
        engine,
        "customers",
        customers("C1,UTC,,", "C2,UTC,,", "C1,UTC,,", "C2,UTC,,c2@example.in", "C2,UTC,,", "C3,UTC,,"),
    )
    assert (report.row_count, report.new_count, report.ignored_count, report.rejected_count) == (6, 2, 1, 3)
    assert rejects(engine) == [(line, "reference", "different_rows_one_key") for line in (3, 5, 6)]
    assert stored(engine, t.customer, "reference") == [("C1",), ("C3",)]


def test_too_many_rejects_refuse_the_file_and_are_kept(engine: Engine, bring: Bring, tmp_path: Path) -> None:
    bring(engine, "customers", FIRST)
    bad = customers("C1,UTC,,", "C2,Mars,,", "C9,UTC,,")
    report = bring(engine, "customers", bad, refuse_above=0.33)
    assert report.refused == (
        "1 of 3 rows of file.csv were rejected, more than 33 %; mend the file, or allow more with --refuse-above"
    )
    assert (report.accepted_count, report.rejected_count, report.batch_id) == (0, 1, 2)
    assert stored(engine, t.customer, "reference", "zone") == [("C1", "Asia/Kolkata"), ("C2", "UTC")]
    assert stored(engine, t.import_batch, "id", "row_count", "accepted_count", "rejected_count") == [
        (1, 2, 2, 0),
        (2, 3, 0, 1),
    ]
    assert rejects(engine) == [(3, "zone", "unknown_zone")]
    assert (tmp_path / "rejects" / "customers-2.csv").is_file()


def test_exactly_the_allowed_share_of_rejects_is_allowed(engine: Engine, bring: Bring) -> None:
    rows = [f"C{number},UTC,," for number in range(19)]
    assert bring(engine, "customers", customers(*rows, "X,Mars,,"), refuse_above=0.05).refused is None
    assert bring(engine, "customers", customers(*rows[1:], "X,Mars,,"), refuse_above=0.05).refused


def test_a_dry_run_reports_everything_and_keeps_nothing(engine: Engine, bring: Bring, tmp_path: Path) -> None:
    report = bring(engine, "customers", FIRST + "C9,Mars,,\n", dry_run=True)
    assert (report.new_count, report.rejected_count, report.dry_run, report.batch_id) == (2, 1, True, None)
    for table in (t.customer, t.import_batch, t.import_reject):
        assert stored(engine, table, table.columns.keys()[0]) == []
    assert (tmp_path / "rejects" / "customers-dry-run.csv").is_file()


def test_a_failure_in_the_middle_keeps_the_previous_state(
    engine: Engine, bring: Bring, tmp_path: Path
) -> None:
    bring(engine, "customers", FIRST)
    before = _rows(engine)
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    with pytest.raises(OSError, match="blocked"):
        bring(engine, "customers", FIRST + "C3,UTC,,\nC4,Mars,,\n", rejects=blocked)
    assert _rows(engine) == before
    assert len(stored(engine, t.import_batch, "id")) == 1


def test_the_csv_of_rejects_is_private_and_harmless_in_a_spreadsheet(
    sqlite_engine: Engine, bring: Bring, tmp_path: Path
) -> None:
    content = customers('C1,UTC,"=HYPERLINK(""x"")",', "C2,UTC,@x,", "\u202eC3,UTC,,", header=HEADER)
    report = bring(sqlite_engine, "customers", content)
    path = tmp_path / "rejects" / "customers-1.csv"
    assert report.rejects_file == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[:4] for row in rows] == [
        ["line", "column", "rule", "text"],
        ["2", "phone", "formula", '\'=HYPERLINK("x")'],
        ["3", "phone", "formula", "'@x"],
        ["4", "reference", "invisible_character", "\\u202eC3"],
    ]
    assert all(row[4] for row in rows)


def test_a_number_counts_as_checked_only_while_it_stays(engine: Engine, bring: Bring) -> None:
    bring(engine, "customers", FIRST)
    with writing(engine) as connection:
        connection.execute(update(t.customer).values(phone_checked=True))
    bring(engine, "customers", FIRST.replace("C1,Asia/Kolkata", "C1,UTC").replace("012346", "012399"))
    assert stored(engine, t.customer, "reference", "phone_checked") == [("C1", True), ("C2", False)]


def test_customers_who_share_a_number_are_marked(engine: Engine, bring: Bring) -> None:
    bring(engine, "customers", customers("C1,UTC,+919848012345,", "C2,UTC,09848012345,", "C3,UTC,,"))
    assert stored(engine, t.customer, "reference", "phone_shared") == [
        ("C1", True),
        ("C2", True),
        ("C3", False),
    ]


@pytest.mark.parametrize("stage", Stage)
def test_running_incidents_are_matched_again_when_something_changed(
    sqlite_engine: Engine, bring: Bring, stage: Stage
) -> None:
    open_incident(sqlite_engine, stage)
    report = bring(sqlite_engine, "customers", FIRST)
    follows = stage in {Stage.MATCHED, Stage.TOLD, Stage.FOLLOWING_UP, Stage.RESTORED}
    [(changed, version, due)] = stored(
        sqlite_engine, t.incident, "footprint_changed", "version", "next_due_at"
    )
    assert (changed, version, due) == ((True, 2, NOW) if follows else (False, 1, None))
    assert report.incident_count == int(follows)
    entries = stored(sqlite_engine, t.incident_entry, "topic", "reason", "actor", "at")
    assert entries == ([("audience", "records_changed", "asha", NOW)] if follows else [])
    assert bring(sqlite_engine, "customers", FIRST).incident_count == 0
    assert len(stored(sqlite_engine, t.incident_entry, "id")) == int(follows)


def test_indexes_are_there_again_after_a_large_first_import(sqlite_engine: Engine, bring: Bring) -> None:
    """Many rows go in without them."""
    bring(sqlite_engine, "customers", customers(*(f"C{number},UTC,," for number in range(10_050))))
    with reading(sqlite_engine) as connection:
        found = {row[1] for row in connection.exec_driver_sql("PRAGMA index_list(customer)")}
    assert {index.name for index in t.customer.indexes} <= found


def test_other_writers_are_not_locked_out_while_a_file_is_read(sqlite_engine: Engine, bring: Bring) -> None:
    waits = []

    @event.listens_for(sqlite_engine, "begin")
    def _seen(connection: Connection) -> None:
        waits.append(connection.connection.dbapi_connection.looks)  # type: ignore[union-attr]  # ours

    bring(sqlite_engine, "customers", FIRST)
    assert waits == [True, False]


def _rows(engine: Engine) -> list[tuple[object, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(select(t.customer).order_by(t.customer.c.id))]
