"""Counts of customers are made once for everybody, and a slow one keeps nobody waiting."""

import threading
import time

import hyderabad
import pytest
import room_story
from sqlalchemy import insert

from tellfirst.bootstrap import World
from tellfirst.store import tables as t
from tellfirst.store.engine import reading, writing
from tellfirst.web.room import counting
from tellfirst.web.room.counting import Counter

story = room_story.story


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When a count was begun."""
    begun: list[float] = []
    genuine = counting.heads
    monkeypatch.setattr(counting, "heads", lambda *it: (begun.append(time.monotonic()), genuine(*it))[1])
    return begun


def _look(world: World, counter: Counter) -> int:
    with reading(world.engine) as connection:
        return counter.heads(connection, hyderabad.incident(connection)).told_count


def _tell_the_lost(world: World) -> None:
    with writing(world.engine) as connection:
        row = {"notice_id": 1, "incident_id": 1, "occasion": "first_word", "reason": "receipt"}
        connection.execute(
            insert(t.delivery).values(**row, customer_id=room_story.LOST, channel="email", state="sent")
        )


def test_a_count_is_made_once_for_all_who_look(world: World, asked: list[float]) -> None:
    counter = Counter(world)
    assert [_look(world, counter) for _ in range(5)] == [2] * 5
    assert len(asked) == 1


def test_after_an_act_the_next_look_counts_anew(world: World) -> None:
    counter = Counter(world)
    _look(world, counter)
    _tell_the_lost(world)
    assert _look(world, counter) == 2
    counter.forget()
    assert _look(world, counter) == 3


def test_a_slow_count_is_made_aside_and_the_last_one_is_shown_meanwhile(
    world: World, asked: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "QUICK", -1.0)
    counter = Counter(world)
    _look(world, counter)
    _tell_the_lost(world)
    counter.forget()
    assert _look(world, counter) == 2
    until = time.monotonic() + 10
    while _look(world, counter) != 3 and time.monotonic() < until:
        time.sleep(0.01)
    assert _look(world, counter) == 3
    assert len(asked) == 2
    assert not [one for one in threading.enumerate() if one.name == "room-count"]


def test_a_count_says_when_it_was_made(world: World) -> None:
    with reading(world.engine) as connection:
        found = Counter(world).heads(connection, hyderabad.incident(connection))
    assert found.counted_at == world.clock.now()
