"""A file written and imported in one call."""

from pathlib import Path

import pytest
from filing import Bring, bring_into


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    return bring_into(tmp_path)
