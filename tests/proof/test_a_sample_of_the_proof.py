"""A sample of what `make prove` does as a whole: real workers killed, stopped and misled, on both databases."""

from collections.abc import Iterator

import pytest

from tellfirst.domain.errors import SetupError
from tellfirst.proof import enumerating, town
from tellfirst.proof.proving import Site, run_all, site
from tellfirst.proof.running import Ran
from tellfirst.proof.schedule import Policy, Schedule, draw

JOBS = 4
SCHEDULES = {"sqlite": 15, "postgresql": 3}
ONE_PASSAGE_IN = 25


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


@pytest.mark.parametrize("policy", list(Policy))
def test_nothing_is_lost_and_nothing_told_twice_uncounted(here: Site, policy: Policy) -> None:
    restarts = here.backend == "postgresql"
    found = _run(here, [draw(seed, policy, restarts=restarts) for seed in range(SCHEDULES[here.backend])])
    assert _violations(found) == []
    assert sum(one.seen.kills for one in found) > 0
    assert sum(sum(one.faults.values()) for one in found) > len(found)
    assert sum(one.verdict.accepted_count for one in found) > 20 * len(found)


def test_a_stop_inside_a_call_tells_somebody_twice_and_the_ledger_says_so(here: Site) -> None:
    (ran,) = _run(here, [enumerating.stopped_inside(Policy.LOOK_UP, 1)])
    assert ran.violations == ()
    assert ran.verdict.counted_duplicates == 1
    assert ran.verdict.anomalies["late_acceptance"] >= 1


@pytest.mark.parametrize("after_a_death", [False, True])
def test_a_sample_of_all_kills_of_a_small_run(here: Site, after_a_death: bool) -> None:
    if here.backend == "postgresql":
        pytest.skip("the small town is built for SQLite here; `make prove` kills at every passage on both")
    with site("sqlite", customers=town.FEW) as few:
        (counted,) = _run(few, [enumerating.quiet(Policy.LOOK_UP, after_a_death=after_a_death)])
        runs = enumerating.every_kill(
            Policy.LOOK_UP, counted.passed, after_a_death=after_a_death, one_in=ONE_PASSAGE_IN
        )
        found = _run(few, [schedule for _, schedule in runs])
    assert len(found) >= 5
    assert _violations(found) == []


@pytest.mark.parametrize(
    "lie", ["accepts_twice", "forgets", "receipts_for_nothing", "answers_without_accepting"]
)
def test_a_lying_carrier_is_caught(here: Site, lie: str) -> None:
    if here.backend == "postgresql":
        pytest.skip("the oracle is the same; once is enough")
    assert _violations(_run(here, [draw(seed, Policy.LOOK_UP, lies=lie) for seed in (1, 2, 3)])) != []


def test_a_seed_draws_the_same_schedule_again() -> None:
    assert draw(7, Policy.LOOK_UP) == draw(7, Policy.LOOK_UP)
    assert draw(7, Policy.LOOK_UP) != draw(8, Policy.LOOK_UP)
