"""How well and how fast a storm of alerts becomes the few failures that explain it: `make bench-storm`.

    a seeded network → failures drawn by chance, until enough alerts would come → some alerts lost, some false
    → one body through the rules of detection → what was opened, held against what was broken

Precision: of the failures that incidents were opened for, how many were broken. Recall: of those that were broken,
how many have an incident of their own. Both count failures that several alerts share; a false alert opens an
incident of its own, because nobody can tell it from a site that fails alone, and is counted apart.
"""

import json as json_of
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from cyclopts import App, Parameter
from sqlalchemy import Engine, insert, select

from benchmarks import table
from benchmarks.postgres import postgres_engine
from benchmarks.seeded_network import SeededNetwork, build_network
from benchmarks.table import Figure, Outcome, Setting
from tellfirst.detect.alertmanager import parse
from tellfirst.detect.correlation import take_signals
from tellfirst.detect.sources import AlertMeaning, Source, Sources
from tellfirst.domain.storm import Dependence
from tellfirst.store import tables as t
from tellfirst.store.engine import connect, reading, writing
from tellfirst.store.migrate import migrate

NOW = datetime(2026, 11, 22, 3, 39, tzinfo=UTC)
MILLION = 1_000_000
UP_TO = {"routers": 0.80, "tower": 0.85, "backhaul": 1.0}
"""What share of the alerts there is after each kind of failure: two neighbouring routers, one tower, one backhaul."""
LOST, FALSE = 0.05, 0.01
APART = 4
"""Routers between two pairs that fail, so that no backhaul hangs between them."""
SOURCES = Sources(
    alertmanager=Source(
        acts_on_severity=("critical",),
        alerts={"ElementDown": AlertMeaning(element="{element}", cause="{element}")},
    )
)
Database = Literal["sqlite", "postgresql"]
Failure = frozenset[str]

app = App(name="benchmarks.storm", help=__doc__, result_action="return_value")


@dataclass(frozen=True, slots=True)
class Storm:
    """What was broken, with the leaves that each failure takes down alone; the alerts that came; the false ones."""

    network: SeededNetwork
    broken: dict[Failure, frozenset[str]]
    alerts: tuple[str, ...]
    false: frozenset[str]

    def body(self) -> bytes:
        rows = [
            {
                "status": "firing",
                "labels": {"alertname": "ElementDown", "severity": "critical", "element": one},
                "startsAt": NOW.isoformat(),
                "endsAt": "0001-01-01T00:00:00Z",
                "fingerprint": one,
            }
            for one in self.alerts
        ]
        return json_of.dumps({"version": "4", "alerts": rows, "truncatedAlerts": 0}).encode()


@app.default
def bench(
    *,
    alerts: int = 10_000,
    seed: int = 7,
    database: Annotated[tuple[Database, ...], Parameter(help="Only this one; may be repeated.")] = (),
    json: Annotated[Path | None, Parameter(help="Where the figures go.")] = None,
) -> int:
    """Print the table, write the JSON; 0 when every target is met, else 1."""
    command = f"python -m benchmarks.storm --alerts {alerts} --seed {seed}"
    setting = Setting.begin(command, seed, ("sqlalchemy", "psycopg"))
    storm = draw(seed, alerts)
    rows: list[Figure] = [
        Figure("alerts", len(storm.alerts), "alerts"),
        Figure("alerts lost on the way", LOST * 100, "%"),
        Figure("false alerts", len(storm.false), "alerts"),
        Figure("failures", len(storm.broken), "failures"),
    ]
    for one in database or ("sqlite", "postgresql"):
        with _engine(one) as engine:
            rows += _measure(one, engine, storm)
    return table.conclude(Outcome("storm", setting, tuple(rows), {}), json)


def draw(seed: int, alert_count: int) -> Storm:
    """A storm of about `alert_count` alerts, the same for the same seed."""
    rng = np.random.default_rng(seed)
    network = build_network(rng, MILLION)
    leaves = {one for ids in network.leaves.values() for one in ids}
    backhauls = sorted({edge.child for edge in network.edges if edge.group == "uplink"})
    starts = rng.permutation(len(network.routers) // APART) * APART
    candidates = {
        "routers": [frozenset(network.routers[at : at + 2]) for at in starts.tolist()],
        "backhaul": [frozenset({one}) for one in rng.permutation(backhauls).tolist()],
        "tower": [frozenset({one}) for one in rng.permutation(network.towers).tolist()],
    }
    dependence = Dependence(network.edges)
    wanted = alert_count * (1 - FALSE) / (1 - LOST)
    broken: dict[Failure, frozenset[str]] = {}
    down: set[str] = set()
    for kind, share in UP_TO.items():
        for failure in candidates[kind]:
            if len(down & leaves) >= wanted * share:
                break
            below = dependence.falls_with(failure)
            # What another failure takes down anyway would be a second truth about the same alerts, and a parent of
            # one child cannot be told from it.
            if below & down or not _has_two_children(dependence, failure, below):
                continue
            down |= below
            broken[failure] = frozenset(below & leaves)
    fires = sorted({leaf for below in broken.values() for leaf in below})
    came = [one for one, luck in zip(fires, rng.random(len(fires)).tolist(), strict=True) if luck >= LOST]
    healthy = sorted(leaves - down)
    false = rng.choice(healthy, round(alert_count * FALSE), replace=False).tolist()
    every = rng.permutation([*came, *false]).tolist()[:alert_count]
    return Storm(network, broken, tuple(every), frozenset(false) & frozenset(every))


def _has_two_children(dependence: Dependence, failure: Failure, below: frozenset[str]) -> bool:
    return len({child for one in failure for child in dependence.children[one] if child in below}) > 1


def _measure(database: str, engine: Engine, storm: Storm) -> Iterator[Figure]:
    _load(engine, storm.network)
    body = storm.body()
    began, worked = time.perf_counter(), time.process_time()
    signals = parse(body)
    with writing(engine) as connection:
        taken = take_signals(connection, signals, SOURCES, {}, NOW)
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    began = time.perf_counter()
    with writing(engine) as connection:
        take_signals(connection, parse(body), SOURCES, {}, NOW)
    again = time.perf_counter() - began
    opened = _opened(engine)
    believed = {causes for causes in opened.values() if causes}
    right = believed & storm.broken.keys()
    placed = sum(
        len(elements & storm.broken.get(opened[key], frozenset())) for key, elements in _alerts(engine)
    )
    true_alerts = len(storm.alerts) - len(storm.false)
    yield Figure(f"{database}: incidents opened", len(taken.opened), "incidents")
    yield Figure(f"{database}: of them for a shared failure", len(believed), "incidents")
    yield Figure(f"{database}: precision", len(right) / max(len(believed), 1), "", ">= 0.9")
    yield Figure(f"{database}: recall", len(right) / len(storm.broken), "", ">= 0.9")
    yield Figure(f"{database}: alerts in the incident of their failure", placed / true_alerts, "", ">= 0.9")
    yield Figure(f"{database}: a body judged", seconds, "s", "<= 10")
    yield Figure(f"{database}: of it at work in this process", worked, "s")
    yield Figure(f"{database}: the same body again", again, "s", "<= 10")


def _opened(engine: Engine) -> dict[int, Failure]:
    """By incident: the failure that it was opened for; none for one that explains nothing but itself."""
    x, i = t.incident_explanation.c, t.incident.c
    with reading(engine) as connection:
        found: dict[int, set[str]] = {key: set() for key in connection.scalars(select(i.id))}
        for row in connection.execute(select(x.incident_id, x.element_id)):
            found[row.incident_id].add(row.element_id)
    return {key: frozenset(causes) for key, causes in found.items()}


def _alerts(engine: Engine) -> list[tuple[int, frozenset[str]]]:
    s = t.signal.c
    found: dict[int, set[str]] = {}
    with reading(engine) as connection:
        for row in connection.execute(select(s.incident_id, s.element_id).where(s.incident_id.is_not(None))):
            found.setdefault(row.incident_id, set()).add(row.element_id)
    return [(key, frozenset(elements)) for key, elements in found.items()]


def _load(engine: Engine, network: SeededNetwork) -> None:
    names = ("id", "kind", "name", "area", "lat", "lon")
    elements: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in network.elements]
    edges = [
        {"child": one.child, "grp": one.group, "need": one.need, "parent": one.parent}
        for one in network.edges
    ]
    with writing(engine) as connection:
        connection.execute(insert(t.element), elements)
        connection.execute(insert(t.edge), edges)


@contextmanager
def _engine(database: Database) -> Iterator[Engine]:
    if database == "postgresql":
        with postgres_engine() as engine:
            migrate(engine)
            yield engine
        return
    with tempfile.TemporaryDirectory() as folder:
        engine = connect(f"sqlite:///{Path(folder) / 'tellfirst.db'}")
        migrate(engine)
        yield engine
        engine.dispose()


if __name__ == "__main__":
    sys.exit(app())
