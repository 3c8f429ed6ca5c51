"""What fails when something fails: tables of small networks."""

import pytest

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, Hit, footprint

OK, AT_RISK, DEGRADED, DOWN = Impact


def _needs(child: str, need: int, *parents: str, group: str = "uplink") -> list[Edge]:
    return [Edge(child, group, need, parent) for parent in parents]


CITY = [
    *_needs("hub", 1, "core-a", "core-b"),
    *_needs("site-1", 1, "hub"),
    *_needs("site-2", 1, "hub"),
    *_needs("home", 1, "site-2"),
]
"""Two cores, a hub that works on either, two sites behind it: four levels."""


def _impacts(edges: list[Edge], **failed: Impact) -> dict[str, Impact]:
    named = {name.replace("_", "-"): impact for name, impact in failed.items()}
    return {element: hit.impact for element, hit in footprint(edges, named).items()}


def test_one_of_a_redundant_pair_failed_puts_everything_behind_it_at_risk_and_takes_nothing_down() -> None:
    assert _impacts(CITY, core_a=DOWN) == {
        "core-a": DOWN,
        "hub": AT_RISK,
        "site-1": AT_RISK,
        "site-2": AT_RISK,
        "home": AT_RISK,
    }


def test_both_of_a_redundant_pair_failed_take_everything_behind_them_down() -> None:
    assert set(_impacts(CITY, core_a=DOWN, core_b=DOWN).values()) == {DOWN}


def test_the_better_of_a_redundant_pair_is_what_counts() -> None:
    assert _impacts(CITY, core_a=DOWN, core_b=DEGRADED)["home"] is DEGRADED


def test_what_is_beside_or_above_a_failure_is_not_hit() -> None:
    assert _impacts(CITY, site_2=DOWN) == {"site-2": DOWN, "home": DOWN}


def test_an_element_without_children_hits_itself_alone() -> None:
    assert _impacts(CITY, elsewhere=DOWN) == {"elsewhere": DOWN}


def test_nothing_failed_hits_nothing() -> None:
    assert _impacts(CITY) == {}
    assert _impacts(CITY, core_a=OK, core_b=OK) == {}


@pytest.mark.parametrize("impact", [AT_RISK, DEGRADED, DOWN])
def test_an_only_parent_hands_down_exactly_its_own_impact(impact: Impact) -> None:
    assert _impacts(CITY, hub=impact)["home"] is impact


@pytest.mark.parametrize(
    ("need", "failed_count", "expected"),
    [
        (1, 0, OK),
        (1, 1, AT_RISK),
        (1, 3, AT_RISK),
        (1, 4, DOWN),
        (2, 2, AT_RISK),
        (2, 3, DOWN),
        (3, 1, AT_RISK),
        (3, 2, DOWN),
        (4, 1, DOWN),
    ],
)
def test_a_group_of_four_works_while_as_many_as_it_needs_do(
    need: int, failed_count: int, expected: Impact
) -> None:
    parents = ("p1", "p2", "p3", "p4")
    failed = dict.fromkeys(parents[:failed_count], DOWN)
    found = footprint(_needs("child", need, *parents), failed)
    assert (found["child"].impact if "child" in found else OK) is expected


def test_every_group_must_work_so_the_worst_of_them_counts() -> None:
    edges = [*_needs("site", 1, "power-a", "power-b", group="power"), *_needs("site", 1, "fibre")]
    assert _impacts(edges, power_a=DOWN, fibre=DEGRADED)["site"] is DEGRADED


def test_an_element_that_failed_itself_keeps_the_worse_of_its_own_and_what_reaches_it() -> None:
    assert _impacts(CITY, hub=DEGRADED, site_1=DOWN)["site-1"] is DOWN
    assert _impacts(CITY, hub=DOWN, site_1=DEGRADED)["site-1"] is DOWN


def test_two_paths_that_share_a_parent_higher_up_are_not_redundant() -> None:
    """A flag "redundant" on the service would lie: only the graph knows of the duct."""
    edges = [
        *_needs("path-a", 1, "duct"),
        *_needs("path-b", 1, "duct"),
        *_needs("site", 1, "path-a", "path-b"),
    ]
    assert _impacts(edges, duct=DOWN)["site"] is DOWN
    assert _impacts(edges, path_a=DOWN)["site"] is AT_RISK


def test_the_cause_is_the_failed_element_and_not_the_one_between() -> None:
    assert footprint(CITY, {"core-a": DOWN, "core-b": DOWN})["home"].cause in {"core-a", "core-b"}
    assert footprint(CITY, {"hub": DOWN})["home"] == Hit(DOWN, "hub")


def test_the_cause_is_the_failure_that_hits_hardest() -> None:
    edges = [*_needs("site", 2, "weak", "dead")]
    assert footprint(edges, {"weak": DEGRADED, "dead": DOWN})["site"] == Hit(DOWN, "dead")


def test_an_element_that_failed_itself_explains_itself_when_nothing_worse_reaches_it() -> None:
    assert footprint(CITY, {"hub": DOWN, "site-1": DOWN})["site-1"] == Hit(DOWN, "site-1")


def test_a_group_that_asks_for_more_parents_than_it_has_needs_them_all() -> None:
    """An import that lost an edge must not stop the matching of an outage."""
    assert _impacts(_needs("site", 3, "a", "b"), a=DOWN)["site"] is DOWN


@pytest.mark.parametrize("turned", [False, True])
def test_a_group_whose_edges_disagree_takes_the_greater_need_in_whatever_order_they_come(
    turned: bool,
) -> None:
    edges = [Edge("site", "uplink", 1, "a"), Edge("site", "uplink", 2, "b")]
    assert _impacts(edges[::-1] if turned else edges, a=DOWN)["site"] is DOWN


def test_a_circle_is_refused_with_its_path() -> None:
    ring = [*_needs("b", 1, "a"), *_needs("c", 1, "b"), *_needs("d", 1, "c"), *_needs("b", 1, "d", group="x")]
    with pytest.raises(RuleBroken, match="b → c → d → b"):
        footprint(ring, {"a": DOWN})


def test_a_circle_far_below_what_failed_is_refused_too() -> None:
    ring = [
        *_needs("y", 1, "x"),
        *_needs("z", 1, "y"),
        *_needs("x", 1, "z"),
        *_needs("x", 1, "home", group="in"),
    ]
    with pytest.raises(RuleBroken, match="x → y → z → x"):
        footprint([*CITY, *ring], {"core-a": AT_RISK})


def test_an_element_that_hangs_on_itself_is_a_circle() -> None:
    with pytest.raises(RuleBroken, match="a → a"):
        footprint(_needs("a", 1, "a"), {"a": DOWN})


def test_two_ways_to_the_same_element_are_no_circle() -> None:
    edges = [*_needs("left", 1, "top"), *_needs("right", 1, "top"), *_needs("bottom", 2, "left", "right")]
    assert _impacts(edges, top=DOWN)["bottom"] is DOWN


def test_a_very_deep_network_is_walked_to_its_end() -> None:
    chain = [Edge(f"e{depth + 1}", "uplink", 1, f"e{depth}") for depth in range(2_000)]
    assert footprint(chain, {"e0": DOWN})["e2000"] == Hit(DOWN, "e0")


def test_among_equally_bad_causes_the_smallest_id_is_named_whatever_the_order() -> None:
    edges = [*_needs("site", 1, "b", "a", group="x"), *_needs("site", 2, "d", "c", group="w")]
    failed = dict.fromkeys(("d", "c", "b", "a"), DOWN)
    assert footprint(edges, failed)["site"] == Hit(DOWN, "a")
    assert footprint(edges[::-1], dict(reversed(failed.items())))["site"] == Hit(DOWN, "a")


def test_an_edge_that_stands_there_twice_is_one_parent_with_the_greater_need() -> None:
    twice = [Edge("site", "uplink", 2, "a"), Edge("site", "uplink", 1, "a"), Edge("site", "uplink", 1, "b")]
    assert footprint(twice, {"b": DOWN})["site"] == Hit(DOWN, "b")
    assert footprint(twice[::-1], {"b": DOWN})["site"] == Hit(DOWN, "b")
