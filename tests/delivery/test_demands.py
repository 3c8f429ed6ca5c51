"""The real code meets every demand that the mutants are measured by."""

import inspect
from collections.abc import Callable

import checks
import pytest
from bench import Bench, MakeBench

DEMANDS = [
    function
    for name, function in inspect.getmembers(checks, inspect.isfunction)
    if function.__module__ == "checks" and not name.startswith("_")
]


@pytest.mark.parametrize("demand", DEMANDS, ids=lambda one: one.__name__)
def test_the_ledger_meets(demand: Callable[[Bench], None], make_bench: MakeBench) -> None:
    demand(make_bench())
