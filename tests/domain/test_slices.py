"""Works cut into times, held against brute force: every minute by itself on random networks."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from networks import elements, networks

from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, footprint
from tellfirst.domain.overlap import Span
from tellfirst.domain.slices import ImpactSlice, impact_slices, over_edges, worst_of

OK, AT_RISK, DEGRADED, DOWN = Impact
PAIR = [Edge("site", "uplink", 1, parent) for parent in ("fibre-a", "fibre-b")]
DAY = datetime(2026, 12, 1, tzinfo=UTC)
MINUTES = 120


def at(minute: float) -> datetime:
    return DAY + timedelta(minutes=minute)


def span(element: str, since: float, until: float | None, work: str, impact: Impact = DOWN) -> Span:
    return Span(element, impact, at(since), None if until is None else at(until), work)


def told(found: tuple[ImpactSlice, ...], element: str = "site") -> list[tuple[object, ...]]:
    return [
        (
            (one.since - DAY) / timedelta(minutes=1),
            None if one.until is None else (one.until - DAY) / timedelta(minutes=1),
            one.hit.get(element, OK),
            one.works,
        )
        for one in found
    ]


def test_two_works_that_each_take_one_half_of_a_pair_are_an_outage_while_they_overlap() -> None:
    works = [span("fibre-a", 0, 60, "W1"), span("fibre-b", 40, 90, "W2")]
    found = impact_slices(works, over_edges(PAIR))
    assert told(found) == [
        (0, 40, AT_RISK, ("W1",)),
        (40, 60, DOWN, ("W1", "W2")),
        (60, 90, AT_RISK, ("W2",)),
    ]
    assert [one.worse_together() for one in found] == [{}, {"site": DOWN}, {}]
    assert worst_of(found) is DOWN


def test_works_that_follow_each_other_never_meet() -> None:
    works = [span("fibre-a", 0, 60, "W1"), span("fibre-b", 60, 90, "W2")]
    assert [one.worse_together() for one in impact_slices(works, over_edges(PAIR))] == [{}, {}]


def test_one_work_on_both_halves_is_nobody_elses_fault() -> None:
    works = [span("fibre-a", 0, 60, "W1"), span("fibre-b", 0, 60, "W1")]
    [only] = impact_slices(works, over_edges(PAIR))
    assert (only.hit["site"], only.worse_together()) == (DOWN, {})


def test_what_a_work_brings_is_what_would_be_better_without_it() -> None:
    works = [span("fibre-a", 0, None, "INC"), span("fibre-b", 0, 60, "W2")]
    found = impact_slices(works, over_edges(PAIR))
    assert found[0].brought_by("W2", found[0].alone["INC"]) == {"fibre-b": DOWN, "site": DOWN}
    assert found[1].brought_by("W2", {}) == {}
    assert told(found)[1] == (60, None, AT_RISK, ("INC",))


def test_nothing_is_cut_where_nothing_changes() -> None:
    works = [span("fibre-a", 0, 30, "W1"), span("fibre-a", 30, 60, "W1"), span("x", 0, 60, "W2", OK)]
    assert told(impact_slices(works, over_edges(PAIR))) == [(0, 60, AT_RISK, ("W1",))]
    assert impact_slices([], over_edges(PAIR)) == ()


@settings(max_examples=60, deadline=None)
@given(networks(most_wide=4), st.integers(0, 2**32))
def test_every_minute_is_as_brute_force_finds_it(network: tuple[list[Edge], object], seed: int) -> None:
    edges, _ = network
    chance = Random(seed)
    known = [*elements(edges), "elsewhere"]
    works = []
    for number in range(chance.randint(1, 5)):
        for _ in range(chance.randint(1, 3)):
            since = chance.randint(0, MINUTES - 2)
            until = None if chance.random() < 0.1 else chance.randint(since, MINUTES)
            works.append(span(chance.choice(known), since, until, f"W{number}", chance.choice(list(Impact))))
    found = impact_slices(works, over_edges(edges))
    for minute in range(MINUTES + 2):
        moment = at(minute + 0.5)
        on = [one for one in works if one.since <= moment and (one.until is None or moment < one.until)]
        failed = {
            element: max(one.impact for one in on if one.element == element)
            for element in {one.element for one in on}
        }
        wanted = {element: hit.impact for element, hit in footprint(edges, failed).items()}
        here = [one for one in found if one.since <= moment and (one.until is None or moment < one.until)]
        assert len(here) <= 1
        assert (dict(here[0].hit) if here else {}) == wanted
        names = {one.incident for one in on if one.impact > OK}
        assert (set(here[0].works) if here else set()) == names
    for before, after in pairwise(found):
        assert before.until is not None
        assert before.until <= after.since
