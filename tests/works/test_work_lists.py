"""A CSV of works: every row ends accepted or rejected, with its line and what to do."""

from datetime import UTC, datetime

import pytest

from tellfirst.domain.errors import Refused
from tellfirst.domain.impact import Impact
from tellfirst.domain.work import UNSAID, WorkStatus
from tellfirst.works.reading import read_works
from tellfirst.works.statements import WorksRead

HEAD = "id,starts_at,ends_at,objects,provider,status,impact,sequence,reason,zone"
GOOD = "W1,2026-12-02T01:30+05:30,2026-12-02T03:30+05:30,site:HYD0004|site:HYD0005,,,,,,"


def read(*rows: str, head: str = HEAD) -> WorksRead:
    return read_works("\n".join([head, *rows]).encode(), "works.csv")


def test_a_row_is_work_of_our_own_that_is_certain_and_down_where_it_does_not_say() -> None:
    [one] = read(GOOD).statements
    stated = one.stated
    assert (stated.provider, stated.external_id, stated.sequence) == ("own", "W1", UNSAID)
    assert (stated.status, stated.impact) == (WorkStatus.CONFIRMED, Impact.DOWN)
    assert stated.objects == ("site:HYD0004", "site:HYD0005")
    assert stated.window.starts_at == datetime(2026, 12, 1, 20, tzinfo=UTC)
    assert one.line == 2


def test_a_row_may_say_all_of_it_and_write_times_by_the_clock_of_a_place() -> None:
    row = "W1,2026-12-02T01:30,2026-12-02 03:30,C1,deccan,in-process,degraded,4,Work on a mast,Asia/Kolkata"
    [one] = read(row).statements
    stated = one.stated
    assert (stated.provider, stated.status, stated.impact) == (
        "deccan",
        WorkStatus.IN_PROCESS,
        Impact.DEGRADED,
    )
    assert (stated.sequence, stated.reason, stated.zone) == (4, "Work on a mast", "Asia/Kolkata")
    assert stated.window.starts_at == datetime(2026, 12, 1, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("W2,2026-12-02T01:30,2026-12-02T03:30,C1,,,,,,", "has no zone"),
        ("W2,2026-12-02T01:30Z,2026-12-02T01:00Z,C1,,,,,,", "before it begins"),
        ("W2,soon,2026-12-02T01:00Z,C1,,,,,,", "'soon' is no time"),
        ("W2,2026-12-02T01:30Z,2026-12-02T02:00Z,,,,,,,", "names nothing that it hits"),
        (",2026-12-02T01:30Z,2026-12-02T02:00Z,C1,,,,,,", "needs a provider and the provider's number"),
        ("W2,2026-12-02T01:30Z,2026-12-02T02:00Z,C1,,maybe,,,,", "the status 'maybe' is unknown"),
        ("W2,2026-12-02T01:30Z,2026-12-02T02:00Z,C1,,,total,,,", "the impact 'total' is unknown"),
        ("W2,2026-12-02T01:30Z,2026-12-02T02:00Z,C1,,,,one,,", "the sequence 'one' is no number"),
        ("W2,2026-12-02T01:30,2026-12-02T02:00,C1,,,,,,Mars/Base", "is no zone"),
        ("W2,2026-03-29T02:30,2026-03-29T05:00,C1,,,,,,Europe/Berlin", "never that day"),
        ("W2,2026-10-25T02:30,2026-10-25T05:00,C1,,,,,,Europe/Berlin", "twice that day"),
        ("W2,2026-12-02T01:30Z", "has 2 fields, the header 10"),
        (GOOD, "W1 stands in line 2 already"),
        (f"W2,2026-12-02T01:30Z,2026-12-02T02:00Z,C1,,,,,{'x' * 1_001},", "a field that is too long"),
    ],
)
def test_a_faulty_row_is_rejected_with_its_line_and_the_others_are_read(row: str, sentence: str) -> None:
    found = read(GOOD, "", row, GOOD.replace("W1", "W3"))
    assert [one.stated.external_id for one in found.statements] == ["W1", "W3"]
    [rejected] = found.rejected
    assert sentence in rejected.problem
    assert (rejected.file, rejected.line) == ("works.csv", 4)
    assert rejected.cure


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("id,start_at,ends_at,objects", r"'start_at' is unknown \(did you mean starts_at\?\)"),
        ("id,starts_at,ends_at", "lacks objects"),
        ("id,id,starts_at,ends_at,objects", "id stands there twice"),
        ("", "lacks id, starts_at, ends_at, objects"),
    ],
)
def test_a_list_whose_header_is_wrong_is_refused_as_a_whole(head: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        read(GOOD, head=head)


@pytest.mark.parametrize("raw", [b"id\xff", b'id,starts_at,ends_at,objects\n"W1'])
def test_what_is_no_list_is_refused(raw: bytes) -> None:
    with pytest.raises(Refused, match="nothing of it was stored"):
        read_works(raw, "works.csv")


def test_a_row_that_comes_again_in_a_longer_list_is_the_same_statement() -> None:
    [first] = read(GOOD).statements
    again = read(GOOD.replace("W1", "W0"), GOOD).statements[1]
    assert again.digest == first.digest
    assert read(GOOD.replace("03:30", "04:30")).statements[0].digest != first.digest
