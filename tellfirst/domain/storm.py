"""Many alerts, few causes: the smallest set of failures that explains what fires, by the network's own rule.

The explanation is looked for from the bottom up. A *cut* is the smallest set of parents whose failing together
takes a group of children down: one parent where there is no redundancy, both cores where one of two is needed. What
a cut costs is its parents, and each child that ought to be silent with it and is not: a child that is watched and
does not fire. What it is worth is the children that it explains:

    worth = children explained - parents failed - SILENT_COST x children that should have failed and did not

A cut with a worth above zero is believed: with SILENT_COST 1, when most of its children fire. What is believed to
have failed counts as a child of the level above. Of the believed cuts those are taken, greedily by their worth in
what is not explained yet (the usual set cover), that leave the fewest causes; what no cut explains is its own cause.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import combinations

from tellfirst.domain.network import Edge

SILENT_COST = 1.0
"""What a watched child that does not fire takes away from the worth of its parents as the cause."""
WIDEST_CUT = 3
"""More elements than this failing at once are not looked for: a coincidence is rarer than a missing edge."""

Cut = frozenset[str]
_Groups = dict[str, dict[str, tuple[frozenset[str], int]]]
"""By child and group: its parents, and how many of them must fail."""


class Dependence:
    """What hangs on what, read once for all that is asked of it."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self.groups, self.children = _index(edges)

    def falls_with(self, causes: Collection[str]) -> frozenset[str]:
        """All that is down when `causes` are, themselves included: what may join the incident they explain."""
        cut = Cut(causes)
        return frozenset(_below(cut, self.groups, self.children) | cut)


@dataclass(frozen=True, slots=True)
class Explanation:
    """`causes` failing together explain `explained`; `silent` should fire too and do not."""

    causes: tuple[str, ...]
    explained: frozenset[str]
    silent: frozenset[str] = frozenset()

    @property
    def shared(self) -> bool:
        """Whether several alerts have one explanation, or one that is not among them."""
        return self.explained != frozenset(self.causes)


def explain_storm(
    network: Dependence,
    firing: Collection[str],
    watched: Collection[str],
    silent_cost: float = SILENT_COST,
) -> tuple[Explanation, ...]:
    """What explains the elements that fire, the explanation of most first.

    `watched` are the elements that would fire if they failed, by themselves; of any other silence says nothing.
    Every element of `firing` is explained exactly once. The order of the arguments changes nothing. A network that
    goes round in a circle is explained element by element, as far as it does.
    """
    fires = set(firing)
    groups, children = network.groups, network.children
    around = _around(fires, groups, children)
    order = _bottom_up(around, groups)
    believed = _believed(order, groups, children, fires, set(watched), silent_cost)
    taken: list[Explanation] = []
    left = set(fires)
    reach = {cut: _below(cut, groups, children) for cut in believed}
    audible = set(watched)
    silent = {cut: frozenset((below & audible) - fires) for cut, below in reach.items()}

    def worth(cut: Cut) -> float:
        """How many causes fewer there are with it, less what its silence costs."""
        return len((reach[cut] | cut) & left) - len(cut) - silent_cost * len(silent[cut])

    # What a cut is worth only falls while others are taken: whichever is best and has not fallen is the best of all.
    ranked = [(-worth(cut), len(cut), tuple(sorted(cut))) for cut in believed]
    heapify(ranked)
    while ranked and ranked[0][0] < 0:
        negative, size, causes = heappop(ranked)
        cut = Cut(causes)
        if (now := -worth(cut)) != negative:
            heappush(ranked, (now, size, causes))
            continue
        explained = (reach[cut] | cut) & left
        left -= explained
        taken.append(Explanation(causes, frozenset(explained), silent[cut]))
    taken += [Explanation((one,), frozenset({one})) for one in sorted(left)]
    return tuple(sorted(taken, key=lambda one: (-len(one.explained), one.causes)))


def _index(edges: Iterable[Edge]) -> tuple[_Groups, dict[str, set[str]]]:
    parents: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    needs: dict[tuple[str, str], int] = defaultdict(int)
    children: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        parents[edge.child][edge.group].add(edge.parent)
        needs[edge.child, edge.group] = max(needs[edge.child, edge.group], edge.need)
        children[edge.parent].add(edge.child)
    groups: _Groups = {
        child: {
            name: (frozenset(members), len(members) - min(needs[child, name], len(members)) + 1)
            for name, members in named.items()
        }
        for child, named in parents.items()
    }
    return groups, children


def _around(fires: set[str], groups: _Groups, children: Mapping[str, set[str]]) -> set[str]:
    """What fires, all that is above it, and the children of that: nothing else can speak for or against."""
    above = set(fires)
    open_ = list(fires)
    while open_:
        for members, _ in groups.get(open_.pop(), {}).values():
            new = members - above
            above |= new
            open_ += new
    return above | {child for parent in above for child in children.get(parent, ())}


def _bottom_up(around: set[str], groups: _Groups) -> list[str]:
    """The elements, each after all of its children that are among them; those of a circle are left out."""
    waiting: dict[str, int] = dict.fromkeys(around, 0)
    for child in around:
        for parent in {one for members, _ in groups.get(child, {}).values() for one in members}:
            if parent in waiting:
                waiting[parent] += 1
    ready = sorted(one for one, count in waiting.items() if not count)
    order: list[str] = []
    while ready:
        one = ready.pop()
        order.append(one)
        for parent in sorted({up for members, _ in groups.get(one, {}).values() for up in members}):
            if parent in waiting:
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)
    return order


def _believed(
    order: list[str],
    groups: _Groups,
    children: Mapping[str, set[str]],
    fires: set[str],
    watched: set[str],
    silent_cost: float,
) -> list[Cut]:
    """The cuts whose worth is above zero, those of the lowest level first."""
    down, speaks = set(fires), set(watched) | fires
    believed: dict[Cut, None] = {}
    judged: set[Cut] = set()
    place = {one: number for number, one in enumerate(order)}
    for parent in order:
        below = children.get(parent, set())
        if below & speaks:
            speaks.add(parent)
        for cut in _cuts_of(parent, below & down, groups):
            # A cut is judged once all of its parents have been reached, so that all of their children have.
            if cut in judged or any(place.get(one, -1) > place[parent] for one in cut):
                continue
            judged.add(cut)
            struck = {
                child
                for child in set().union(*(children.get(one, set()) for one in cut))
                if child in speaks and _falls(child, cut, groups)
            }
            silent = len(struck - down)
            if len(struck & down) - len(cut) - silent_cost * silent > 0:
                believed[cut] = None
                down |= cut
    return list(believed)


def _cuts_of(parent: str, failed: Collection[str], groups: _Groups) -> list[Cut]:
    """The cuts that hold `parent`, of the groups of its failed children."""
    found: set[Cut] = set()
    for child in failed:
        for members, must_fail in groups[child].values():
            if parent in members and must_fail <= WIDEST_CUT:
                others = sorted(members - {parent})
                found |= {Cut((parent, *more)) for more in combinations(others, must_fail - 1)}
    return sorted(found, key=lambda cut: (len(cut), sorted(cut)))


def _falls(child: str, failed: Collection[str], groups: _Groups) -> bool:
    return any(
        len(members.intersection(failed)) >= must_fail
        for members, must_fail in groups.get(child, {}).values()
    )


def _below(cut: Cut, groups: _Groups, children: Mapping[str, set[str]]) -> set[str]:
    """All that falls when the elements of `cut` do."""
    failed = set(cut)
    open_ = list(cut)
    while open_:
        for child in children.get(open_.pop(), ()):
            if child not in failed and _falls(child, failed, groups):
                failed.add(child)
                open_.append(child)
    return failed - cut
