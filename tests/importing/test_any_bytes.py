"""Whatever a file holds, the import ends in a report or a refusal, and every row is in the report."""

from pathlib import Path

from filing import HEADER, bring_into
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from tellfirst.domain.errors import TellFirstError

ENCODINGS = st.sampled_from(["utf-8", "utf-16", "cp1252", "latin-1", "utf-7", "shift_jis"])
PIECES = st.sampled_from(
    [b",", b'"', b"\n", b"\r", b"\r\n", b"C1", b"C2", b"UTC", b"\x00", b"\xff", b"+919848012345", b"=1", b" ",
     "é".encode(), b"a@b.in", b"1.2E+10", b"0", b"\xef\xbb\xbf"]
)  # fmt: skip
BODIES = st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=60).map(b"".join))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, headed=st.booleans(), encoding=ENCODINGS, kind=st.sampled_from(["customers", "edges"]))
def test_any_bytes_end_in_a_report_or_a_refusal(
    sqlite_engine: Engine, tmp_path: Path, body: bytes, headed: bool, encoding: str, kind: str
) -> None:
    header = HEADER if kind == "customers" else "child,group,need,parent"
    content = (header + "\n").encode() + body if headed else body
    try:
        report = bring_into(tmp_path)(sqlite_engine, kind, content, encoding=encoding, dry_run=True)
    except TellFirstError:
        return
    assert report.row_count == report.accepted_count + report.rejected_count + report.ignored_count > 0
