"""The inbox: one commit for everyone who waits, and what is stored is applied soon, come what may."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

import front
import hyderabad
import pytest
from hyderabad import T0, rows
from sqlalchemy import Connection, event

from tellfirst.bootstrap import World
from tellfirst.carriers.port import Receipt, ReceiptState
from tellfirst.delivery import receipts
from tellfirst.store import tables as t
from tellfirst.store.engine import reading
from tellfirst.web.inbox import APPLIED_TOGETHER, KEPT_TOGETHER, Inbox


def story(connection: Connection) -> datetime:
    hyderabad.add_customer(connection, 1, "HYD0004")
    hyderabad.strike(connection, "HYD0004")
    hyderabad.tell(connection)
    return T0


def receipt(number: int, delivery_id: int = 1) -> Receipt:
    return Receipt("twilio", f"SM{number}:delivered", delivery_id, ReceiptState.DELIVERED, "SM1", "", None)


def open_for(world: World, visit: Callable[[Inbox], Awaitable[None]]) -> None:
    """The inbox runs until the visit is over."""

    async def opened() -> None:
        inbox = Inbox(world)
        running = asyncio.create_task(inbox.run())
        try:
            await asyncio.wait_for(visit(inbox), 30)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    asyncio.run(opened())


def state(world: World) -> str:
    with reading(world.engine) as connection:
        [(found,)] = rows(connection, t.delivery, "state")
    return str(found)


async def until_delivered(world: World) -> None:
    while state(world) != "delivered":
        await asyncio.sleep(0.01)


def test_who_reports_at_the_same_time_shares_a_commit(world: World) -> None:
    commits: list[object] = []
    event.listen(world.engine, "commit", commits.append)

    async def visit(inbox: Inbox) -> None:
        await asyncio.gather(*(inbox.keep([receipt(number)]) for number in range(300)))

    open_for(world, visit)
    assert front.counts(world.engine)["receipt"] == 300
    # The look for what others left, the store, and what was applied by then.
    assert len(commits) <= 4


def test_more_than_belongs_into_a_commit_waits_for_the_next_and_none_is_lost(world: World) -> None:
    each, posts = KEPT_TOGETHER // 2, 5

    async def visit(inbox: Inbox) -> None:
        reported = [[receipt(post * each + number) for number in range(each)] for post in range(posts)]
        await asyncio.gather(*(inbox.keep(one) for one in reported))

    open_for(world, visit)
    assert front.counts(world.engine)["receipt"] == posts * each


@pytest.mark.parametrize("count", [1, APPLIED_TOGETHER])
def test_what_is_stored_is_applied_soon(world: World, count: int) -> None:
    async def visit(inbox: Inbox) -> None:
        await asyncio.sleep(0.05)
        await inbox.keep([receipt(number) for number in range(count)])
        await until_delivered(world)

    open_for(world, visit)
    assert state(world) == "delivered"


def test_receipts_are_stored_while_none_can_be_applied_and_applied_afterwards(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("this one cannot be applied")

    async def visit(inbox: Inbox) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(receipts, "apply", broken)
            for number in range(3):
                await inbox.keep([receipt(number)])
                await asyncio.sleep(0.11)
            assert state(world) == "sent"
        await until_delivered(world)

    open_for(world, visit)
    assert front.counts(world.engine)["receipt"] == 3


def test_what_cannot_be_stored_is_told_to_all_who_waited_for_it_and_to_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("the disk is full")

    async def visit(inbox: Inbox) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(receipts, "keep", broken)
            told = await asyncio.gather(
                *(inbox.keep([receipt(number)]) for number in range(3)), return_exceptions=True
            )
            assert [str(one) for one in told] == ["the disk is full"] * 3
        await inbox.keep([receipt(9)])

    open_for(world, visit)
    assert front.counts(world.engine)["receipt"] == 1


def test_one_that_no_longer_waits_takes_no_answer_from_the_others(world: World) -> None:
    async def visit(inbox: Inbox) -> None:
        gone, stays = (asyncio.create_task(inbox.keep([receipt(number)])) for number in (1, 2))
        await asyncio.sleep(0)
        gone.cancel()
        await stays

    open_for(world, visit)
    assert front.counts(world.engine)["receipt"] == 2
