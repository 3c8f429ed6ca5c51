"""The clock of stories: one for all processes, and never backwards."""

import subprocess
import sys
from datetime import timedelta

import pytest
import town
from sqlalchemy import Engine

from tellfirst.domain.errors import RuleBroken, SetupError
from tellfirst.store.stepped_clock import SteppedClock

SECOND_PROCESS = """
import sys
from tellfirst.store.engine import connect
from tellfirst.store.stepped_clock import SteppedClock
print(SteppedClock(connect(sys.argv[1])).now().isoformat())
"""


def test_a_clock_nobody_has_set_says_what_to_do(engine: Engine) -> None:
    with pytest.raises(SetupError, match="play a scenario"):
        SteppedClock(engine).now()


def test_the_clock_stands_where_it_was_set_until_it_is_moved(engine: Engine) -> None:
    clock = SteppedClock(engine)
    clock.set(town.T0)
    assert clock.now() == town.T0
    clock.step_to(town.T0 + timedelta(hours=2))
    assert clock.now() == town.T0 + timedelta(hours=2)


def test_the_clock_never_goes_back(engine: Engine) -> None:
    clock = SteppedClock(engine)
    clock.set(town.T0)
    with pytest.raises(RuleBroken, match="cannot go back"):
        clock.step_to(town.T0 - timedelta(microseconds=1))
    clock.step_to(town.T0)
    assert clock.now() == town.T0


def test_a_time_without_a_zone_does_not_move_the_clock(engine: Engine) -> None:
    clock = SteppedClock(engine)
    clock.set(town.T0)
    with pytest.raises(RuleBroken, match="has no zone"):
        clock.step_to(town.T0.replace(tzinfo=None) + timedelta(days=1))
    assert clock.now() == town.T0


def test_a_second_process_sees_the_same_time(engine: Engine) -> None:
    clock = SteppedClock(engine)
    clock.set(town.T0)
    clock.step_to(town.T0 + timedelta(minutes=1))
    url = engine.url.render_as_string(hide_password=False)
    seen = subprocess.run(
        [sys.executable, "-c", SECOND_PROCESS, url], capture_output=True, text=True, check=True, timeout=30
    )
    assert seen.stdout.strip() == (town.T0 + timedelta(minutes=1)).isoformat()
