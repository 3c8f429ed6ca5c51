"""The bench of the audience at small size: it runs, its JSON is well formed, and it notices what is wrong."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, delete, select, update

from benchmarks import contestants, exactness, outage
from benchmarks.audience import bench
from benchmarks.contestants import Contestant, Turn
from benchmarks.exactness import Difference
from benchmarks.loading import finish_import, load_sqlite
from benchmarks.peak import peak_of_matching
from benchmarks.racing import race, ratio
from benchmarks.scenarios import ALL, Scenario, scenarios
from benchmarks.seeding import NOW, Seeded, seed_base
from tellfirst.store import tables as t
from tellfirst.store.engine import connect, reading, writing

MANY = 5_000


@pytest.fixture(scope="module")
def seeded() -> Seeded:
    return seed_base(3, MANY)


@pytest.fixture(scope="module")
def engine(seeded: Seeded, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    file = tmp_path_factory.mktemp("bench") / "seeded.db"
    load_sqlite(seeded, file)
    made = connect(f"sqlite:///{file}")
    finish_import(made)
    with writing(made) as connection:
        outage.open_incident(connection)
    return made


def tenth(seeded: Seeded) -> Scenario:
    return scenarios(seeded)[1]


def difference(engine: Engine, seeded: Seeded, scenario: Scenario) -> Difference:
    with reading(engine) as connection:
        return exactness.compare(
            exactness.expected(seeded, scenario), exactness.found(connection, seeded.customer_count)
        )


def test_the_whole_bench_runs_and_its_json_is_well_formed(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    status = bench(customers=MANY, database=("sqlite",), repetitions=2, json=file, folder=tmp_path / "kept")
    written = json.loads(file.read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in written["rows"]}
    assert status == 0
    assert all(row.keys() == {"name", "value", "unit", "target", "met"} for row in written["rows"])
    for scenario in ("50", "500", "all"):
        for fault in ("customers missing", "customers too many", "customers with a wrong impact"):
            row = rows[f"sqlite, {scenario}: {fault}"]
            assert (row["value"], row["target"], row["met"]) == (0, "== 0", True)
        for who in ("audience", "floor", "bare floor", "network", "pandas"):
            assert len(written["sqlite"]["seconds"][f"{scenario}, {who}"]) == 2
        assert rows[f"sqlite, {scenario}: audience ÷ floor"]["value"] > 0
        assert written["sqlite"]["statements"][scenario]
    assert 20 < rows["sqlite: peak memory of a process that matches all"]["value"] < 300
    assert written["seed"] == 20261122
    assert not [path for path in (tmp_path / "kept").iterdir() if path.is_dir()]


def test_scenarios_hurt_about_what_they_are_named_for(seeded: Seeded) -> None:
    for scenario in scenarios(seeded):
        hurt = np.count_nonzero(exactness.expected(seeded, scenario))
        assert hurt == pytest.approx(scenario.share * MANY, rel=0.5), scenario.name
    assert scenarios(seeded)[-1].name == ALL


def test_a_tenth_has_customers_of_every_impact(seeded: Seeded) -> None:
    assert set(np.unique(exactness.expected(seeded, tenth(seeded))).tolist()) >= {0, 1, 3}
    assert 2 in exactness.expected(seeded, scenarios(seeded)[0])


def test_an_audience_as_matched_is_exact_and_so_is_the_next(engine: Engine, seeded: Seeded) -> None:
    for scenario in (tenth(seeded), scenarios(seeded)[0], tenth(seeded)):
        outage.break_anew(engine, scenario)
        contestants.match_once(engine)
        assert difference(engine, seeded, scenario).none


def spoil_missing(connection: Connection) -> None:
    a = t.audience.c
    connection.execute(
        delete(t.audience).where(a.customer_id == select(a.customer_id).limit(1).scalar_subquery())
    )


def spoil_impact(connection: Connection) -> None:
    a = t.audience.c
    one = select(a.customer_id).where(a.impact == 3).limit(1).scalar_subquery()
    connection.execute(update(t.audience).where(a.customer_id == one).values(impact=2))


def spoil_customer(connection: Connection) -> None:
    a, c = t.audience.c, t.customer.c
    other = select(c.id).where(c.id.not_in(select(a.customer_id))).limit(1).scalar_subquery()
    one = select(a.customer_id).limit(1).scalar_subquery()
    connection.execute(update(t.audience).where(a.customer_id == one).values(customer_id=other))


@pytest.mark.parametrize(
    ("spoil", "wrong"),
    [
        (spoil_missing, Difference(1, 0, 0)),
        (spoil_impact, Difference(0, 0, 1)),
        (spoil_customer, Difference(1, 1, 0)),
    ],
)
def test_one_wrong_row_is_noticed(engine: Engine, seeded: Seeded, spoil: object, wrong: Difference) -> None:
    assert callable(spoil)
    outage.break_anew(engine, tenth(seeded))
    contestants.match_once(engine)
    with writing(engine) as connection:
        spoil(connection)
    assert difference(engine, seeded, tenth(seeded)) == wrong


WARM_UP_ROUND = range(3, 6)
"""Each scenario is matched once for the finished rows before the first round."""


@pytest.mark.parametrize("losing", [range(100), WARM_UP_ROUND])
def test_a_row_that_is_lost_even_once_makes_the_bench_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, losing: range
) -> None:
    honest = contestants.match_once
    calls = count()

    def losing_one(engine: Engine) -> None:
        honest(engine)
        if next(calls) in losing:
            with writing(engine) as connection:
                spoil_missing(connection)

    monkeypatch.setattr(contestants, "match_once", losing_one)
    file = tmp_path / "figures.json"
    status = bench(customers=MANY, database=("sqlite",), repetitions=1, json=file, folder=tmp_path / "kept")
    rows = json.loads(file.read_text(encoding="utf-8"))["rows"]
    assert status == 1
    assert {row["name"] for row in rows if row["met"] is False} == {
        f"sqlite, {scenario}: customers missing" for scenario in ("50", "500", "all")
    }


def test_memory_of_the_measuring_process_is_not_counted_as_the_matchs(engine: Engine, seeded: Seeded) -> None:
    outage.break_anew(engine, tenth(seeded))
    ballast = b"x" * (400 << 20)
    assert 20 < peak_of_matching(engine, outage.REFERENCE, NOW) < 300
    assert ballast


@pytest.mark.parametrize("bare", [False, True])
def test_the_floor_copies_exactly_the_finished_rows(engine: Engine, seeded: Seeded, bare: bool) -> None:
    count = contestants.keep_finished(engine, tenth(seeded), f"finished_{bare}")
    floor = f"finished_{bare}_floor"

    def held(statement: str) -> list[tuple[object, ...]]:
        with reading(engine) as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    with contestants.floor(engine, f"finished_{bare}", bare=bare).ready() as turn:
        assert held(f"SELECT count(*) FROM {floor}") == [(0,)]
        turn()
        assert held(f"SELECT count(*) FROM {floor}") == [(count,)]
        assert held(f"SELECT * FROM finished_{bare} EXCEPT SELECT * FROM {floor}") == []
        [(definition,)] = held(f"SELECT sql FROM sqlite_master WHERE name = '{floor}'")
    assert ("REFERENCES customer" in str(definition)) is not bare
    assert ("CHECK" in str(definition)) is not bare
    assert "PRIMARY KEY (incident_id, customer_id)" in str(definition)
    assert "WITHOUT ROWID" in str(definition)


def test_the_order_of_turns_changes_from_round_to_round() -> None:
    order: list[str] = []

    def contestant(name: str) -> Contestant:
        @contextmanager
        def ready() -> Iterator[Turn]:
            yield lambda: order.append(name)

        return Contestant(name, ready)

    seconds = race({"all": [contestant(name) for name in "abc"]}, repetitions=3)
    assert "".join(order) == "abcbcacababc"
    assert {name: len(taken) for (_, name), taken in seconds.items()} == {"a": 3, "b": 3, "c": 3}


def test_a_ratio_is_not_moved_by_a_repetition_that_was_slow_for_all() -> None:
    assert ratio([2.0, 20.0, 2.0], [1.0, 10.0, 1.0]) == 2.0
