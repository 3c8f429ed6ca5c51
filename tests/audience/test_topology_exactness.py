"""The arrays, the reference and two oracles say the same of every element of random networks, causes too."""

from random import Random

import networks
from hypothesis import given, settings
from hypothesis import strategies as st

from tellfirst.audience.topology import Network, build
from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, Hit, footprint

SEEDS = st.integers(0, 2**63)


def _built(edges: list[Edge]) -> Network:
    return build(1, [(edge.child, edge.group, edge.need, edge.parent) for edge in edges])


def _hits(network: Network, failed: dict[str, Impact]) -> dict[str, Hit]:
    found = network.footprint(failed)
    assert list(found.elements) == sorted(set(found.elements))
    return {
        element: Hit(impact, cause)
        for element, impact, cause in zip(found.elements, found.impacts, found.causes, strict=True)
    }


@settings(max_examples=500, deadline=None)
@given(networks.networks())
def test_arrays_reference_and_oracle_agree_on_every_impact_and_every_cause(drawn: networks.Network) -> None:
    edges, failed = drawn
    expected = networks.by_survivors(edges, failed)
    assert footprint(edges, failed) == expected
    assert _hits(_built(edges), failed) == expected


@settings(max_examples=200, deadline=None)
@given(networks.networks(most_levels=6, most_wide=2))
def test_the_impact_of_a_small_network_is_that_of_its_best_support(drawn: networks.Network) -> None:
    edges, failed = drawn
    expected = networks.by_supports(edges, failed)
    assert {one: hit.impact for one, hit in _hits(_built(edges), failed).items()} == expected


@settings(max_examples=200, deadline=None)
@given(networks.networks())
def test_a_cause_failed_at_least_as_badly_and_lies_above_what_it_explains(drawn: networks.Network) -> None:
    edges, failed = drawn
    for element, hit in _hits(_built(edges), failed).items():
        assert failed[hit.cause] >= hit.impact
        assert hit.cause in networks.above(element, edges)


@settings(max_examples=200, deadline=None)
@given(networks.networks(), SEEDS)
def test_failing_more_heals_nothing(drawn: networks.Network, seed: int) -> None:
    edges, failed = drawn
    more = networks.failures(Random(seed), edges)
    both = {one: max(failed.get(one, Impact.OK), more.get(one, Impact.OK)) for one in {*failed, *more}}
    network = _built(edges)
    before, after = _hits(network, failed), _hits(network, both)
    assert all(after[one].impact >= hit.impact for one, hit in before.items())


@settings(max_examples=100, deadline=None)
@given(networks.networks(), SEEDS)
def test_the_order_of_edges_and_failures_changes_nothing(drawn: networks.Network, seed: int) -> None:
    edges, failed = drawn
    chance = Random(seed)
    shuffled = dict(chance.sample(sorted(failed.items()), len(failed)))
    turned = chance.sample(edges, len(edges))
    assert _built(turned).footprint(shuffled) == _built(edges).footprint(failed)
    assert footprint(turned, shuffled) == footprint(edges, failed)


@settings(max_examples=100, deadline=None)
@given(networks.networks())
def test_a_network_that_was_packed_and_unpacked_is_the_same(drawn: networks.Network) -> None:
    edges, failed = drawn
    network = _built(edges)
    unpacked = Network.unpack(1, network.pack())
    assert unpacked is not None
    assert unpacked.elements == network.elements
    assert unpacked.footprint(failed) == network.footprint(failed)


def test_the_random_networks_are_as_varied_as_they_claim() -> None:
    """Else the agreement above says little: large ones, groups of every sort, every impact."""
    seen: set[str] = set()
    most = 0

    @settings(max_examples=100, deadline=None, database=None, derandomize=True)
    @given(networks.networks())
    def look(drawn: networks.Network) -> None:
        nonlocal most
        edges, failed = drawn
        most = max(most, len(networks.elements(edges)))
        groups = [one for named in networks.groups(edges).values() for one in named.values()]
        seen.update("redundant" for need, of in groups if need < len(of))
        seen.update("two of three" for need, of in groups if 1 < need < len(of))
        seen.update(f"{len(named)} groups" for named in networks.groups(edges).values())
        hits = footprint(edges, failed)
        seen.update(f"own {failed[one].word}" for one in hits if failed.get(one))
        seen.update(f"handed down {hit.impact.word}" for one, hit in hits.items() if not failed.get(one))
        seen.update("worse than its own" for one, hit in hits.items() if 0 < failed.get(one, 0) < hit.impact)

    look()
    impacts = ("at_risk", "degraded", "down")
    assert seen == {
        *("redundant", "two of three", "1 groups", "2 groups", "3 groups", "worse than its own"),
        *(f"{how} {impact}" for how in ("own", "handed down") for impact in impacts),
    }
    assert most > 45


def test_nothing_fails_in_a_network_without_edges_but_what_failed() -> None:
    assert _hits(build(1, []), {"b": Impact.DOWN, "a": Impact.DEGRADED, "c": Impact.OK}) == {
        "a": Hit(Impact.DEGRADED, "a"),
        "b": Hit(Impact.DOWN, "b"),
    }


def test_a_very_deep_network_is_walked_to_its_end() -> None:
    chain = [Edge(f"e{depth + 1}", "uplink", 1, f"e{depth}") for depth in range(2_000)]
    assert _hits(_built(chain), {"e0": Impact.DOWN})["e2000"] == Hit(Impact.DOWN, "e0")
