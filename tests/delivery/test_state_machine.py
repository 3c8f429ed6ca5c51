"""Whatever happens in whatever order, the invariants of the ledger hold (ledger_machine/).

A machine that passes proves nothing until it has done the things it is there to do: the floors below say how often
it must have accepted, reaped, sent again, and so on, in all examples together.
"""

from collections import Counter
from os import environ
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from ledger_machine import LedgerMachine

from tellfirst.proof.books import Books

FLOOR = 20
FLOORS = (
    "accept",
    "reap to unknown",
    "early receipt",
    "late outcome rejected by fence",
    "resend",
    "cancelled while claimed",
)
LONG = environ.get("TELLFIRST_PROOF") == "long"


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest) -> Books:
    made: Books = request.getfixturevalue(f"{request.param}_books")
    return made


EXAMPLES = {
    ("sqlite", False): 80,
    ("postgresql", False): 12,
    ("sqlite", True): 1_000,
    ("postgresql", True): 150,
}


@pytest.mark.timeout(3_000 if LONG else 280)
def test_whatever_happens_the_invariants_hold(books: Books) -> None:
    backend = "sqlite" if books.url.startswith("sqlite") else "postgresql"

    class Machine(LedgerMachine):
        done: ClassVar[Counter[str]] = Counter()

    Machine.books = books
    Machine.TestCase.settings = settings(
        max_examples=EXAMPLES[backend, LONG],
        stateful_step_count=40,
        deadline=None,
        derandomize=not LONG,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=Machine.TestCase.settings)  # type: ignore[no-untyped-call]
    floor = FLOOR if backend == "sqlite" or LONG else 2
    short = {name: Machine.done[name] for name in FLOORS if Machine.done[name] < floor}
    assert short == {}, f"done too seldom to prove anything: {short}; of {dict(Machine.done)}"
