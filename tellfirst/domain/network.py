"""What fails when something fails: k-of-n redundancy over the elements a service hangs on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact


@dataclass(frozen=True, slots=True)
class Edge:
    """`child` works while at least `need` of the parents in its group `group` work."""

    child: str
    group: str
    need: int
    parent: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An element that is hit, how badly, and the failed element that explains it."""

    impact: Impact
    cause: str


def footprint(edges: Iterable[Edge], failed: Mapping[str, Impact]) -> dict[str, Hit]:
    """Every element that is hit when the elements in `failed` are, with the cause of each.

    A group's impact is that of its k-th best parent; a group that still works but has lost a parent is
    at risk; an element takes the worst of its own impact and its groups'. Raises RuleBroken and names the
    path when the edges go round in a circle.
    """
    hit = {element: Hit(impact, element) for element, impact in failed.items() if impact > Impact.OK}
    parents, children = _index(edges)
    for child in _below(hit, children):
        worst = hit.get(child)
        for group in parents[child].values():
            reached = _group_hit(group, hit)
            if reached and (worst is None or reached.impact > worst.impact):
                worst = reached
        if worst:
            hit[child] = worst
    return hit


def _index(edges: Iterable[Edge]) -> tuple[dict[str, dict[str, list[Edge]]], dict[str, set[str]]]:
    parents: dict[str, dict[str, list[Edge]]] = defaultdict(lambda: defaultdict(list))
    children: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        parents[edge.child][edge.group].append(edge)
        children[edge.parent].add(edge.child)
    return parents, children


def _group_hit(group: list[Edge], hit: Mapping[str, Hit]) -> Hit | None:
    struck = [hit[edge.parent] for edge in group if edge.parent in hit]
    if not struck:
        return None
    ranked = sorted((hit[edge.parent].impact if edge.parent in hit else Impact.OK) for edge in group)
    # An import that lost an edge or counts a group twice differently must not stop the matching of an outage.
    need = min(max(edge.need for edge in group), len(group))
    impact = max(ranked[need - 1], Impact.AT_RISK)
    return Hit(impact, max(struck, key=lambda one: one.impact).cause)


def _below(roots: Iterable[str], children: Mapping[str, set[str]]) -> list[str]:
    """All elements under `roots`, each after every parent of it that is also under them."""
    order: list[str] = []
    done: set[str] = set()
    for root in sorted(roots):
        path: list[str] = []
        stack = [(root, iter(sorted(children.get(root, ()))))]
        path.append(root)
        while stack:
            element, rest = stack[-1]
            child = next(rest, None)
            if child is None:
                stack.pop()
                path.pop()
                if element not in done:
                    done.add(element)
                    order.append(element)
            elif child in path:
                circle = " → ".join([*path[path.index(child) :], child])
                raise RuleBroken(f"the network goes round in a circle: {circle}; remove one of these edges")
            elif child not in done:
                stack.append((child, iter(sorted(children.get(child, ())))))
                path.append(child)
    return order[::-1]
