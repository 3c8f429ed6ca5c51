"""docs/delivery-states.md is made from the code and may not fall behind it."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from tellfirst.domain.delivery import MOVES, TRANSITIONS, Anomaly, DeliveryReason, DeliveryState, Doubt

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "delivery-states.md"


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "generate_delivery_states.py"))


def test_the_page_of_delivery_states_is_current(generator: dict[str, Any]) -> None:
    assert PAGE.read_text(encoding="utf-8") == generator["page"](), (
        "docs/delivery-states.md is old; run python docs/generate_delivery_states.py"
    )


def test_the_page_shows_every_state_every_step_and_every_reason() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    told = [
        line for line in lines if line.startswith("| `") and not line.split("|")[2].strip().startswith("`")
    ]
    rows = {line.split("`")[1]: line.split("|")[2].strip() for line in told}
    assert set(rows) == {*DeliveryState, *DeliveryReason, *Doubt, *Anomaly}
    assert all(rows.values())
    assert {line.strip() for line in lines if " --> " in line} == {
        f"{old} --> {new}" for old, new in TRANSITIONS
    }


def test_the_page_shows_every_reason_of_every_step() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    shown = {tuple(line.replace("`", "").split(" | ")[:3]) for line in lines if line.startswith("| `")}
    for (before, after), reasons in MOVES.items():
        listed = ", ".join(reason for reason in DeliveryReason if reason in reasons)
        assert (f"| {before}", after, f"{listed} |") in shown
