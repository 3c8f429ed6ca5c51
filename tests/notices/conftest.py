"""The texts of the house as they stand, and one incident to try them with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kukatpally import FACTS

from tellfirst.domain.facts import FactRecord, WorkReason
from tellfirst.notices.rendering import Templates

TEXTS = Path(__file__).parents[2] / "templates"

KUKATPALLY = replace(
    FACTS,
    sequence=88,
    page="https://status.example/now?a=1&b=2",
    estimate_at=datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
    previous_estimate_at=datetime(2026, 11, 22, 4, 45, tzinfo=UTC),
    ended_at=datetime(2026, 11, 22, 7, 22, tzinfo=UTC),
    window_from=FACTS.started_at,
    window_until=datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
    work_reason=WorkReason.REPLACEMENT,
)


@pytest.fixture(scope="session")
def templates() -> Templates:
    """Built once, as in production."""
    return Templates(TEXTS, company="Deccan Mobile", contact="198")


@pytest.fixture(scope="session")
def texts() -> Path:
    """Where the texts stand."""
    return TEXTS


@pytest.fixture(scope="session")
def facts() -> Callable[..., FactRecord]:
    """The incident in Kukatpally with some facts changed."""

    def changed(**changes: Any) -> FactRecord:
        return replace(KUKATPALLY, **changes)

    return changed
