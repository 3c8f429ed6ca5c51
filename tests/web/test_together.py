"""Many write in one commit; each has its own answer, and one that fails takes nobody along."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

import front
import hyderabad
import pytest
from hyderabad import T0
from sqlalchemy import Connection, event, insert

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.web import together
from tellfirst.web.together import TOGETHER, Together


def story(connection: Connection) -> datetime:
    hyderabad.add_customer(connection, 1, "HYD0004")
    return T0


def open_for(world: World, visit: Callable[[Together], Awaitable[None]]) -> None:
    async def opened() -> None:
        shared = Together(world.engine)
        running = asyncio.create_task(shared.run())
        try:
            await asyncio.wait_for(visit(shared), 30)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    asyncio.run(opened())


def keep(number: int) -> Callable[[Connection], int]:
    def work(connection: Connection) -> int:
        connection.execute(insert(t.opt_out).values(channel="sms", address=f"+{number}", at=T0, source="x"))
        return number

    return work


def broken(number: int) -> Callable[[Connection], int]:
    def work(connection: Connection) -> int:
        keep(number)(connection)
        raise RuntimeError(f"{number} is broken")

    return work


def test_who_comes_at_the_same_time_shares_a_commit_and_has_their_own_answer(world: World) -> None:
    commits: list[object] = []
    event.listen(world.engine, "commit", commits.append)

    async def visit(shared: Together) -> None:
        assert await asyncio.gather(*(shared.do(keep(one)) for one in range(TOGETHER))) == list(
            range(TOGETHER)
        )

    open_for(world, visit)
    assert front.counts(world.engine)["opt_out"] == TOGETHER
    assert len(commits) <= 4


def test_one_that_fails_leaves_nothing_and_takes_nobody_along(world: World) -> None:
    async def visit(shared: Together) -> None:
        works = [broken(one) if one % 3 == 0 else keep(one) for one in range(30)]
        ended = await asyncio.gather(*(shared.do(one) for one in works), return_exceptions=True)
        assert [str(one) for one in ended if isinstance(one, Exception)] == [
            f"{one} is broken" for one in range(0, 30, 3)
        ]

    open_for(world, visit)
    assert front.counts(world.engine)["opt_out"] == 20


def test_what_cannot_be_committed_is_told_to_all_of_them_and_the_next_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def visit(shared: Together) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(together, "writing", _full)
            ended = await asyncio.gather(*(shared.do(keep(one)) for one in range(3)), return_exceptions=True)
            assert [str(one) for one in ended] == ["the disk is full"] * 3
        assert await shared.do(keep(9)) == 9

    open_for(world, visit)
    assert front.counts(world.engine)["opt_out"] == 1


def _full(_engine: object) -> None:
    raise RuntimeError("the disk is full")


def test_nobody_waits_behind_a_slow_one_for_longer_than_a_moment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the moment is over the rest comes with the next commit, in the same order, and none is lost."""
    monkeypatch.setattr(together, "HELD_FOR", 0.0)
    order: list[int] = []

    def noted(number: int) -> Callable[[Connection], int]:
        def work(connection: Connection) -> int:
            order.append(number)
            return keep(number)(connection)

        return work

    async def visit(shared: Together) -> None:
        await asyncio.gather(*(shared.do(noted(one)) for one in range(20)))

    open_for(world, visit)
    assert order == list(range(20))
    assert front.counts(world.engine)["opt_out"] == 20


def test_one_that_no_longer_waits_takes_no_answer_from_the_others(world: World) -> None:
    async def visit(shared: Together) -> None:
        gone, stays = (asyncio.create_task(shared.do(keep(one))) for one in (1, 2))
        await asyncio.sleep(0)
        gone.cancel()
        assert await stays == 2

    open_for(world, visit)


def test_before_it_runs_each_has_a_commit_of_its_own(world: World) -> None:
    assert asyncio.run(Together(world.engine).do(keep(1))) == 1
    assert front.counts(world.engine)["opt_out"] == 1
