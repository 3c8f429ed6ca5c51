"""The bench of the web: what it posts is genuine, its driver counts, its ground is what it says."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.web import driving
from benchmarks.web.driving import drive, get
from benchmarks.web.town import text, town
from benchmarks.web.turns import CONNECTIONS, Sizes, parts
from tellfirst.carriers.port import RawRequest
from tellfirst.carriers.twilio.inbound import read_inbound

URL = "http://127.0.0.1:4280/contacts/twilio/sms"


def test_the_texts_of_the_bench_are_signed_as_the_door_checks() -> None:
    head, _, body = text("token", URL, 7, "+914055500001").partition(b"\r\n\r\n")
    headers = dict(line.decode().split(": ", 1) for line in head.split(b"\r\n")[1:])
    request = RawRequest(URL, {name.lower(): value for name, value in headers.items()}, body)
    assert read_inbound("token", request).sender == "+914055500001"


def test_the_driver_counts_every_answer_once_with_and_without_a_rate(tmp_path: Path) -> None:
    with driving.stub() as port:
        freely = drive(tmp_path, port, [get("/")], connections=4, repeat=500)
        steadily = drive(tmp_path, port, [get("/")] * 50, connections=4, rate=200)
    for driven, count in ((freely, 500), (steadily, 50)):
        assert (driven.answered, driven.statuses, driven.bytes) == (count, {"201": count}, 800)
    assert steadily.seconds > 0.2
    assert freely.rate > steadily.rate


def test_a_driver_that_cannot_connect_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(subprocess.SubprocessError):
        drive(tmp_path, 9, [get("/")], connections=1)


def test_the_ground_is_a_notice_that_waits_and_callers_of_whom_half_are_hit(tmp_path: Path) -> None:
    with town(7, 6_000, tmp_path, 60) as here:
        assert here.told_count > 100
        assert (here.sent(), here.waiting()) == (0, pytest.approx(here.told_count, rel=0.2))
        assert len(set(here.callers)) == len(here.callers) >= 54
        assert here.contacts() == (0, 0)


def test_there_is_a_part_for_each_figure_that_is_promised(tmp_path: Path) -> None:
    assert list(parts(Sizes(), tmp_path)) == ["ceiling", "contacts", "receipts"]
    assert Sizes().customers == 1_000_000
    assert Sizes().contact_rate > 300
    assert Sizes.quick().customers < Sizes().customers
    assert CONNECTIONS >= 32


def test_the_bench_writes_a_table_and_says_by_its_status_whether_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.web", "--quick", "--part", "ceiling", "--json", str(file)],
        check=False,
        capture_output=True,
        timeout=120,
    )
    written = json.loads(file.read_text(encoding="utf-8"))
    assert done.returncode == 0
    assert [row["name"] for row in written["rows"]] == [
        "the driver against a stub: texts",
        "the driver against a stub: pages",
    ]
