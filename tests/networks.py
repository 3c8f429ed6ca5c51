"""Random k-of-n networks and what they suffer, with second and third readings of the rule to hold against ours."""

from collections import defaultdict
from functools import cache, reduce
from itertools import combinations
from random import Random

from hypothesis import strategies as st

from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, Hit

DEEPEST, WIDEST = 8, 9
LETTERS = "aZé+~%:న\uffee🗼"
"""Also such as have another order in UTF-16, and those that an id escapes."""

Network = tuple[list[Edge], dict[str, Impact]]
Supports = frozenset[frozenset[str]]


@st.composite
def networks(draw: st.DrawFn, most_levels: int = DEEPEST, most_wide: int = WIDEST) -> Network:
    """At least six levels, so that paths are at least five edges long: edges in any order, and what failed.

    Ids say nothing about where an element stands. Needs may disagree inside a group or ask for too many.
    """
    levels = draw(st.integers(6, most_levels))
    width = draw(st.integers(1, most_wide))
    chance = Random(draw(st.integers(0, 2**63)))
    edges = random_edges(chance, levels, width)
    return edges, failures(chance, edges)


def random_edges(chance: Random, levels: int, width: int) -> list[Edge]:
    ids = [f"{chance.choice(LETTERS)}{number}" for number in range(levels * width)]
    chance.shuffle(ids)
    edges: list[Edge] = []
    above: list[str] = [ids.pop() for _ in range(width)]
    last = above
    for _ in range(1, levels):
        here = [ids.pop() for _ in range(chance.randint((width + 1) // 2, width))]
        for child in here:
            for group in range(chance.choice((1, 1, 2, 3))):
                parents = {chance.choice(last), *chance.sample(above, chance.randint(0, min(3, len(above))))}
                need = chance.randint(1, len(parents) + 1)
                for parent in parents:
                    disagreeing = chance.randint(1, need) if chance.random() < 0.1 else need
                    edges.append(Edge(child, f"group {group}", disagreeing, parent))
        above, last = above + here, here
    chance.shuffle(edges)
    return edges


def failures(chance: Random, edges: list[Edge]) -> dict[str, Impact]:
    """Some elements, of every impact; now and then one that has no edge, and one that is not hit at all."""
    known = elements(edges)
    chosen = chance.sample(known, min(len(known), chance.choice((0, 1, 2, 3, 5, 8, 13))))
    if chance.random() < 0.2:
        chosen.append("elsewhere")
    return {element: chance.choice(list(Impact)) for element in chosen}


def elements(edges: list[Edge]) -> list[str]:
    return sorted({edge.child for edge in edges} | {edge.parent for edge in edges})


def groups(edges: list[Edge]) -> dict[str, dict[str, tuple[int, list[str]]]]:
    """By child and group: how many it needs, the whole group at most, and its parents."""
    parents: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    needs: dict[tuple[str, str], int] = defaultdict(int)
    for edge in edges:
        parents[edge.child][edge.group].append(edge.parent)
        needs[edge.child, edge.group] = max(edge.need, needs[edge.child, edge.group])
    return {
        child: {name: (min(needs[child, name], len(of)), of) for name, of in named.items()}
        for child, named in parents.items()
    }


def by_survivors(edges: list[Edge], failed: dict[str, Impact]) -> dict[str, Hit]:
    """From each element upwards. A group is as well as the best set of enough parents, which is as its worst.

    The cause is said of the group, not of that set: who asks wants to hear what is broken worst.
    """
    of = groups(edges)

    @cache
    def suffers(element: str) -> tuple[Impact, str]:
        own = failed.get(element, Impact.OK)
        reached = [reaches(need, parents) for need, parents in of.get(element, {}).values()]
        worst = max([own, *(impact for impact, _ in reached)])
        if worst == own:
            return own, element
        return worst, min(cause for impact, cause in reached if impact == worst)

    def reaches(need: int, parents: list[str]) -> tuple[Impact, str]:
        felt = {parent: suffers(parent) for parent in parents}
        best = min(max(felt[one][0] for one in enough) for enough in combinations(parents, need))
        worst = max(impact for impact, _ in felt.values())
        cause = min(cause for impact, cause in felt.values() if impact == worst)
        return (max(best, Impact.AT_RISK) if worst else Impact.OK), cause

    found = {one: suffers(one) for one in {*elements(edges), *failed}}
    return {one: Hit(*hit) for one, hit in found.items() if hit[0]}


def by_supports(edges: list[Edge], failed: dict[str, Impact]) -> dict[str, Impact]:
    """Without any order or state in between, for small networks: every set of elements that can carry one.

    An element is as well as its best support, and that is as well as the worst in it by itself; it is at risk
    at least when anything above it is hit.
    """
    of = groups(edges)

    @cache
    def supports(element: str) -> Supports:
        whole = frozenset({frozenset({element})})
        for need, parents in of.get(element, {}).values():
            ways = (reduce(_both, map(supports, enough)) for enough in combinations(parents, need))
            whole = _both(whole, frozenset().union(*ways))
        return whole

    found: dict[str, Impact] = {}
    for element in {*elements(edges), *failed}:
        best = min(max(failed.get(one, Impact.OK) for one in carrying) for carrying in supports(element))
        if any(failed.get(one) for one in above(element, edges)):
            found[element] = max(best, Impact.AT_RISK)
    return found


def _both(one: Supports, other: Supports) -> Supports:
    """What carries both; a set that holds another is never better, and they would be too many."""
    joined = {left | right for left in one for right in other}
    return frozenset(each for each in joined if not any(smaller < each for smaller in joined))


def above(element: str, edges: list[Edge]) -> set[str]:
    """`element` and everything it hangs on."""
    found, left = {element}, [element]
    while left:
        child = left.pop()
        parents = {edge.parent for edge in edges if edge.child == child} - found
        found |= parents
        left += parents
    return found
