"""What breaks: towers for a hundredth of the base, aggregation routers for a tenth, both cores for all of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.seeding import Seeded
from tellfirst.domain.impact import Impact

TEN_THOUSAND, HUNDRED_THOUSAND, MILLION = 10_000, 100_000, 1_000_000
ALL = "all"
REACH = 1.17
"""A tower hurts more than its own share of the base: visitors, and those whose second path it was."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`share` of the base is about what it hurts."""

    name: str
    share: float
    failed: Mapping[str, Impact]


def scenarios(seeded: Seeded) -> tuple[Scenario, ...]:
    """Smallest first. A base below a million gets the same shares as a million."""
    many = seeded.customer_count
    wanted = [TEN_THOUSAND, HUNDRED_THOUSAND] if many >= MILLION else [many // 100, many // 10]
    if many > MILLION:
        wanted.append(MILLION)
    towers = Scenario(short(wanted[0]), wanted[0] / many, _towers(seeded, wanted[0] / many))
    routers = (Scenario(short(one), one / many, _routers(seeded, one / many)) for one in wanted[1:])
    both_cores = dict.fromkeys(seeded.network.cores, Impact.DOWN)
    return towers, *routers, Scenario(ALL, 1.0, both_cores)


def short(count: int) -> str:
    """10000 as `10 k`."""
    if count < 1_000:
        return str(count)
    return f"{count / MILLION:g} M" if count >= MILLION else f"{count / 1_000:g} k"


def _towers(seeded: Seeded, share: float) -> dict[str, Impact]:
    """Spread over the whole network; every fifth works badly instead of not at all."""
    towers = seeded.network.towers
    step = max(round(REACH / share), 1)
    chosen = towers[step // 2 :: step]
    return {one: Impact.DEGRADED if number % 5 == 0 else Impact.DOWN for number, one in enumerate(chosen)}


def _routers(seeded: Seeded, share: float) -> dict[str, Impact]:
    """Neighbours: what hangs on two of them is down, at both ends redundancy is gone."""
    routers = seeded.network.routers
    return dict.fromkeys(routers[: max(round(share * len(routers)), 1)], Impact.DOWN)
