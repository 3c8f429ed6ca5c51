"""Two sites are down, HYD0004 and HYD0005, and all were told: customer 1 behind one, 2 behind the other, 3 both."""

import pytest
from one_incident import told_of_two_sites
from sqlalchemy import Engine


@pytest.fixture
def told(engine: Engine) -> Engine:
    return told_of_two_sites(engine)


@pytest.fixture
def told_small(sqlite_engine: Engine) -> Engine:
    """For what is the same on every database."""
    return told_of_two_sites(sqlite_engine)
