"""Why an element is hit, as a path a person can follow."""

from itertools import pairwise

import networks
import pytest
from hypothesis import given, settings

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.network import (
    Edge,
    Link,
    Redundancy,
    composite_edges,
    composite_id,
    explain,
    footprint,
    in_words,
)

OK, AT_RISK, DEGRADED, DOWN = Impact


def _needs(child: str, need: int, *parents: str, group: str = "uplink") -> list[Edge]:
    return [Edge(child, group, need, parent) for parent in parents]


CITY = [
    *_needs("hub:Miyapur", 1, "core:A", "core:B"),
    *_needs("site:HYD0012", 1, "hub:Miyapur", group="backhaul"),
]
DUCT = [
    *_needs("path-a", 1, "duct"),
    *_needs("path-b", 1, "duct"),
    *_needs("site", 1, "path-a", "path-b"),
]
"""Two paths of one site that look redundant and lie in one duct."""


def _said(edges: list[Edge], element: str, **failed: Impact) -> str:
    named = {name.replace("_", ":"): impact for name, impact in failed.items()}
    return in_words(explain(edges, named, element))


def test_a_path_names_each_element_the_lost_redundancy_and_the_cause() -> None:
    assert explain(CITY, {"core:A": DOWN, "core:B": DOWN}, "site:HYD0012") == (
        Link("site:HYD0012", DOWN),
        Link("hub:Miyapur", DOWN, Redundancy("uplink", need=1, left=0, size=2)),
        Link("core:A", DOWN),
    )


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        (
            {"core_A": DOWN, "core_B": DOWN},
            "site:HYD0012 is down: hub:Miyapur is down (uplink: 0 of 2 work, 1 needed): "
            "core:A is down (cause)",
        ),
        (
            {"core_B": DOWN},
            "site:HYD0012 is at risk: hub:Miyapur is at risk (uplink: 1 of 2 work, 1 needed): "
            "core:B is down (cause)",
        ),
        (
            {"core_A": DOWN, "core_B": DEGRADED},
            "site:HYD0012 is degraded: hub:Miyapur is degraded (uplink: 0 of 2 work, 1 needed): "
            "core:A is down (cause)",
        ),
        (
            {"core_A": AT_RISK, "core_B": AT_RISK},
            "site:HYD0012 is at risk: hub:Miyapur is at risk (uplink: 2 of 2 work, 1 needed): "
            "core:A is at risk (cause)",
        ),
        ({"hub_Miyapur": DEGRADED}, "site:HYD0012 is degraded: hub:Miyapur is degraded (cause)"),
        ({"site_HYD0012": DOWN}, "site:HYD0012 is down (cause)"),
    ],
    ids=["both cores", "one core", "a dead core and a slow one", "both cores at risk", "the hub", "itself"],
)
def test_an_explanation_reads_as_a_sentence(failed: dict[str, Impact], said: str) -> None:
    assert _said(CITY, "site:HYD0012", **failed) == said


def test_an_element_that_is_not_hit_has_no_explanation() -> None:
    assert explain(CITY, {"site:HYD0012": DOWN}, "hub:Miyapur") == ()
    assert explain(CITY, {}, "site:HYD0012") == ()
    assert explain(CITY, {"core:A": OK}, "core:A") == ()
    assert explain(CITY, {"core:A": DOWN}, "unknown") == ()
    assert in_words(()) == ""


def test_a_failed_element_without_edges_explains_itself() -> None:
    assert explain([], {"elsewhere": DOWN}, "elsewhere") == (Link("elsewhere", DOWN),)


def test_a_risk_that_two_paths_share_is_named_as_the_cause() -> None:
    assert _said(DUCT, "site", duct=DOWN) == (
        "site is down (uplink: 0 of 2 work, 1 needed): path-a is down: duct is down (cause)"
    )


def test_a_risk_that_two_groups_share_is_named_as_the_cause_of_the_worse_group() -> None:
    """Power needs both rectifiers, fibre one of two; all of them hang on one basement."""
    edges = [
        *_needs("site", 2, "rectifier-1", "rectifier-2", group="power"),
        *_needs("site", 1, "fibre-1", "fibre-2", group="fibre"),
        *_needs("rectifier-1", 1, "basement"),
        *_needs("fibre-1", 1, "basement"),
    ]
    assert _said(edges, "site", basement=DOWN) == (
        "site is down (power: 1 of 2 work, 2 needed): rectifier-1 is down: basement is down (cause)"
    )


def test_an_element_that_failed_less_badly_than_what_reaches_it_is_not_the_cause() -> None:
    assert _said(CITY, "hub:Miyapur", hub_Miyapur=DEGRADED, core_A=DOWN, core_B=DOWN) == (
        "hub:Miyapur is down (uplink: 0 of 2 work, 1 needed): core:A is down (cause)"
    )


def test_a_dual_homed_service_tells_how_many_of_its_sites_are_left() -> None:
    sites = ["site:A", "site:B", "site:C"]
    home = composite_id(2, sites)
    assert in_words(explain(composite_edges(2, sites), {"site:B": DOWN}, home)) == (
        "any2:site:A+site:B+site:C is at risk (members: 2 of 3 work, 2 needed): site:B is down (cause)"
    )


def test_a_need_that_no_group_can_meet_is_told_as_all_of_it() -> None:
    assert _said(_needs("site", 3, "a", "b"), "site", a=DOWN) == (
        "site is down (uplink: 1 of 2 work, 2 needed): a is down (cause)"
    )


def test_a_circle_is_refused_and_not_followed_for_ever() -> None:
    with pytest.raises(RuleBroken, match="a → b → a"):
        explain([*_needs("a", 1, "b"), *_needs("b", 1, "a")], {"a": DOWN}, "b")


@settings(max_examples=200, deadline=None)
@given(networks.networks())
def test_every_explanation_is_a_path_of_parents_up_to_the_cause_of_the_footprint(
    drawn: networks.Network,
) -> None:
    edges, failed = drawn
    hit = footprint(edges, failed)
    parents = {(edge.child, edge.parent) for edge in edges}
    for element in networks.elements(edges):
        links = explain(edges, failed, element)
        assert bool(links) == (element in hit)
        if not links:
            continue
        path = [link.element for link in links]
        assert (path[0], path[-1]) == (element, hit[element].cause)
        assert all(step in parents for step in pairwise(path))
        assert {hit[one].cause for one in path} == {hit[element].cause}
        impacts = [link.impact for link in links]
        assert impacts == [hit[one].impact for one in path]
        assert impacts == sorted(impacts), "nothing hands down worse than it suffers"
        assert failed[path[-1]] == impacts[-1]


@settings(max_examples=200, deadline=None)
@given(networks.networks())
def test_a_group_is_degraded_or_down_just_when_fewer_are_left_than_it_needs(drawn: networks.Network) -> None:
    edges, failed = drawn
    for element in networks.elements(edges):
        for link in explain(edges, failed, element):
            if lost := link.redundancy:
                assert (lost.left < lost.need) == (link.impact >= DEGRADED)
                assert (lost.need, lost.size) in {
                    (need, len(of)) for need, of in networks.groups(edges)[link.element].values()
                }


@settings(max_examples=100, deadline=None)
@given(networks.networks())
def test_the_edges_above_an_element_are_enough_to_explain_it(drawn: networks.Network) -> None:
    edges, failed = drawn
    for element in networks.elements(edges):
        over = networks.above(element, edges)
        assert explain([one for one in edges if one.child in over], failed, element) == explain(
            edges, failed, element
        )
