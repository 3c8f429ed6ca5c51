"""The network of the seeded base: cores, aggregation, backhaul, towers, what services hang on, composites."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tellfirst.domain.facts import ServiceKind
from tellfirst.domain.network import Edge

MILLION = 1_000_000
SMALLEST_SHARE = 0.1
"""Below a tenth of the network that a million customers have, failing a share of it says little."""
LEAVES = {
    ServiceKind.MOBILE: ("cell", 12_000),
    ServiceKind.BROADBAND: ("splitter", 10_000),
    ServiceKind.VOICE: ("gateway", 3_000),
    ServiceKind.POWER: ("feeder", 3_000),
    ServiceKind.ONLINE: ("node", 2_000),
}
"""What each kind of service hangs on, and how many of them a million customers have."""
NODES_APART = 4
"""A dual-homed online service lives on three nodes of four neighbours and needs two of them."""
DUAL_BACKHAUL, THIRD_ROUTER = 0.4, 0.1
CITY = "Hyderabad"

ElementRow = tuple[str, str, str, str, float | None, float | None]


@dataclass(frozen=True, slots=True)
class SeededNetwork:
    """`leaves` and `composites` give the element ids of each kind in the order of their numbers."""

    cores: list[str]
    routers: list[str]
    towers: list[str]
    leaves: dict[ServiceKind, list[str]]
    composites: dict[ServiceKind, list[str]]
    elements: list[ElementRow]
    edges: list[Edge]
    lat: np.ndarray
    lon: np.ndarray


def build_network(rng: np.random.Generator, customer_count: int) -> SeededNetwork:
    """A network that depends on the generator's state and `customer_count` alone."""
    share = max(customer_count / MILLION, SMALLEST_SHARE)
    cores = ["core:A", "core:B"]
    routers = _ids("aggregation", max(round(150 * share), 40))
    backhauls, towers = _ids("backhaul", round(1_000 * share)), _ids("tower", round(6_000 * share))
    leaves = {kind: _ids(word, round(many * share)) for kind, (word, many) in LEAVES.items()}
    lat, lon = (
        rng.uniform(17.20, 17.60, len(towers)).round(5),
        rng.uniform(78.20, 78.70, len(towers)).round(5),
    )

    elements = [_element(one, None) for level in (cores, routers, backhauls) for one in level] + [
        _element(one, (y, x)) for one, y, x in zip(towers, lat.tolist(), lon.tolist(), strict=True)
    ]
    edges = [Edge(one, "core", 1, core) for one in routers for core in cores]
    edges += _backhaul_edges(rng, backhauls, routers)
    edges += _tower_edges(rng, towers, backhauls)
    for ids in leaves.values():
        for number, one in enumerate(ids):
            tower = number * len(towers) // len(ids)
            elements.append(_element(one, (float(lat[tower]), float(lon[tower]))))
            edges.append(Edge(one, "site", 1, towers[tower]))
    composites: dict[ServiceKind, list[str]] = {}
    for kind, ids in leaves.items():
        composites[kind] = []
        for need, members in _dual_homes(kind, ids):
            composite = f"any{need}:{'+'.join(members)}"
            composites[kind].append(composite)
            elements.append(_element(composite, None, kind="composite"))
            edges += [Edge(composite, "members", need, one) for one in members]
    return SeededNetwork(cores, routers, towers, leaves, composites, elements, edges, lat, lon)


def _backhaul_edges(rng: np.random.Generator, backhauls: list[str], routers: list[str]) -> Iterator[Edge]:
    """Each on two neighbouring routers, of which it needs one; some on three, of which they need two."""
    thirds = rng.random(len(backhauls)) < THIRD_ROUTER
    for number, (one, third) in enumerate(zip(backhauls, thirds.tolist(), strict=True)):
        first = number * len(routers) // len(backhauls)
        for step in range(3 if third else 2):
            yield Edge(one, "uplink", 2 if third else 1, routers[(first + step) % len(routers)])


def _tower_edges(rng: np.random.Generator, towers: list[str], backhauls: list[str]) -> Iterator[Edge]:
    second = rng.random(len(towers)) < DUAL_BACKHAUL
    for number, (one, dual) in enumerate(zip(towers, second.tolist(), strict=True)):
        first = number * len(backhauls) // len(towers)
        for step in range(2 if dual else 1):
            yield Edge(one, "backhaul", 1, backhauls[(first + step) % len(backhauls)])


def _dual_homes(kind: ServiceKind, ids: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """How many are needed, and of which; the composite's place in the order is that of its first leaf."""
    if kind is ServiceKind.MOBILE:
        return
    if kind is ServiceKind.ONLINE:
        yield from ((2, tuple(ids[at : at + 3])) for at in range(0, len(ids) - 2, NODES_APART))
        return
    yield from ((1, (one, ids[(number + 1) % len(ids)])) for number, one in enumerate(ids))


def _ids(word: str, many: int) -> list[str]:
    return [f"{word}:{number:06d}" for number in range(many)]


def _element(one: str, place: tuple[float, float] | None, kind: str | None = None) -> ElementRow:
    return (one, kind or one.partition(":")[0], one, CITY, *(place or (None, None)))
