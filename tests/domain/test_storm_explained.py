"""Many alerts, few causes: the smallest set of failures that explains what fires."""

from random import Random

import pytest

from tellfirst.domain.network import Edge
from tellfirst.domain.storm import Dependence, Explanation, explain_storm

CORES = ("core:A", "core:B")
HUBS = [f"hub:{number}" for number in range(6)]
SITES = {hub: [f"site:{hub[4:]}{place}" for place in "abcd"] for hub in HUBS}
ALL_SITES = [site for sites in SITES.values() for site in sites]
NETWORK = [Edge(hub, "core", 1, core) for hub in HUBS for core in CORES] + [
    Edge(site, "uplink", 1, hub) for hub, sites in SITES.items() for site in sites
]


def explained(*firing: str, watched: list[str] = ALL_SITES) -> dict[tuple[str, ...], int]:
    found = explain_storm(Dependence(NETWORK), firing, watched)
    assert sorted(one for each in found for one in each.explained) == sorted(firing)
    return {one.causes: len(one.explained) for one in found}


def test_one_site_explains_itself() -> None:
    assert explained("site:0a") == {("site:0a",): 1}


def test_all_sites_of_a_hub_are_the_hub_although_nobody_watches_hubs() -> None:
    assert explained(*SITES["hub:2"]) == {("hub:2",): 4}


def test_a_site_that_does_not_report_does_not_hide_its_hub() -> None:
    found = explain_storm(Dependence(NETWORK), SITES["hub:2"][:3], ALL_SITES)
    assert found == (Explanation(("hub:2",), frozenset(SITES["hub:2"][:3]), frozenset({"site:2d"})),)


def test_half_of_the_sites_are_not_the_hub() -> None:
    assert explained(*SITES["hub:2"][:2]) == {("site:2a",): 1, ("site:2b",): 1}


def test_every_hub_is_both_cores_which_fail_together() -> None:
    assert explained(*ALL_SITES) == {CORES: 24}


def test_most_of_the_hubs_are_the_cores_and_few_are_each_its_own() -> None:
    most = [site for hub in HUBS[:5] for site in SITES[hub]]
    assert explained(*most) == {CORES: 20}
    two = [site for hub in HUBS[:2] for site in SITES[hub]]
    assert explained(*two) == {("hub:0",): 4, ("hub:1",): 4}


def test_a_hub_that_reports_itself_is_one_with_its_sites() -> None:
    watched = [*ALL_SITES, *HUBS]
    assert explained("hub:3", *SITES["hub:3"], watched=watched) == {("hub:3",): 5}


def test_what_nobody_watches_says_nothing_by_its_silence() -> None:
    assert explained("site:0a", "site:0b", watched=["site:0a", "site:0b"]) == {("hub:0",): 2}


def test_a_site_with_two_ways_up_needs_both_to_fail() -> None:
    ring = [Edge(f"site:{number}", "ring", 1, hub) for number in range(5) for hub in ("hub:L", "hub:R")]
    sites = [f"site:{number}" for number in range(5)]
    found = explain_storm(Dependence(ring), sites, sites)
    assert [one.causes for one in found] == [("hub:L", "hub:R")]


def test_noise_beside_a_storm_stays_alone() -> None:
    assert explained(*SITES["hub:1"], "site:4c") == {("hub:1",): 4, ("site:4c",): 1}


@pytest.mark.parametrize("seed", range(5))
def test_the_order_changes_nothing(seed: int) -> None:
    fires = [*SITES["hub:0"], *SITES["hub:1"][:3], "site:4c"]
    edges = list(NETWORK)
    wanted = explain_storm(Dependence(edges), fires, ALL_SITES)
    Random(seed).shuffle(fires)
    Random(seed).shuffle(edges)
    assert explain_storm(Dependence(edges), fires, ALL_SITES) == wanted


def test_a_network_that_goes_round_in_a_circle_still_explains_every_alert() -> None:
    ring = [
        Edge("a", "up", 1, "b"),
        Edge("b", "up", 1, "a"),
        Edge("c", "up", 1, "a"),
        Edge("d", "up", 1, "a"),
    ]
    found = explain_storm(Dependence(ring), ["c", "d"], ["c", "d"])
    assert sorted(one for each in found for one in each.explained) == ["c", "d"]


def test_what_falls_with_the_cores_is_everything() -> None:
    assert Dependence(NETWORK).falls_with(CORES) == {*CORES, *HUBS, *ALL_SITES}
    assert Dependence(NETWORK).falls_with(["core:A"]) == {"core:A"}
