"""Where the time of a single alert goes, by what Prefect's server has kept of its run."""

from collections.abc import Iterator
from datetime import datetime
from statistics import median
from typing import Any

from benchmarks.latency_alerts import Told
from benchmarks.table import Figure
from tellfirst.bootstrap import World
from tellfirst.simulator.loopback import get_json, post_json
from tellfirst.store import wakes
from tellfirst.store.engine import reading

STEPS = ("detect", "match", "notify")


def of(world: World, singles: list[Told]) -> list[dict[str, float]]:
    """Per alert, seconds by segment, in their order; they add up to the whole."""
    return [_of_one(world, one) for one in singles]


def figures(parts: list[dict[str, float]]) -> Iterator[Figure]:
    for name in parts[0]:
        yield Figure(f"of it {name}, p50", median(one[name] for one in parts), "s")


def _of_one(world: World, told: Told) -> dict[str, float]:
    api = f"{world.settings.prefect_url}/api"
    with reading(world.engine) as connection:
        run_id = wakes.driver(connection, told.reference, world.wall.now()).flow_run_id
    run = get_json(f"{api}/flow_runs/{run_id}")
    states = {
        one["name"]: _unix(one["timestamp"])
        for one in reversed(get_json(f"{api}/flow_run_states/?flow_run_id={run_id}"))
    }
    steps = post_json(f"{api}/flow_runs/filter", {"sort": "START_TIME_ASC", **_named(told.reference)})
    begun = {one["name"].partition(" ")[0]: _unix(one["start_time"]) for one in reversed(steps)}
    marks = [
        ("until the alert is stored and answered", told.answered_at),
        ("until its run is made", _unix(run["created"])),
        ("until the worker has it", states["Pending"]),
        ("until its process runs", states["Running"]),
        *((f"until {step} begins", begun[step]) for step in STEPS),
        ("until a carrier has the first word", told.told_at),
    ]
    at, seconds = told.posted_at, {}
    for name, mark in marks:
        seconds[name] = mark - at
        at = mark
    return seconds


def _named(reference: str) -> dict[str, Any]:
    return {"flow_runs": {"name": {"any_": [f"{step} {reference}" for step in STEPS]}}}


def _unix(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
