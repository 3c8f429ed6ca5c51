"""Time jumps only while everybody rests, to the moment at which the first of them wakes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tellfirst.proof.timing import Posture
from tellfirst.proof.watching import until_the_first_wakes

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NOT_AT_ALL = timedelta(0)


@dataclass
class Place:
    """A seat whose worker takes these postures, one at each look."""

    postures: list[Posture]
    wakes_in: timedelta = timedelta(0)
    looks: int = field(default=0)

    @property
    def posture(self) -> Posture:
        self.looks += 1
        return self.postures[min(self.looks, len(self.postures)) - 1]

    @property
    def wakes_at(self) -> float:
        return (NOW + self.wakes_in).timestamp()


def _span(*places: Any) -> timedelta:
    return until_the_first_wakes(places, NOW)


def _idle(seconds: float) -> Place:
    return Place([Posture.IDLE], timedelta(seconds=seconds))


def test_time_jumps_to_the_first_who_wakes() -> None:
    assert _span(_idle(40), _idle(5)) == timedelta(seconds=5)


@pytest.mark.parametrize(
    "posture", [Posture.WORKING, Posture.STALLED, Posture.NAPPING, Posture.WANTS_RESTART]
)
def test_time_does_not_jump_while_one_is_at_something(posture: Posture) -> None:
    assert _span(_idle(40), Place([posture])) == NOT_AT_ALL


def test_whoever_is_frozen_does_not_hold_time_up() -> None:
    assert _span(_idle(40), Place([Posture.FROZEN])) == timedelta(seconds=40)
    assert _span(Place([Posture.FROZEN])) == NOT_AT_ALL


def test_time_does_not_jump_over_one_who_wakes_while_it_is_looked_at() -> None:
    assert _span(Place([Posture.IDLE, Posture.WORKING], timedelta(seconds=-1)), _idle(40)) == NOT_AT_ALL


def test_nobody_there_is_nothing_to_jump_for() -> None:
    assert _span() == NOT_AT_ALL
