"""The network as it stands in the database: compiled to arrays at every import, evaluated level by level.

The rule is `tellfirst.domain.network.footprint`; this is the same on arrays, causes included.
"""

import io
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from itertools import accumulate, pairwise
from typing import Any
from weakref import WeakKeyDictionary, WeakSet
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, Transaction, or_, select, update

from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, circle
from tellfirst.store import tables as t
from tellfirst.store.inserting import insert_into
from tellfirst.store.prepared import prepared

Ints = NDArray[np.int32]

FORMAT = 1
"""Rises when the arrays of `Network` change. A blob of another format is not read; the tables are."""

BITS_OF_A_CAUSE = 32
NO_CAUSE = (1 << BITS_OF_A_CAUSE) - 1
IMPACTS = tuple(Impact)


@dataclass(frozen=True, slots=True)
class Footprint:
    """Every hit element, ordered by id: the three sequences run in parallel."""

    elements: tuple[str, ...]
    impacts: tuple[Impact, ...]
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Every edge as numbers, sorted by how many levels its child lies below the top, then child and group.

    An element's number is its place in `elements`, which are sorted, so that the smallest number is the
    smallest id. An element without any edge is not in it.
    """

    version: int
    elements: tuple[str, ...]
    parents: Ints
    """Of each edge, the number of its parent."""
    groups: Ints
    """Of each edge, the number of its group."""
    children: Ints
    """Of each group, the number of the element that needs it."""
    spare: Ints
    """Of each group, how many parents it can lose and still work."""
    level_edges: Ints
    """At which edge each level begins, and behind the last one where the edges end."""

    def footprint(self, failed: Mapping[str, Impact]) -> Footprint:
        """Every element that is hit when those in `failed` are, exactly as `domain.network.footprint` says.

        An element of `failed` that has no edges here is hit alone.
        """
        keys = np.zeros(len(self.elements), np.int64)
        alone: list[tuple[str, Impact, str]] = []
        for element, impact in failed.items():
            place = bisect_left(self.elements, element)
            if self.elements[place : place + 1] != (element,):
                alone.append((element, impact, element))
            elif impact > Impact.OK:
                keys[place] = impact << BITS_OF_A_CAUSE | NO_CAUSE - place
        for first, end in pairwise(self.level_edges.tolist()):
            self._hand_down(keys, first, end)
        return self._read(keys, [one for one in alone if one[1] > Impact.OK])

    def _hand_down(self, keys: NDArray[np.int64], first: int, end: int) -> None:
        """One level: the edges from `first` to `end`, whose parents are all known, hit their children.

        A key holds an element's impact in its high bits and its cause turned round in its low ones: the
        greatest of several is the worst, and of the equally bad the one with the smallest cause.
        """
        struck = first + np.flatnonzero(keys[self.parents[first:end]])
        if not struck.size:
            return
        members, groups = keys[self.parents[struck]], self.groups[struck]
        starts = _runs(groups)
        places = np.repeat(np.arange(starts.size), np.diff(starts, append=groups.size))
        states = members >> BITS_OF_A_CAUSE
        count = np.bincount(places * len(IMPACTS) + states, minlength=starts.size * len(IMPACTS))
        of_group = count.reshape(-1, len(IMPACTS))
        down = of_group[:, Impact.DOWN]
        spare = self.spare[groups[starts]]
        grade = Impact.AT_RISK + (down + of_group[:, Impact.DEGRADED] > spare) + (down > spare)
        cause = np.maximum.reduceat(members, starts) & NO_CAUSE
        reached = (grade.astype(np.int64) << BITS_OF_A_CAUSE) | cause
        children = self.children[groups[starts]]
        first_groups = _runs(children)
        worst, hit = np.maximum.reduceat(reached, first_groups), children[first_groups]
        worse = (worst >> BITS_OF_A_CAUSE) > (keys[hit] >> BITS_OF_A_CAUSE)
        keys[hit[worse]] = worst[worse]

    def _read(self, keys: NDArray[np.int64], alone: Iterable[tuple[str, Impact, str]]) -> Footprint:
        places = np.flatnonzero(keys)
        impacts = (keys[places] >> BITS_OF_A_CAUSE).tolist()
        causes = (NO_CAUSE - (keys[places] & NO_CAUSE)).tolist()
        ids = self.elements
        elements = tuple(ids[place] for place in places.tolist())
        found = Footprint(elements, tuple(IMPACTS[one] for one in impacts), tuple(ids[one] for one in causes))
        if not alone:
            return found
        rows = zip(found.elements, found.impacts, found.causes, strict=True)
        return Footprint(*zip(*sorted([*rows, *alone]), strict=True))

    def pack(self) -> bytes:
        """Itself as bytes for the database; nothing in it is code."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in ARRAYS}
        packed = io.BytesIO()
        np.savez(
            packed,
            format=np.array(FORMAT),
            text=np.frombuffer("".join(self.elements).encode(), np.uint8),
            lengths=np.array([len(one) for one in self.elements], np.int32),
            **arrays,
        )
        return packed.getvalue()

    @classmethod
    def unpack(cls, version: int, packed: bytes) -> "Network | None":
        """What `pack` wrote; None when another version of the programme did, or when it is broken."""
        try:
            with np.load(io.BytesIO(packed), allow_pickle=False) as read:
                if int(read["format"]) != FORMAT:
                    return None
                text = read["text"].tobytes().decode()
                ends = [0, *accumulate(read["lengths"].tolist())]
                ids = tuple(text[start:end] for start, end in pairwise(ends))
                return cls(version, ids, **{name: read[name] for name in ARRAYS})
        except (BadZipFile, KeyError, ValueError):
            # It only saves time: what it says stands in the tables too, and an outage is waiting.
            return None


ARRAYS = tuple(field.name for field in fields(Network) if field.name not in {"version", "elements"})

_latest: WeakKeyDictionary[Engine, Network] = WeakKeyDictionary()
_raised_in: WeakSet[Transaction] = WeakSet()
"""Transactions that raised the version: what they see may be rolled back, and its number used again."""


def current(connection: Connection) -> Network:
    """The network as `connection` sees it; read once per version and process. Writes nothing.

    A fresh database has version 0. Raises RuleBroken when the edges go round in a circle, which no import
    lets in.
    """
    version = _version.run(connection).scalar() or 0
    # Before the first import nobody counts, so version 0 says nothing about what has changed.
    certain = version > 0 and connection.get_transaction() not in _raised_in
    known = _latest.get(connection.engine) if certain else None
    if known is not None and known.version == version:
        return known
    network = _load(connection, version)
    if certain:
        _latest[connection.engine] = network
    return network


_version = prepared(lambda: select(t.topology.c.version))


def compile_network(connection: Connection) -> Network:
    """Raise the version and keep the network compiled, in the transaction of the import that changed it.

    Raises RuleBroken for an edge to an unknown element, and for a circle anywhere, with its path.
    """
    version = touch(connection)
    _refuse_unknown_elements(connection)
    network = _from_table(connection, version)
    connection.execute(update(t.topology).values(compiled_version=version, compiled=network.pack()))
    return network


def touch(connection: Connection) -> int:
    """Raise the version without compiling: elements or edges were changed. The version from now on.

    Two that do so at once wait for each other here, so call it before reading the edges.
    """
    raised = insert_into(connection, t.topology).values(id=1, version=1)
    raised = raised.on_conflict_do_update(index_elements=["id"], set_={"version": t.topology.c.version + 1})
    version = connection.execute(raised.returning(t.topology.c.version)).scalar_one()
    transaction = connection.get_transaction()
    assert transaction is not None
    _raised_in.add(transaction)
    return int(version)


def ancestors(connection: Connection, element: str) -> list[Edge]:
    """Every edge above `element`: all that decides whether it is hit, and by what."""
    columns = (t.edge.c.child, t.edge.c.grp, t.edge.c.need, t.edge.c.parent)
    above = select(*columns).where(t.edge.c.child == element).cte("above", recursive=True)
    above = above.union(select(*columns).join(above, t.edge.c.child == above.c.parent))
    return [Edge(*row) for row in connection.execute(select(above))]


def build(version: int, edges: Collection[tuple[str, str, int, str]]) -> Network:
    """The network of `edges`: child, group, need and parent, no parent twice in a group.

    Raises RuleBroken for a circle, with its path.
    """
    child_ids, group_names, needs, parent_ids = zip(*edges, strict=True) if edges else ((), (), (), ())
    ids = tuple(sorted({*child_ids, *parent_ids}))
    child, parent = _numbers(ids, child_ids), _numbers(ids, parent_ids)
    name = _numbers(tuple(sorted(set(group_names))), group_names)
    level = _levels(ids, child, parent)
    order = np.lexsort((name, child, level[child]))
    child, parent, name = child[order], parent[order], name[order]
    starts = np.union1d(_runs(child), _runs(name))
    size = np.diff(starts, append=child.size)
    need = np.array(needs, np.int64)[order]
    greatest = np.maximum.reduceat(need, starts) if need.size else need
    return Network(
        version,
        ids,
        parents=parent,
        groups=np.repeat(np.arange(starts.size, dtype=np.int32), size),
        children=child[starts],
        spare=(size - np.minimum(greatest, size)).astype(np.int32),
        level_edges=np.append(_runs(level[child]), child.size).astype(np.int32),
    )


def _levels(ids: tuple[str, ...], child: Ints, parent: Ints) -> Ints:
    """How many edges lie on the longest way up from each element."""
    level = np.zeros(len(ids), np.int32)
    left, depth = np.arange(child.size), 0
    while left.size:
        depth += 1
        waits = np.zeros(len(ids), np.bool_)
        waits[child[left]] = True
        settled = ~waits[parent[left]]
        if not settled.any():
            raise _circle(ids, child[left], parent[left])
        level[child[left[settled]]] = depth
        left = left[~settled]
    return level


def _circle(ids: tuple[str, ...], child: Ints, parent: Ints) -> RuleBroken:
    """The path of one circle, where every element has a parent left: going up must come round."""
    up = dict(sorted(zip(child.tolist(), parent.tolist(), strict=True), reverse=True))
    path = [min(up)]
    while (above := up[path[-1]]) not in path:
        path.append(above)
    return circle([ids[one] for one in reversed(path[path.index(above) :])])


def _load(connection: Connection, version: int) -> Network:
    c = t.topology.c
    packed = connection.execute(select(c.compiled).where(c.compiled_version == version)).scalar()
    return (Network.unpack(version, packed) if packed else None) or _from_table(connection, version)


def _from_table(connection: Connection, version: int) -> Network:
    c = t.edge.c
    rows = connection.execute(select(c.child, c.grp, c.need, c.parent))
    # The driver's own tuples: making a Row of each would cost more than all the rest.
    cursor = rows.cursor
    assert cursor is not None
    return build(version, cursor.fetchall())


def _refuse_unknown_elements(connection: Connection) -> None:
    c, child, parent = t.edge.c, t.element.alias(), t.element.alias()
    lost = connection.execute(
        select(c.child, c.parent, child.c.id)
        .outerjoin(child, child.c.id == c.child)
        .outerjoin(parent, parent.c.id == c.parent)
        .where(or_(child.c.id.is_(None), parent.c.id.is_(None)))
        .order_by(c.child, c.parent)
        .limit(1)
    ).first()
    if lost:
        unknown = lost.child if lost.id is None else lost.parent
        edge = f"the edge from {lost.child} to its parent {lost.parent}"
        raise RuleBroken(f"{edge} names the unknown element {unknown}; import it first or remove the edge")


def _numbers(ids: tuple[str, ...], named: Iterable[str]) -> Ints:
    places = {one: place for place, one in enumerate(ids)}
    return np.array([places[one] for one in named], np.int32)


def _runs(values: Ints) -> NDArray[np.intp]:
    """Where each run of equal values begins."""
    return np.flatnonzero(np.diff(values, prepend=-1))
