"""What was promised of the audience, and the figures that are held against it."""

from collections.abc import Iterator, Mapping
from statistics import median

from benchmarks.contestants import AUDIENCE, BARE_FLOOR, CREATE_TABLE_AS, FLOOR, NETWORK, PANDAS
from benchmarks.exactness import Difference
from benchmarks.racing import Seconds, ratio
from benchmarks.scenarios import ALL, HUNDRED_THOUSAND, MILLION, short
from benchmarks.table import Figure

EXACT = "== 0"
TENTH = short(HUNDRED_THOUSAND)
FLOOR_TARGETS = {"sqlite": "<= 3", "postgresql": "<= 3.5"}
PANDAS_TARGETS = {"10 k": ">= 30", TENTH: ">= 5", ALL: ">= 1.3"}
NETWORK_TARGET, PER_CUSTOMER_TARGET, PEAK_TARGET = "<= 5", "<= 1.3", "< 300"


def figures(
    database: str,
    customer_count: int,
    audience_counts: Mapping[str, int],
    seconds: Seconds,
    differences: Mapping[str, Difference],
    peak: float,
) -> Iterator[Figure]:
    """Scenario by scenario. Targets are for a base of a million; of another size only exactness is asked."""
    promised = customer_count == MILLION
    for scenario, count in audience_counts.items():
        for figure in _of_scenario(database, scenario, count, seconds, differences[scenario]):
            yield figure if promised or figure.target == EXACT else _without_target(figure)
    for figure in _of_all(database, audience_counts, seconds, peak):
        yield figure if promised else _without_target(figure)


def _of_scenario(
    database: str, scenario: str, count: int, seconds: Seconds, difference: Difference
) -> Iterator[Figure]:
    def name(what: str) -> str:
        return f"{database}, {scenario}: {what}"

    taken = {who: seconds[scenario, who] for where, who in seconds if where == scenario}
    whole = taken[AUDIENCE]
    yield Figure(name("customers in the audience"), count, "customers")
    yield Figure(name("customers missing"), difference.missing, "customers", EXACT)
    yield Figure(name("customers too many"), difference.too_many, "customers", EXACT)
    yield Figure(name("customers with a wrong impact"), difference.wrong_impact, "customers", EXACT)
    for who, each in taken.items():
        yield Figure(name(who), median(each), "s")
    target = FLOOR_TARGETS[database] if scenario in {TENTH, ALL} else None
    yield Figure(name("audience ÷ floor"), ratio(whole, taken[FLOOR]), "×", target)
    yield Figure(name("audience ÷ floor without checks"), ratio(whole, taken[BARE_FLOOR]), "×")
    share = 100 * ratio(taken[NETWORK], whole)
    yield Figure(name("network ÷ audience"), share, "%", NETWORK_TARGET)
    if PANDAS in taken:
        yield Figure(
            name("pandas ÷ audience"), ratio(taken[PANDAS], whole), "×", PANDAS_TARGETS.get(scenario)
        )
    if CREATE_TABLE_AS in taken:
        yield Figure(name("audience ÷ create table as"), ratio(whole, taken[CREATE_TABLE_AS]), "×")


def _of_all(
    database: str, audience_counts: Mapping[str, int], seconds: Seconds, peak: float
) -> Iterator[Figure]:
    tenth = TENTH if TENTH in audience_counts else list(audience_counts)[1]
    more = ratio(seconds[ALL, AUDIENCE], seconds[tenth, AUDIENCE])
    per_customer = more * audience_counts[tenth] / audience_counts[ALL]
    yield Figure(f"{database}: cost per customer, all ÷ {tenth}", per_customer, "×", PER_CUSTOMER_TARGET)
    yield Figure(f"{database}: peak memory of a process that matches all", peak, "MiB", PEAK_TARGET)


def _without_target(figure: Figure) -> Figure:
    return Figure(figure.name, figure.value, figure.unit)
