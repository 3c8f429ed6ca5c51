"""What fails when something fails: k-of-n redundancy over the elements a service hangs on.

This is the readable reference. `tellfirst.audience.topology` computes the same on arrays, and the tests hold
the two together, causes included.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact

LONGEST_COMPOSITE_ID = 200
"""Characters. A longer id would fill indexes and say no more to a reader."""

_HASH_DIGITS = 32
_ESCAPES = str.maketrans({"%": "%25", "+": "%2B", "~": "%7E"})

_Group = dict[str, int]
"""The parents of one group, each with the need its edge states."""


@dataclass(frozen=True, slots=True)
class Edge:
    """`child` works while at least `need` (from 1) of the parents in its group `group` work."""

    child: str
    group: str
    need: int
    parent: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An element that is hit, how badly, and the failed element that explains it."""

    impact: Impact
    cause: str


@dataclass(frozen=True, slots=True)
class Redundancy:
    """What became of a group of several parents: `left` of `size` work and `need` must.

    `left` counts the parents that are better than what they hand down; for a group that is only at risk,
    those that are neither degraded nor down. So a group is degraded or down just when `left` < `need`.
    """

    group: str
    need: int
    left: int
    size: int


@dataclass(frozen=True, slots=True)
class Link:
    """One step of an explanation: `element` is hit through the next link, or is the cause if there is none.

    `redundancy` is that of the group through which it is hit; None when that group is a single parent.
    """

    element: str
    impact: Impact
    redundancy: Redundancy | None = None


def footprint(edges: Iterable[Edge], failed: Mapping[str, Impact]) -> dict[str, Hit]:
    """Every element that is hit when the elements in `failed` are, with the cause of each.

    A group's impact is that of its k-th best parent; a group that still works but has lost a parent is
    at risk; an element takes the worst of its own impact and its groups'. A group's cause is that of its
    worst parent. An element that failed explains itself unless something worse reaches it; otherwise, among
    equals, the cause with the smallest id is named. The order of `edges` and `failed` changes nothing.
    Raises RuleBroken and names the path when the edges below a failed element go round in a circle.
    """
    hit = {element: Hit(impact, element) for element, impact in failed.items() if impact > Impact.OK}
    parents, children = _index(edges)
    for child in _below(hit, children):
        reached = [one for group in parents[child].values() if (one := _group_hit(group, hit))]
        worst = min(reached, key=_worst_first, default=None)
        if worst and (child not in hit or worst.impact > hit[child].impact):
            hit[child] = worst
    return hit


def explain(edges: Iterable[Edge], failed: Mapping[str, Impact], element: str) -> tuple[Link, ...]:
    """Why `element` is hit: the path from it up to the cause that its footprint names; empty if it is not hit.

    `edges` need only hold those above `element`. Raises RuleBroken like `footprint`.
    """
    known = list(edges)
    hit = footprint(known, failed)
    parents, _ = _index(known)
    links: list[Link] = []
    while element in hit:
        here = hit[element]
        if failed.get(element, Impact.OK) == here.impact:
            return (*links, Link(element, here.impact))
        name, group = min(
            (name, group) for name, group in parents[element].items() if _group_hit(group, hit) == here
        )
        links.append(Link(element, here.impact, _redundancy(name, group, hit, here.impact)))
        element = min(
            (parent for parent in group if parent in hit and hit[parent].cause == here.cause),
            key=lambda parent: (-hit[parent].impact, parent),
        )
    return ()


def in_words(links: Sequence[Link]) -> str:
    """An explanation as one line: `site:7 is down: hub:3 is down (uplink: 0 of 2 work, 1 needed): ...`."""
    said = []
    for place, link in enumerate(links, 1):
        one = f"{link.element} is {link.impact.word.replace('_', ' ')}"
        if lost := link.redundancy:
            one += f" ({lost.group}: {lost.left} of {lost.size} work, {lost.need} needed)"
        said.append(f"{one} (cause)" if place == len(links) else one)
    return ": ".join(said)


def composite_id(need: int, elements: Iterable[str]) -> str:
    """The id of the element that works while `need` of `elements` do, like `any1:site:A+site:B`.

    The same for any order and for elements named twice; different for any other set or need. Ids longer than
    LONGEST_COMPOSITE_ID end in a hash of the whole. Raises RuleBroken when `need` is not from 1 to their number.
    """
    members = _members(need, elements)
    whole = f"any{need}:" + "+".join(member.translate(_ESCAPES) for member in members)
    if len(whole) <= LONGEST_COMPOSITE_ID:
        return whole
    kept = whole[: LONGEST_COMPOSITE_ID - _HASH_DIGITS - 1]
    return f"{kept}~{sha256(whole.encode()).hexdigest()[:_HASH_DIGITS]}"


def composite_edges(need: int, elements: Iterable[str]) -> list[Edge]:
    """What makes the composite of `composite_id` work: one group, `members`. Raises RuleBroken as that does."""
    members = _members(need, elements)
    child = composite_id(need, members)
    return [Edge(child, "members", need, member) for member in members]


def circle(elements: Sequence[str]) -> RuleBroken:
    """The refusal of a network in which each of `elements` is a parent of the next, and the last of the first.

    Told from the smallest id on, so that one circle always reads the same.
    """
    first = elements.index(min(elements))
    path = " → ".join([*elements[first:], *elements[: first + 1]])
    return RuleBroken(f"the network goes round in a circle: {path}; remove one of these edges")


def _members(need: int, elements: Iterable[str]) -> list[str]:
    members = sorted(set(elements))
    if not 1 <= need <= len(members):
        raise RuleBroken(
            f"{need} of {len(members)} elements cannot be needed; write a need from 1 to the number of elements"
        )
    return members


def _index(edges: Iterable[Edge]) -> tuple[dict[str, dict[str, _Group]], dict[str, set[str]]]:
    parents: dict[str, dict[str, _Group]] = defaultdict(lambda: defaultdict(dict))
    children: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        group = parents[edge.child][edge.group]
        group[edge.parent] = max(edge.need, group.get(edge.parent, 1))
        children[edge.parent].add(edge.child)
    return parents, children


def _need(group: _Group) -> int:
    # An import that lost an edge or counts a group twice differently must not stop the matching of an outage.
    return min(max(group.values()), len(group))


def _group_hit(group: _Group, hit: Mapping[str, Hit]) -> Hit | None:
    struck = [hit[parent] for parent in group if parent in hit]
    if not struck:
        return None
    ranked = sorted(hit[parent].impact if parent in hit else Impact.OK for parent in group)
    return Hit(max(ranked[_need(group) - 1], Impact.AT_RISK), min(struck, key=_worst_first).cause)


def _worst_first(hit: Hit) -> tuple[int, str]:
    return -hit.impact, hit.cause


def _redundancy(name: str, group: _Group, hit: Mapping[str, Hit], impact: Impact) -> Redundancy | None:
    if len(group) == 1:
        return None
    fails = max(impact, Impact.DEGRADED)
    left = sum(parent not in hit or hit[parent].impact < fails for parent in group)
    return Redundancy(name, _need(group), left, len(group))


def _below(roots: Iterable[str], children: Mapping[str, set[str]]) -> list[str]:
    """All elements under `roots`, each after every parent of it that is also under them."""
    order: list[str] = []
    done: set[str] = set()
    for root in sorted(roots):
        if root in done:
            continue
        path = {root: iter(sorted(children.get(root, ())))}
        while path:
            element = next(reversed(path))
            child = next(path[element], None)
            if child is None:
                del path[element]
                done.add(element)
                order.append(element)
            elif child in path:
                around = list(path)
                raise circle(around[around.index(child) :])
            elif child not in done:
                path[child] = iter(sorted(children.get(child, ())))
    return order[::-1]
