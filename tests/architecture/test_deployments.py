"""prefect.yaml registers every flow there is, under an entrypoint that exists."""

import ast
from typing import Any

import pytest
from ruamel.yaml import YAML
from sources import PROJECT, tree

from tasks.milestones import Milestone
from tellfirst.conductor import ANNOUNCE_WORK, CLOCK, INCIDENT, PLANNED_WORK
from tellfirst.domain.lateness import TICKS_EVERY
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


def test_the_steps_the_stories_the_form_what_keeps_time_the_review_and_the_second_line_are_there() -> None:
    steps = {"detect", "match", "notify", "follow_up", "survey", "close", "become_outage"}
    assert {one["name"] for one in DEPLOYMENTS} == steps | {
        *("incident", "planned_work", "announce_work", "clock", "watch", "review", "page_control_room")
    }


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: str(one["name"]))
def test_every_deployment_runs_in_our_pool_and_says_what_kind_it_is(deployment: dict[str, Any]) -> None:
    assert deployment["tags"]
    assert deployment["work_pool"]["name"] == POOL


def named(name: str) -> dict[str, Any]:
    return next(one for one in DEPLOYMENTS if one["name"] == name)


def test_the_clock_ticks_as_often_as_the_dead_man_check_expects_and_never_beside_itself() -> None:
    clock = named("clock")
    assert clock["schedules"] == [{"interval": TICKS_EVERY.total_seconds()}]
    assert clock["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}


def test_monitors_are_asked_every_minute_and_never_by_two_at_once() -> None:
    watch = named("watch")
    assert watch["schedules"] == [{"interval": 60}]
    assert watch["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}


def test_the_review_is_written_every_monday() -> None:
    assert named("review")["schedules"] == [{"cron": "0 6 * * 1", "timezone": "UTC"}]


def test_the_second_line_hears_what_the_tasks_say_and_passes_on_a_reference_alone() -> None:
    [trigger] = named("page_control_room")["triggers"]
    assert (trigger["posture"], trigger["after"], trigger["expect"]) == (
        "Proactive",
        [Milestone.OPENED],
        [Milestone.TOLD],
    )
    assert trigger["for_each"] == ["tellfirst.incident"]
    assert list(trigger["parameters"]) == ["incident"]
    assert list(trigger["parameters"]["incident"]) == ["reference"]


def test_the_conductor_asks_for_deployments_that_exist() -> None:
    assert {ANNOUNCE_WORK, CLOCK, INCIDENT, PLANNED_WORK} <= {
        f"{one['entrypoint'].rpartition(':')[2]}/{one['name']}" for one in DEPLOYMENTS
    }
