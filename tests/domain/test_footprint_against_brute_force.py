"""The footprint against a second reading of the same rule, on random networks at least six elements deep."""

from collections import defaultdict
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, footprint

LEVELS = 6
WIDTH = 4
Groups = dict[str, dict[str, list[Edge]]]


def _network(chance: Random) -> list[Edge]:
    """Every element below the top hangs on something one level up, so that paths really are that deep."""
    edges: list[Edge] = []
    above: list[str] = [f"0-{number}" for number in range(chance.randint(1, WIDTH))]
    last = above
    for level in range(1, LEVELS):
        here = [f"{level}-{number}" for number in range(chance.randint(1, WIDTH))]
        for child in here:
            for group in range(chance.randint(1, 2)):
                parents = {chance.choice(last), *chance.sample(above, chance.randint(0, min(3, len(above))))}
                need = chance.randint(1, len(parents))
                edges += [Edge(child, str(group), need, parent) for parent in sorted(parents)]
        above, last = above + here, here
    chance.shuffle(edges)
    return edges


def _brute_force(edges: list[Edge], failed: dict[str, Impact]) -> dict[str, Impact]:
    """Each grade by itself, over and over until nothing changes: no order of elements, no ranking.

    An element is at least so badly hit when it is by itself, or when one of its groups has too few parents
    that are better; and it is at least at risk when any parent is.
    """
    groups: Groups = defaultdict(lambda: defaultdict(list))
    for edge in edges:
        groups[edge.child][edge.group].append(edge)
    found: dict[str, Impact] = {}
    for grade in (Impact.AT_RISK, Impact.DEGRADED, Impact.DOWN):
        struck = {element for element, impact in failed.items() if impact >= grade}
        while True:
            more = {child for child, of in groups.items() if _falls(of, struck, grade)} - struck
            if not more:
                break
            struck |= more
        found.update(dict.fromkeys(struck, grade))
    return found


def _falls(groups: dict[str, list[Edge]], struck: set[str], grade: Impact) -> bool:
    for group in groups.values():
        better = sum(edge.parent not in struck for edge in group)
        if better < (len(group) if grade is Impact.AT_RISK else group[0].need):
            return True
    return False


def _failed(chance: Random, edges: list[Edge]) -> dict[str, Impact]:
    elements = sorted({edge.child for edge in edges} | {edge.parent for edge in edges})
    chosen = chance.sample(elements, chance.randint(0, min(5, len(elements))))
    return {element: chance.choice(list(Impact)) for element in chosen}


@settings(max_examples=300, deadline=None)
@given(st.integers(min_value=0, max_value=2**63))
def test_the_footprint_is_what_brute_force_finds(seed: int) -> None:
    chance = Random(seed)
    edges = _network(chance)
    failed = _failed(chance, edges)
    found = footprint(edges, failed)
    assert {element: hit.impact for element, hit in found.items()} == _brute_force(edges, failed)


@settings(max_examples=100, deadline=None)
@given(st.integers(min_value=0, max_value=2**63))
def test_every_cause_failed_lies_above_what_it_explains_and_is_at_least_as_bad(seed: int) -> None:
    chance = Random(seed)
    edges = _network(chance)
    failed = _failed(chance, edges)
    for element, hit in footprint(edges, failed).items():
        assert failed[hit.cause] >= hit.impact
        assert hit.cause in _above(element, edges)


def _above(element: str, edges: list[Edge]) -> set[str]:
    found, left = {element}, [element]
    while left:
        child = left.pop()
        parents = {edge.parent for edge in edges if edge.child == child} - found
        found |= parents
        left += parents
    return found
