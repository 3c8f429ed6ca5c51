"""The bench of the delivery at small size: its parts run, its figures are held against targets, its vendor counts."""

import asyncio
import json
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import select

from benchmarks.delivery import turns
from benchmarks.delivery.__main__ import bench
from benchmarks.delivery.books import plan, sqlite_books
from benchmarks.delivery.installation import installation
from benchmarks.delivery.posting import Poster, signed_text_receipt
from benchmarks.delivery.sizes import Sizes
from benchmarks.delivery.vendor import Throttle
from tellfirst.carriers.port import RawRequest
from tellfirst.carriers.twilio.receipts import read_receipts
from tellfirst.domain.occasion import Channel
from tellfirst.domain.ramp import Canary
from tellfirst.store import tables as t

FEW = 1_200
"""Two chunks."""


def test_two_workers_send_a_notice_once_and_the_vendor_counts_the_same() -> None:
    with installation(FEW, Channel.SMS) as here:
        told = here.sends("sms", workers=2)
        counts = here.vendor.counts()
    assert sum(one["accepted"] for one in told) == FEW
    assert (counts["texts"], counts["customers"]) == (FEW, FEW)


def test_a_notice_of_the_bench_has_no_waves_that_would_be_waited_for() -> None:
    with sqlite_books(Canary().start + 1, Channel.SMS) as filled:
        plan(filled)
        with filled.engine.connect() as connection:
            waves = connection.scalars(select(t.chunk.c.wave).distinct()).all()
    assert waves == [0]


def test_mails_leave_over_tls_a_thousand_to_a_request() -> None:
    with installation(FEW, Channel.EMAIL, secured=True) as here:
        told = here.sends("email")[0]
        counts = here.vendor.counts()
    assert told["accepted"] == counts["mails"] == counts["customers"] == FEW
    assert counts["requests"] < 10


def test_a_vendor_with_a_rate_refuses_what_comes_too_fast() -> None:
    throttle = Throttle(rate=0.01)
    assert not throttle.takes(1)
    throttle = Throttle(rate=10)
    assert throttle.takes(10)
    assert not throttle.takes(1)


def test_a_sender_that_knows_its_rate_keeps_it_by_the_count_of_the_vendor() -> None:
    with installation(FEW, Channel.SMS, rate=2_000) as here:
        paced = here.sends("sms", "1000")[0]
        counts = here.vendor.counts()
    assert (counts["texts"], counts["refused"]) == (FEW, 0)
    assert counts["segments"] > 2 * FEW
    assert paced["ended"] - paced["began"] > counts["segments"] / 1_000 * 0.9


def test_the_receipts_of_the_bench_are_signed_as_the_door_checks() -> None:
    url = "http://127.0.0.1:4280/receipts/twilio?delivery=7"
    head, _, body = signed_text_receipt("token", url, "SM1", "+9140555001", "delivered").partition(
        b"\r\n\r\n"
    )
    headers = dict(line.decode().split(": ", 1) for line in head.split(b"\r\n")[1:])
    request = RawRequest(url, {name.lower(): value for name, value in headers.items()}, body)
    assert [one.delivery_id for one in read_receipts("token", request, "twilio")] == [7]


def test_a_run_that_loses_a_message_is_no_measurement() -> None:
    with pytest.raises(AssertionError, match="7 of 8"):
        turns._whole(7, 8)


def test_the_bench_writes_a_table_and_the_same_as_markdown(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    status = bench(quick=True, part=("pace",), json=file)
    written = json.loads(file.read_text(encoding="utf-8"))
    assert status == int(any(row["met"] is False for row in written["rows"]))
    assert [row["target"] for row in written["rows"]] == [">= 0.99", "== 0"]
    assert written["load_before_after_seconds"].keys() == {"pace"}
    assert written["rows"][0]["name"] in file.with_suffix(".md").read_text(encoding="utf-8")
    assert Sizes.quick().texts < Sizes().texts


def test_a_report_survives_a_server_that_closes_idle_connections() -> None:
    async def ten_reports() -> Poster:
        server = await asyncio.get_running_loop().create_server(_ClosesAfterEachAnswer, "127.0.0.1", 0)
        async with server:
            poster = await Poster.connected(server.sockets[0].getsockname()[1], connections=2)
            for _ in range(10):
                poster.post(b"POST / HTTP/1.1\r\n\r\n")
            await asyncio.wait_for(poster.idle(), timeout=10)
            return poster

    answered = asyncio.run(ten_reports()).answered
    assert (len(answered.seconds), answered.refused) == (10, 0)


class _ClosesAfterEachAnswer(asyncio.Protocol):
    """As a server does whose patience with an idle connection ends at the moment the next post leaves."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._answered = False

    def data_received(self, data: bytes) -> None:
        if self._answered:
            self._transport.close()
            return
        self._answered = True
        self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")
