"""The network in the database: its version, what an import compiles, what it refuses, what readers get."""

import io
from random import Random
from threading import Thread

import networks
import numpy as np
import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, update

from tellfirst.audience.topology import FORMAT, Network, ancestors, compile_network, current, touch
from tellfirst.domain.errors import RuleBroken
from tellfirst.domain.impact import Impact
from tellfirst.domain.network import Edge, explain, in_words
from tellfirst.store import tables as t
from tellfirst.store.engine import connect, reading, writing

HUB = [("hub", "uplink", 1, "core-a"), ("hub", "uplink", 1, "core-b"), ("site", "backhaul", 1, "hub")]


def _add(connection: Connection, *edges: tuple[str, str, int, str]) -> None:
    known = set(connection.execute(select(t.element.c.id)).scalars())
    for element in sorted({one for edge in edges for one in (edge[0], edge[3])} - known):
        connection.execute(insert(t.element).values(id=element, kind="site", name=element, area="X"))
    for child, group, need, parent in edges:
        connection.execute(insert(t.edge).values(child=child, grp=group, need=need, parent=parent))


def _import(engine: Engine, *edges: tuple[str, str, int, str]) -> None:
    with writing(engine) as connection:
        _add(connection, *edges)
        compile_network(connection)


def _down(network: Network, *failed: str) -> set[str]:
    found = network.footprint(dict.fromkeys(failed, Impact.DOWN))
    return {one for one, impact in zip(found.elements, found.impacts, strict=True) if impact is Impact.DOWN}


def _row(connection: Connection) -> tuple[int, int | None, bytes | None]:
    row = connection.execute(select(t.topology)).one()
    return row.version, row.compiled_version, row.compiled


def _other_database(folder: pytest.TempPathFactory, *edges: tuple[str, str, int, str]) -> Engine:
    """Another database, with these edges compiled as version 1."""
    engine = connect(f"sqlite:///{folder.mktemp('other')}/other.db")
    t.metadata.create_all(engine)
    _import(engine, *edges)
    return engine


def _of_another_format(packed: bytes) -> bytes:
    """The same arrays by name, which mean something else: here every group can lose one parent more."""
    arrays = dict(np.load(io.BytesIO(packed)))
    arrays |= {"format": np.array(FORMAT - 1), "spare": arrays["spare"] + 1}
    older = io.BytesIO()
    np.savez(older, **arrays)
    return older.getvalue()


@pytest.fixture
def hub(engine: Engine) -> Engine:
    """A hub on two cores and a site behind it, compiled as version 1."""
    _import(engine, *HUB)
    return engine


def test_a_fresh_database_has_version_0_and_nothing_in_its_network(engine: Engine) -> None:
    with reading(engine) as connection:
        network = current(connection)
    assert (network.version, network.elements) == (0, ())


def test_edges_that_no_import_counted_are_seen_at_once(engine: Engine) -> None:
    with writing(engine) as connection:
        current(connection)
        _add(connection, *HUB)
        assert _down(current(connection), "hub") == {"hub", "site"}
        _add(connection, ("site-2", "backhaul", 1, "hub"))
        assert _down(current(connection), "hub") == {"hub", "site", "site-2"}


def test_every_import_raises_the_version_by_one_and_keeps_the_network_compiled(hub: Engine) -> None:
    with writing(hub) as connection:
        assert _row(connection)[:2] == (1, 1)
        _add(connection, ("site-2", "backhaul", 1, "hub"))
        assert compile_network(connection).version == 2
        assert _row(connection)[:2] == (2, 2)
        assert _down(current(connection), "hub") == {"hub", "site", "site-2"}


def test_a_reader_takes_the_compiled_network_and_writes_nothing(hub: Engine) -> None:
    with writing(hub) as connection:
        before = _row(connection)
        connection.execute(delete(t.edge))
    with reading(hub) as connection:
        network = current(connection)
        assert _row(connection) == before
    assert network.version == 1
    assert _down(network, "core-a", "core-b") == {"core-a", "core-b", "hub", "site"}


def test_a_process_reads_each_version_once(hub: Engine) -> None:
    with reading(hub) as connection:
        first = current(connection)
    with writing(hub) as connection:
        assert current(connection) is first
        _add(connection, ("site-2", "backhaul", 1, "hub"))
        compile_network(connection)
    with reading(hub) as connection:
        second = current(connection)
        assert current(connection) is second
    assert (first.version, second.version) == (1, 2)


def test_two_databases_at_the_same_version_are_not_mistaken_for_each_other(
    hub: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = _other_database(tmp_path_factory, ("elsewhere", "uplink", 1, "other-core"))
    with reading(hub) as one, reading(other) as two:
        assert current(one).version == current(two).version == 1
        assert current(one).elements != current(two).elements
        assert current(one).elements == ("core-a", "core-b", "hub", "site")
    other.dispose()


def test_what_a_touched_version_changed_is_read_from_the_tables_once(hub: Engine) -> None:
    with writing(hub) as connection:
        assert touch(connection) == 2
        _add(connection, ("site-2", "backhaul", 1, "hub"))
        assert _row(connection)[:2] == (2, 1)
    with reading(hub) as connection:
        first = current(connection)
        assert _down(first, "hub") == {"hub", "site", "site-2"}
    with reading(hub) as connection:
        assert current(connection) is first


def test_the_network_of_an_import_that_was_rolled_back_is_forgotten(hub: Engine) -> None:
    """Its version number is used again by the next import, which may bring another network."""
    with hub.connect() as connection:
        _add(connection, ("ghost", "backhaul", 1, "hub"))
        compile_network(connection)
        assert _down(current(connection), "hub") == {"hub", "site", "ghost"}
        connection.rollback()
    with writing(hub) as connection:
        _add(connection, ("site-2", "backhaul", 1, "hub"))
        assert compile_network(connection).version == 2
    with reading(hub) as connection:
        assert _down(current(connection), "hub") == {"hub", "site", "site-2"}


@pytest.mark.parametrize("spoiled", ["cut", "nonsense", "older"])
def test_a_compiled_network_that_cannot_be_read_is_built_from_the_tables(hub: Engine, spoiled: str) -> None:
    """It only saves time, and an outage is waiting."""
    with writing(hub) as connection:
        packed = _row(connection)[2]
        assert packed is not None
        wrong = {"cut": packed[:-9], "nonsense": b"nonsense", "older": _of_another_format(packed)}[spoiled]
        connection.execute(update(t.topology).values(compiled=wrong))
    with reading(hub) as connection:
        assert _down(current(connection), "hub") == {"hub", "site"}


def test_a_circle_anywhere_is_refused_with_its_path_and_the_network_stays(hub: Engine) -> None:
    ring = [("b", "ring", 1, "a"), ("c", "ring", 1, "b"), ("a", "ring", 1, "c"), ("d", "ring", 1, "c")]
    expected = "the network goes round in a circle: a → b → c → a; remove one of these edges"
    with pytest.raises(RuleBroken) as refused:
        _import(hub, *ring)
    assert str(refused.value) == expected
    with reading(hub) as connection:
        assert _row(connection)[:2] == (1, 1)
        assert "a" not in current(connection).elements


def test_an_element_that_hangs_on_itself_is_a_circle(engine: Engine) -> None:
    with pytest.raises(RuleBroken, match="a → a;"):
        _import(engine, ("a", "x", 1, "a"))


@pytest.mark.parametrize(
    ("edge", "unknown"),
    [(("nowhere", "x", 1, "hub"), "nowhere"), (("site", "x", 1, "nowhere"), "nowhere")],
    ids=["child", "parent"],
)
def test_an_edge_to_an_unknown_element_is_refused_by_name(
    sqlite_engine: Engine, edge: tuple[str, str, int, str], unknown: str
) -> None:
    """PostgreSQL does not even let it in; SQLite does where its foreign keys are switched off."""
    with writing(sqlite_engine) as connection:
        _add(connection, *HUB)
    with sqlite_engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")
        connection.execute(
            insert(t.edge).values(dict(zip(("child", "grp", "need", "parent"), edge, strict=True)))
        )
        with pytest.raises(RuleBroken, match=f"unknown element {unknown};"):
            compile_network(connection)
        connection.rollback()
        raw.execute("PRAGMA foreign_keys=ON")


def test_two_imports_at_once_wait_for_each_other_and_lose_nothing(hub: Engine) -> None:
    beside = Thread(target=_import, args=(hub, ("site-3", "backhaul", 1, "hub")))
    with writing(hub) as connection:
        _add(connection, ("site-2", "backhaul", 1, "hub"))
        compile_network(connection)
        beside.start()
        beside.join(0.3)
        assert beside.is_alive(), "it waits for the first"
    beside.join(30)
    with reading(hub) as connection:
        network = current(connection)
        assert network.version == 3
        assert _down(network, "hub") == {"hub", "site", "site-2", "site-3"}


def test_a_removed_edge_is_gone_with_the_next_version(hub: Engine) -> None:
    with writing(hub) as connection:
        connection.execute(delete(t.edge).where(t.edge.c.child == "site"))
        assert _down(compile_network(connection), "hub") == {"hub"}


def test_the_ancestors_of_an_element_are_the_edges_above_it_and_no_others(hub: Engine) -> None:
    with reading(hub) as connection:
        assert set(ancestors(connection, "site")) == {Edge(*edge) for edge in HUB}
        assert set(ancestors(connection, "hub")) == {Edge(*edge) for edge in HUB[:2]}
        assert ancestors(connection, "core-a") == []
        assert ancestors(connection, "unknown") == []


def test_asking_for_ancestors_ends_even_where_edges_go_round(engine: Engine) -> None:
    ring = [("b", "ring", 1, "a"), ("a", "ring", 1, "b")]
    with writing(engine) as connection:
        _add(connection, *ring)
        assert set(ancestors(connection, "a")) == {Edge(*edge) for edge in ring}


def test_the_ancestors_are_enough_to_explain_an_element(engine: Engine) -> None:
    """Six levels with several groups each: what hangs beside or below it changes nothing."""
    chance = Random(7)
    edges = networks.random_edges(chance, levels=6, width=6)
    failed = dict.fromkeys(chance.sample(networks.elements(edges), 8), Impact.DOWN)
    with writing(engine) as connection:
        _add(connection, *((one.child, one.group, one.need, one.parent) for one in edges))
        network = compile_network(connection)
        hit = network.footprint(failed).elements
        assert len(hit) > 10
        for element in network.elements:
            links = explain(ancestors(connection, element), failed, element)
            assert links == explain(edges, failed, element)
            assert bool(links) == (element in hit), in_words(links)
