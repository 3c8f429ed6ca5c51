"""The permitted rate of a sender, kept in the books: used almost fully by any number of workers, never exceeded."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import crowd
import pytest
from crowd import Hands, Switchboard, Workers, takes
from hyderabad import T0
from sqlalchemy import Engine, select

from tellfirst.carriers.port import Outbound, Outcome, Verdict
from tellfirst.delivery.pacing import QUEUE, Pace
from tellfirst.domain.message import Message
from tellfirst.domain.pace import CATCH_UP
from tellfirst.store import tables as t
from tellfirst.store.engine import reading

RATE = 100.0


def outbound(*ids: int) -> list[Outbound]:
    return [Outbound(one, "+9140555001", Message("a text")) for one in ids]


def pace(engine: Engine, wall: Hands, segments: int = 1) -> Pace:
    async def sleep(seconds: float) -> None:
        wall.go(seconds=seconds)

    return Pace(engine, wall, "twilio", RATE, lambda _message: segments, sleep)


def gone(pace: Pace, wall: Hands, window: Sequence[Outbound]) -> list[float]:
    """At which second after T0 each message of a window goes."""

    async def go() -> list[float]:
        went = []
        for one in window:
            await pace([one])
            went.append(round((wall.now() - T0).total_seconds(), 3))
        return went

    pace.begin(window)
    return asyncio.run(go())


def free_at(engine: Engine) -> datetime:
    with reading(engine) as connection:
        return connection.execute(select(t.sender.c.free_at)).scalar_one()


def test_messages_go_one_after_the_other_at_the_rate(engine: Engine) -> None:
    wall = Hands()
    assert gone(pace(engine, wall), wall, outbound(*range(5))) == [0, 0.01, 0.02, 0.03, 0.04]


def test_what_counts_are_the_parts_a_text_is_billed_as(engine: Engine) -> None:
    wall = Hands()
    mine = pace(engine, wall, segments=3)
    assert gone(mine, wall, outbound(1, 2, 3)) == [0, 0.03, 0.06]
    assert mine.window(50) == 33


def test_a_second_worker_takes_the_next_slots(engine: Engine) -> None:
    wall = Hands()
    one, other = pace(engine, wall), pace(engine, wall)
    one.begin(outbound(*range(50)))
    assert gone(other, wall, outbound(1, 2)) == [0.5, 0.51]


def test_slots_that_were_not_used_are_given_back_unless_somebody_came_behind(engine: Engine) -> None:
    wall = Hands()
    one, other = pace(engine, wall), pace(engine, wall)
    one.begin(outbound(*range(50)))
    asyncio.run(one(outbound(1)))
    one.end([])
    assert free_at(engine) == T0 + timedelta(seconds=0.01)
    one.begin(outbound(*range(50)))
    other.begin(outbound(1))
    one.end([])
    assert free_at(engine) == T0 + timedelta(seconds=0.52)


def test_a_worker_that_was_stopped_in_its_window_takes_new_slots_instead_of_a_burst(engine: Engine) -> None:
    wall = Hands()
    mine = pace(engine, wall)
    mine.begin(outbound(*range(50)))
    wall.go(seconds=30)
    asyncio.run(mine(outbound(1)))
    asyncio.run(mine(outbound(2)))
    assert wall.now() == T0 + timedelta(seconds=30.01)
    assert free_at(engine) == T0 + timedelta(seconds=30.5)


def test_what_a_carrier_asks_for_holds_for_everybody(engine: Engine) -> None:
    wall = Hands()
    one, other = pace(engine, wall), Pace(engine, wall, "twilio")
    one.begin(outbound(1))
    one.end([Outcome(1, Verdict.REFUSED_AGAIN, code="20429", retry_after=60)])
    assert other.line() == timedelta(seconds=60) - QUEUE
    wall.go(seconds=58)
    assert not other.line()
    assert gone(one, wall, outbound(1)) == [60]


def test_whoever_finds_a_long_line_waits_without_an_intent(engine: Engine) -> None:
    wall = Hands()
    for _ in range(5):
        pace(engine, wall).begin(outbound(*range(100)))
    assert pace(engine, wall).line() == timedelta(seconds=5) - QUEUE


def test_another_senders_line_is_its_own(engine: Engine) -> None:
    wall = Hands()
    pace(engine, wall).begin(outbound(*range(1000)))
    assert Pace(engine, wall, "other", RATE).line() == timedelta(0)


@pytest.mark.parametrize("workers", [1, 2])
def test_ninety_nine_hundredths_of_the_rate_are_used_on_a_real_clock(
    sqlite_engine: Engine, workers: int
) -> None:
    crowd.gather(sqlite_engine, 1_200)
    carrier = Switchboard("twilio", takes, latency=0.05)
    rate = 100.0
    # The chunks are due at the time of the story, long ago by the machine's clock.
    Workers(sqlite_engine, [carrier], [100], Hands(), rate=rate).send_all(workers, threads=2)
    times = sorted(at for _, at in carrier.calls)
    assert len(times) == 1_200
    steady = times[100:]  # At first a message of each process goes alone.
    used = (len(steady) - 1) / (steady[-1] - steady[0]) / rate
    assert used >= 0.99
    assert _most_above(times, rate) <= rate * CATCH_UP.total_seconds() + 1


def _most_above(times: Sequence[float], rate: float) -> float:
    """By how many segments any span was above what is permitted in it."""
    worst, level, before = 0.0, 0.0, times[0]
    for at in times:
        level = max(0.0, level - (at - before) * rate) + 1
        worst, before = max(worst, level), at
    return worst
