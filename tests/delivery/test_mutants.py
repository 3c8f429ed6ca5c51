"""Each of the sixteen faults is noticed by the demand that is named for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import mutants
import pytest
from bench import MakeBench
from mutants import MUTANTS, Mutant
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from tellfirst.store.prepared import Prepared


@contextmanager
def written_anew() -> Iterator[None]:
    """Statements that are kept compiled are made anew at each use: with the fault in them, and not kept."""
    kept = Prepared.run

    def run(one: Prepared, connection: Connection, **parameters: Any) -> Any:
        return kept(Prepared(one._write), connection, **parameters)

    with patch.object(Prepared, "run", run):
        yield


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.number)
def test_a_mutant_is_killed(mutant: Mutant, make_bench: MakeBench) -> None:
    bench = make_bench()
    # A guard of the database may say no before the demand does: that is noticed too.
    with written_anew(), mutant.mutate(bench), pytest.raises((AssertionError, IntegrityError)):
        mutant.killed_by(bench)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.number)
def test_without_the_fault_the_same_demand_is_met(mutant: Mutant, make_bench: MakeBench) -> None:
    mutant.killed_by(make_bench())


def test_there_are_sixteen_and_the_page_lists_them() -> None:
    assert [one.number for one in MUTANTS] == [f"M{number}" for number in range(1, 17)]
    text = mutants.PAGE.read_text(encoding="utf-8")
    assert text == mutants.page(text)
