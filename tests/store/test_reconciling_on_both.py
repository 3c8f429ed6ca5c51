"""Reconciling in SQL: what a carrier's look-up makes of messages whose answer was lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import town
from sqlalchemy import Engine, insert, update

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
from tellfirst.delivery import reconciling, standing
from tellfirst.delivery.reconciling import reconcile
from tellfirst.delivery.scripting import Script
from tellfirst.delivery.terms import TERMS
from tellfirst.domain.message import Message
from tellfirst.domain.occasion import Channel, Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing

NOW = town.T0
WALL = town.T0 + timedelta(hours=5)
WAIT = timedelta(microseconds=1)
SCRIPT = Script(lambda reader: Message(f"{reader.impact} {reader.locale}"), lambda _: "", 3600)
CAPABILITIES = Capabilities(max_batch=1, window=10, concurrency=1, receipts=True, lookup=True)
FOUND, ABSENT, UNCLEAR = Verdict.ACCEPTED, Verdict.REFUSED_AGAIN, Verdict.UNKNOWN


@dataclass
class Book:
    """A carrier that can be asked: it answers by what is written in it, and remembers what it was asked."""

    verdicts: dict[int, Verdict]
    asked: list[Outbound] = field(default_factory=list)
    settled_count: int = 0
    closed: bool = False
    name: str = "book"
    channel: Channel = Channel.SMS
    capabilities: Capabilities = CAPABILITIES

    async def submit(self, batch: Sequence[Outbound], permit: Permit = permitted) -> list[Outcome]:
        raise AssertionError("reconciling sends nothing")

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        self.asked += batch
        return [
            Outcome(one.delivery_id, self.verdicts[one.delivery_id], carrier_ref=f"SM{one.delivery_id}")
            for one in batch
        ]

    def parse_receipt(self, request: RawRequest) -> list[Receipt]:
        raise AssertionError("reconciling reads no receipts")

    async def close(self) -> None:
        self.closed = True


@dataclass(frozen=True)
class Still:
    moment: datetime

    def now(self) -> datetime:
        return self.moment


@pytest.fixture(params=[Occasion.UPDATE, Occasion.SURVEY])
def occasion(request: pytest.FixtureRequest) -> Occasion:
    return Occasion(request.param)


@pytest.fixture
def doubt(engine: Engine, occasion: Occasion) -> int:
    """The notice with deliveries 1, 2, 3 (texts of chunk 1, which is done) and 4 (a mail), all unknown."""
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "hub-north")
        match(connection, town.REFERENCE, NOW)
        first = town.add_notice(connection, 1, Occasion.FIRST_WORD)
        over = town.add_notice(connection, 2, Occasion.RESTORED)
        notice_id = town.add_notice(connection, 3, occasion)
        connection.execute(
            insert(t.chunk).values(notice_id=notice_id, channel="sms", due_at=NOW, done_at=NOW)
        )
        for delivery_id, key in enumerate((1, 8, 9, 7), start=1):
            town.add_delivery(connection, first, key, Occasion.FIRST_WORD, "sent", id=delivery_id + 10)
            town.add_delivery(connection, over, key, Occasion.RESTORED, "sent", id=delivery_id + 20)
            way = {"channel": "email"} if delivery_id == 4 else {"chunk_id": 1}
            town.add_delivery(
                connection,
                notice_id,
                key,
                occasion,
                "unknown",
                id=delivery_id,
                intended_at=NOW,
                look_up_at=NOW,
                **way,
            )
    return notice_id


def _ask(engine: Engine, notice_id: int, *verdicts: Verdict) -> Book:
    book = Book(dict(enumerate(verdicts, start=1)))
    book.settled_count = reconcile(engine, notice_id, book, SCRIPT, Still(NOW), Still(WALL))
    return book


def _seen(engine: Engine, *columns: str) -> list[tuple[object, ...]]:
    with reading(engine) as connection:
        return town.rows(connection, t.delivery, *columns)[:4]


def test_the_carrier_is_asked_about_its_own_channel_with_the_texts_and_addresses(
    engine: Engine, doubt: int
) -> None:
    book = _ask(engine, doubt, FOUND, FOUND, FOUND)
    phones = [town.CUSTOMERS[key]["phone"] for key in (1, 8, 9)]
    assert [(one.delivery_id, one.address, one.message.text) for one in book.asked] == [
        (1, phones[0], "down en"),
        (2, phones[1], "down te"),
        (3, phones[2], "down en"),
    ]
    assert book.settled_count == 3
    assert book.closed


def test_what_the_carrier_has_counts_as_sent(engine: Engine, doubt: int) -> None:
    _ask(engine, doubt, FOUND, FOUND, UNCLEAR)
    assert _seen(engine, "state", "reason", "carrier_ref", "handed_over_at") == [
        ("sent", "found_at_carrier", "SM1", NOW),
        ("sent", "found_at_carrier", "SM2", NOW),
        ("unknown", "affected", None, None),
        ("unknown", "affected", None, None),
    ]


def test_a_carrier_that_cannot_say_is_asked_again_later(engine: Engine, doubt: int) -> None:
    assert _ask(engine, doubt, UNCLEAR, UNCLEAR, UNCLEAR).settled_count == 0
    later = WALL + TERMS.ask_again_after
    assert _seen(engine, "state", "look_up_at") == [*[("unknown", later)] * 3, ("unknown", NOW)]


def test_a_carrier_without_a_look_up_is_not_asked_for_ever(engine: Engine, doubt: int) -> None:
    """Its doubts stand until a receipt comes, and end as unconfirmed when the time for one is over."""
    silent = Book(dict.fromkeys((1, 2, 3), UNCLEAR), capabilities=replace(CAPABILITIES, lookup=False))
    assert reconcile(engine, doubt, silent, SCRIPT, Still(NOW), Still(WALL)) == 0
    assert len(silent.asked) == 3
    assert _seen(engine, "state", "look_up_at")[:3] == [("unknown", None)] * 3
    for days in (1, 30):
        reconcile(engine, doubt, silent, SCRIPT, Still(NOW), Still(WALL + timedelta(days=days)))
    assert len(silent.asked) == 3
    within = timedelta(hours=24)
    with writing(engine) as connection:
        moment = timedelta(seconds=1)
        assert standing.close_unreceipted(connection, town.INCIDENT, NOW + within - moment, within) == 0
        standing.close_unreceipted(connection, town.INCIDENT, NOW + within, within)
    assert _seen(engine, "state", "reason")[:3] == [("unconfirmed", "no_receipt")] * 3


@pytest.mark.parametrize("occasion", [Occasion.UPDATE], indirect=True)
def test_a_word_the_carrier_never_had_leaves_again_and_is_counted(engine: Engine, doubt: int) -> None:
    assert _ask(engine, doubt, ABSENT, ABSENT, FOUND).settled_count == 3
    assert _seen(engine, "state", "reason", "resend_count", "final_at")[:3] == [
        ("pending", "absent_at_carrier", 1, None),
        ("pending", "absent_at_carrier", 1, None),
        ("sent", "found_at_carrier", 0, None),
    ]
    with reading(engine) as connection:
        assert town.rows(connection, t.chunk, "lease_until", "due_at", "done_at") == [(None, WALL, None)]


@pytest.mark.parametrize("occasion", [Occasion.SURVEY], indirect=True)
def test_a_survey_the_carrier_never_had_is_left_at_that(engine: Engine, doubt: int) -> None:
    assert _ask(engine, doubt, ABSENT, FOUND, FOUND).settled_count == 3
    assert _seen(engine, "state", "reason", "resend_count", "final_at")[0] == (
        "failed",
        "never_twice",
        0,
        NOW,
    )
    with reading(engine) as connection:
        assert town.rows(connection, t.chunk, "done_at") == [(NOW,)]


@pytest.mark.parametrize("occasion", [Occasion.UPDATE], indirect=True)
def test_a_word_on_which_safety_hangs_leaves_again_when_nobody_can_say(engine: Engine, doubt: int) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.notice).where(t.notice.c.id == doubt).values(doubt="at_least_once"))
    assert _ask(engine, doubt, ABSENT, UNCLEAR, FOUND).settled_count == 3
    assert _seen(engine, "state", "reason", "resend_count")[:3] == [
        ("pending", "absent_at_carrier", 1),
        ("pending", "sent_again_in_doubt", 1),
        ("sent", "found_at_carrier", 0),
    ]


@pytest.mark.parametrize("occasion", [Occasion.UPDATE], indirect=True)
def test_nobody_asks_before_a_call_can_no_longer_be_under_way(engine: Engine, doubt: int) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.delivery).where(t.delivery.c.id == 2).values(look_up_at=WALL + WAIT))
    assert [one.delivery_id for one in _ask(engine, doubt, FOUND, FOUND, FOUND).asked] == [1, 3]


@pytest.mark.parametrize("occasion", [Occasion.UPDATE], indirect=True)
def test_only_the_carrier_that_was_offered_a_message_is_asked_about_it(engine: Engine, doubt: int) -> None:
    with writing(engine) as connection:
        connection.execute(update(t.delivery).where(t.delivery.c.id == 2).values(carrier="another"))
    assert [one.delivery_id for one in _ask(engine, doubt, FOUND, FOUND, FOUND).asked] == [1, 3]


def test_whoever_drops_repetitions_by_our_number_is_told_again(engine: Engine, doubt: int) -> None:
    book = Book(dict.fromkeys((1, 2, 3), UNCLEAR), capabilities=replace(CAPABILITIES, repeatable=True))
    assert reconcile(engine, doubt, book, SCRIPT, Still(NOW), Still(WALL)) == 3
    assert _seen(engine, "state", "reason", "resend_count")[0] == ("pending", "sent_again_in_doubt", 1)


@dataclass
class Queue(Book):
    """Asks one after the other, as carriers do that take turns."""

    turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def reconcile(self, batch: Sequence[Outbound]) -> list[Outcome]:
        async def ask(one: Outbound) -> Outcome:
            async with self.turn:
                await asyncio.sleep(0)
                [outcome] = await Book.reconcile(self, [one])
                return outcome

        return list(await asyncio.gather(*map(ask, batch)))


@pytest.mark.parametrize("occasion", [Occasion.UPDATE], indirect=True)
def test_more_than_one_batch_is_asked_in_the_carriers_own_event_loop(
    engine: Engine, doubt: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "BATCH", 2)
    queue = Queue(dict.fromkeys((1, 2, 3), FOUND))
    with writing(engine) as connection:
        connection.execute(update(t.delivery).where(t.delivery.c.id == 4).values(channel="sms"))
    queue.verdicts[4] = FOUND
    assert reconcile(engine, doubt, queue, SCRIPT, Still(NOW), Still(WALL)) == 4
