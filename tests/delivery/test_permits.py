"""The permit asked right before each call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tellfirst.carriers.port import Outbound
from tellfirst.delivery.brake import FILE, Brake
from tellfirst.delivery.leasing import Lease
from tellfirst.delivery.permitting import Permits, at_once
from tellfirst.delivery.terms import TERMS
from tellfirst.domain.message import Message
from tellfirst.domain.occasion import Channel

pytestmark = pytest.mark.anyio

UNTIL = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HELD = Lease(1, 1, Channel.SMS, 1, UNTIL)
ONE = [Outbound(1, "+914055500001", Message("text"))]
LAST = UNTIL - TERMS.skew - TERMS.call_within
"""From here on a call could outlast the lease in the eyes of another machine."""


@dataclass
class Hand:
    moment: datetime

    def now(self) -> datetime:
        return self.moment


@pytest.mark.parametrize(
    ("before", "reason"), [(timedelta(microseconds=1), ""), (timedelta(0), "lease_ends")]
)
async def test_a_call_must_be_over_before_the_lease_is(before: timedelta, reason: str) -> None:
    assert await Permits(HELD, Hand(LAST - before), Brake(), TERMS)(ONE) == reason


async def test_the_deadline_is_looked_at_after_the_turn_has_come() -> None:
    clock = Hand(LAST - timedelta(seconds=1))

    async def long_turn(_messages: Sequence[Outbound]) -> None:
        clock.moment += timedelta(minutes=1)

    assert await Permits(HELD, clock, Brake(), TERMS, long_turn)(ONE) == "lease_ends"
    assert await Permits(HELD, Hand(LAST - timedelta(seconds=1)), Brake(), TERMS, at_once)(ONE) == ""


async def test_a_file_stops_the_very_next_call(tmp_path: Path) -> None:
    permits = Permits(HELD, Hand(LAST - timedelta(seconds=1)), Brake(tmp_path / FILE), TERMS)
    assert await permits(ONE) == ""
    (tmp_path / FILE).touch()
    assert await permits(ONE) == "stopped"
    (tmp_path / FILE).unlink()
    assert await permits(ONE) == ""


async def test_a_process_that_was_begun_stopped_calls_nobody() -> None:
    assert await Permits(HELD, Hand(LAST - timedelta(days=1)), Brake(set=True), TERMS)(ONE) == "stopped"
