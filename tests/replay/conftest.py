"""A theatre for the tests of this folder; making one takes longer than a play in it."""

import pytest

from tellfirst.replay import town
from tellfirst.replay.theatre import Theatre
from tellfirst.settings import Settings


@pytest.fixture(scope="session")
def theatre() -> Theatre:
    return Theatre(town.image(), Settings())
