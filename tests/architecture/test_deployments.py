"""prefect.yaml registers every flow there is, under an entrypoint that exists."""

import ast
from typing import Any

import pytest
from ruamel.yaml import YAML
from sources import PROJECT, tree

from tellfirst.conductor import ANNOUNCE_WORK, CLOCK, INCIDENT, PLANNED_WORK
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


def test_the_steps_the_stories_the_form_and_the_clock_are_there() -> None:
    steps = {"detect", "match", "notify", "follow_up", "survey", "close", "become_outage"}
    assert {one["name"] for one in DEPLOYMENTS} == steps | {
        "incident",
        "planned_work",
        "announce_work",
        "clock",
    }


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: str(one["name"]))
def test_every_deployment_runs_in_our_pool_and_says_what_kind_it_is(deployment: dict[str, Any]) -> None:
    assert deployment["tags"]
    assert deployment["work_pool"]["name"] == POOL


def test_only_the_clock_has_a_schedule_and_it_never_runs_beside_itself() -> None:
    scheduled = [one for one in DEPLOYMENTS if "schedules" in one]
    assert [one["name"] for one in scheduled] == ["clock"]
    assert scheduled[0]["schedules"] == [{"interval": 30}]
    assert scheduled[0]["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}


def test_the_conductor_asks_for_deployments_that_exist() -> None:
    assert {ANNOUNCE_WORK, CLOCK, INCIDENT, PLANNED_WORK} <= {
        f"{one['entrypoint'].rpartition(':')[2]}/{one['name']}" for one in DEPLOYMENTS
    }
