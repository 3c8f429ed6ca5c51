"""prefect.yaml registers every flow there is, under an entrypoint that exists."""

import ast
from typing import Any

import pytest
from ruamel.yaml import YAML
from sources import PROJECT, tree

from tellfirst.conductor import CLOCK, INCIDENT
from tellfirst.installation import POOL

DEPLOYMENTS: list[dict[str, Any]] = YAML(typ="safe").load(PROJECT / "prefect.yaml")["deployments"]


def flows() -> set[str]:
    """Every entrypoint that the folder has."""
    return {
        f"flows/{path.name}:{node.name}"
        for path in (PROJECT / "flows").glob("*.py")
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_flow(node)
    }


def _is_flow(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(mark).split("(")[0] == "flow" for mark in node.decorator_list)


def test_every_flow_has_one_deployment_and_every_deployment_a_flow() -> None:
    entrypoints = [one["entrypoint"] for one in DEPLOYMENTS]
    assert len(entrypoints) == len(set(entrypoints))
    assert set(entrypoints) == flows()


def test_the_six_steps_the_two_that_drive_them_and_the_watch_are_there() -> None:
    steps = {"detect", "match", "notify", "follow_up", "survey", "close"}
    assert {one["name"] for one in DEPLOYMENTS} == steps | {"incident", "clock", "watch"}


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: str(one["name"]))
def test_every_deployment_runs_in_our_pool_and_says_what_kind_it_is(deployment: dict[str, Any]) -> None:
    assert deployment["tags"]
    assert deployment["work_pool"]["name"] == POOL


def test_only_clock_and_watch_have_a_schedule_and_neither_runs_beside_itself() -> None:
    scheduled = {one["name"]: one for one in DEPLOYMENTS if "schedules" in one}
    assert {name: one["schedules"] for name, one in scheduled.items()} == {
        "clock": [{"interval": 30}],
        "watch": [{"interval": 60}],
    }
    for one in scheduled.values():
        assert one["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}


def test_the_conductor_asks_for_deployments_that_exist() -> None:
    assert {INCIDENT, CLOCK} <= {
        f"{one['entrypoint'].rpartition(':')[2]}/{one['name']}" for one in DEPLOYMENTS
    }
