"""Never more than one window in doubt: how one ended and what the next one is are one commit."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
import town
from sqlalchemy import Engine, insert

from tellfirst import crashpoints
from tellfirst.audience.matching import match
from tellfirst.carriers.port import (
    Capabilities,
    Outbound,
    Outcome,
    Permit,
    RawRequest,
    Receipt,
    Verdict,
    permitted,
)
from tellfirst.delivery.scripting import Script
from tellfirst.delivery.sending import Sender, send_chunk
from tellfirst.domain.message import Message
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

MESSAGES = (1, 2, 3, 7, 9)


class Killed(BaseException):
    """The process ends here."""


class Standing:
    """A clock that does not move."""

    def now(self) -> datetime:
        return town.T0 + timedelta(minutes=1)


class Taker:
    """Accepts everything; `offered` is who was called, window by window."""

    name: str = "taker"
    channel: Channel = Channel.SMS
    capabilities: Capabilities = Capabilities(
        max_batch=1, window=2, concurrency=1, receipts=True, lookup=True
    )

    def __init__(self) -> None:
        self.offered: list[list[int]] = []

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        self.offered.append([one.delivery_id for one in batch])
        return [Outcome(one.delivery_id, Verdict.ACCEPTED, f"SM{one.delivery_id}") for one in batch]

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        return []

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        return []

    async def close(self) -> None:
        pass


@pytest.fixture
def chunk(engine: Engine) -> int:
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "hub-north")
        match(connection, town.REFERENCE, town.T0)
        notice_id = town.add_notice(connection, 1, Occasion.FIRST_WORD)
        connection.execute(insert(t.chunk).values(notice_id=notice_id, channel="sms", due_at=town.T0))
        for key in MESSAGES:
            town.add_delivery(connection, notice_id, key, Occasion.FIRST_WORD, "pending", chunk_id=1)
    return 1


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    crashpoints.arm(None)


def kill_at(point: str, passage: int) -> None:
    passed = 0

    def reaction(name: str) -> None:
        nonlocal passed
        passed += name == point
        if passed == passage and name == point:
            raise Killed

    crashpoints.arm(reaction)


def send(engine: Engine, chunk: int, carrier: Taker) -> None:
    script = Script(lambda _: Message("no service"), lambda _: "", 3_600)
    send_chunk(Sender(engine, Standing(), Standing()), chunk, carrier, script)


def states(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [row[0] for row in town.rows(connection, t.delivery, "state")]


@pytest.mark.parametrize(
    ("point", "passage", "expected"),
    [
        ("intend: committed", 1, ["sending", "sending", "pending", "pending", "pending"]),
        ("call: answered, not written down", 1, ["sending", "sending", "pending", "pending", "pending"]),
        ("record: written, not committed", 1, ["sending", "sending", "pending", "pending", "pending"]),
        ("record: committed", 1, ["sent", "sent", "sending", "sending", "pending"]),
        ("intend: committed", 2, ["sent", "sent", "sending", "sending", "pending"]),
        ("record: written, not committed", 3, ["sent", "sent", "sent", "sent", "sending"]),
        ("record: committed", 3, ["sent"] * 5),
    ],
)
def test_a_crash_leaves_one_window_in_doubt_at_most(
    engine: Engine, chunk: int, point: str, passage: int, expected: list[str]
) -> None:
    kill_at(point, passage)
    with pytest.raises(Killed):
        send(engine, chunk, Taker())
    assert states(engine) == expected


def test_nobody_is_called_before_the_intent_is_committed(engine: Engine, chunk: int) -> None:
    carrier = Taker()
    kill_at("intend: judged, not committed", 2)
    with pytest.raises(Killed):
        send(engine, chunk, carrier)
    # The commit that would have recorded the first window is undone with the intent of the second.
    assert carrier.offered == [[1, 2]]
    assert states(engine) == ["sending", "sending", "pending", "pending", "pending"]


def test_a_chunk_is_sent_window_by_window(engine: Engine, chunk: int) -> None:
    carrier = Taker()
    send(engine, chunk, carrier)
    assert carrier.offered == [[1, 2], [3, 4], [5]]
    assert states(engine) == ["sent"] * 5
