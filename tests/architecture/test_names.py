"""Names: none that shadows the standard library, none that says nothing."""

import ast
import re
import sys
from collections.abc import Iterator

from sources import PROJECT, modules, tree

EMPTY_WORDS = {"manager", "helper", "helpers", "util", "utils", "info"}
ASKED_FOR_BY_A_VENDOR = {("tellfirst.carriers.sendgrid.transport", "info")}
"""SendGrid's library reads the headers of our answer under this name."""


def test_no_flow_file_is_named_like_a_module_of_the_standard_library() -> None:
    """Prefect imports a flow by its file: `select.py` there would be everybody's `select`."""
    for folder in ("flows", "tasks"):
        taken = {path.stem for path in (PROJECT / folder).glob("*.py")} & set(sys.stdlib_module_names)
        assert taken == set(), folder


def test_every_flow_is_named_like_its_file() -> None:
    for path in (PROJECT / "flows").glob("[!_]*.py"):
        functions = [node.name for node in tree(path).body if isinstance(node, ast.FunctionDef)]
        assert functions == [path.stem]


def _defined() -> Iterator[tuple[str, str]]:
    for module, path in modules().items():
        yield module, path.stem
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield module, node.name


def test_no_module_class_or_function_has_a_name_that_says_nothing() -> None:
    found = {
        (module, name)
        for module, name in _defined()
        if EMPTY_WORDS & set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))
    }
    assert found == ASKED_FOR_BY_A_VENDOR


def test_every_module_says_what_it_is() -> None:
    silent = {
        name for name, path in modules().items() if path.read_text() and not ast.get_docstring(tree(path))
    }
    assert {name for name in silent if not name.endswith("__main__")} == set()
