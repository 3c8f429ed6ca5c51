"""A sample of what `make prove` does as a whole: real workers killed, stopped and misled, on both databases."""

import time
from collections.abc import Iterator

import pytest

from tellfirst.domain.errors import SetupError
from tellfirst.proof import enumerating, town
from tellfirst.proof.proving import STOPS_WITHIN, Site, run_all, site
from tellfirst.proof.running import Ran
from tellfirst.proof.schedule import Policy, Schedule, draw
from tellfirst.simulator.carriers.lies import Lie

JOBS = 2
SCHEDULES = {"sqlite": 10, "postgresql": 2}
ONE_PASSAGE_IN = 40
RESIDUE = 1_000_001


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def here(request: pytest.FixtureRequest) -> Iterator[Site]:
    try:
        with site(request.param) as made:
            yield made
    except SetupError as reason:
        pytest.skip(str(reason))


def _run(here: Site, schedules: list[Schedule]) -> list[Ran]:
    found: list[Ran] = []
    named = [
        (f"{here.backend}-{one.policy}-{number}-{one.seed}", one) for number, one in enumerate(schedules)
    ]
    run_all(here, named, JOBS, found.append)
    assert len(found) == len(schedules)
    return found


def _violations(found: list[Ran]) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(one.policy, one.seed, one.violations) for one in found if one.violations]


def test_nothing_is_lost_and_nothing_told_twice_uncounted_but_where_nobody_could_help_it(here: Site) -> None:
    """The last schedule stops a worker inside its call: somebody is told twice, and the ledger says so."""
    seeds, restarts = range(SCHEDULES[here.backend]), here.backend == "postgresql"
    drawn = [draw(seed, policy, restarts=restarts) for seed in seeds for policy in Policy]
    found = _run(here, [*drawn, enumerating.stopped_inside(Policy.LOOK_UP, RESIDUE)])
    assert _violations(found) == []
    (residue,) = (one for one in found if one.seed == RESIDUE)
    assert residue.verdict.counted_duplicates == 1
    assert residue.verdict.anomalies["late_acceptance"] >= 1
    assert sum(one.seen.kills for one in found) > 0
    assert sum(sum(one.faults.values()) for one in found) > len(found)
    assert sum(one.verdict.accepted_count for one in found) > 20 * len(found)


def test_a_sample_of_all_kills_of_a_small_run() -> None:
    with site("sqlite", customers=town.FEW) as few:
        (counted,) = _run(few, [enumerating.quiet(Policy.LOOK_UP, after_a_death=True)])
        runs = enumerating.every_kill(
            Policy.LOOK_UP, counted.passed, after_a_death=True, one_in=ONE_PASSAGE_IN
        )
        found = _run(few, [schedule for _, schedule in runs])
    assert len(found) >= 5
    assert _violations(found) == []


def test_every_lying_carrier_is_caught() -> None:
    with site("sqlite") as here:
        found = _run(here, [draw(seed, Policy.LOOK_UP, lies=lie) for lie in Lie for seed in (1, 2, 3)])
    caught = {name for one in found if one.violations for name in one.lies}
    assert caught == set(Lie)


def test_whoever_runs_schedules_ends_with_the_last_of_them() -> None:
    ends: list[float] = []
    with site("sqlite", customers=town.FEW) as few:
        quiet = enumerating.quiet(Policy.LOOK_UP, after_a_death=False)
        run_all(few, [("one", quiet), ("other", quiet)], JOBS, lambda _: ends.append(time.monotonic()))
        assert time.monotonic() - ends[-1] < STOPS_WITHIN / 2


def test_a_seed_draws_the_same_schedule_again() -> None:
    assert draw(7, Policy.LOOK_UP) == draw(7, Policy.LOOK_UP)
    assert draw(7, Policy.LOOK_UP) != draw(8, Policy.LOOK_UP)
