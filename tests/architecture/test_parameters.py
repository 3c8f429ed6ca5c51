"""What Prefect shows in its pages: the parameters of flows and tasks name incidents, never customers."""

import ast
import re
from collections.abc import Iterator

import pytest
from sources import PROJECT, tree

PERSONAL = re.compile(
    r"address|phone|number|mail|customer|recipient|comment|body|token|secret|password|contact"
)
COUNTS = re.compile(r"_count$|^count|contact_id$|contacts?_count")


def _parameters() -> Iterator[tuple[str, str]]:
    for folder in ("flows", "tasks"):
        for path in sorted((PROJECT / folder).glob("*.py")):
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_prefects(node):
                    every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                    yield from ((f"{folder}/{path.name}:{node.name}", one.arg) for one in every)


def _is_prefects(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(re.match(r"(flow|task)\b", ast.unparse(one)) for one in node.decorator_list)


def test_there_are_flows_and_tasks_to_look_at() -> None:
    assert len({where for where, _ in _parameters()}) > 30


@pytest.mark.parametrize(("where", "name"), sorted(set(_parameters())))
def test_no_flow_or_task_is_given_anything_of_a_customer(where: str, name: str) -> None:
    assert COUNTS.search(name) or not PERSONAL.search(name), f"{where} takes {name}; give it an id instead"


def test_no_run_is_named_after_more_than_its_reference() -> None:
    names = [
        found
        for folder in ("flows", "tasks")
        for path in (PROJECT / folder).glob("*.py")
        for found in re.findall(r"(?:flow|task)_run_name=f?\"([^\"]*)\"", path.read_text(encoding="utf-8"))
    ]
    fields = {field for name in names for field in re.findall(r"\{(\w+)", name)}
    assert not {one for one in fields if PERSONAL.search(one)}
