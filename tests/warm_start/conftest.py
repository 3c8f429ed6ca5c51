"""One preloaded process for a file of tests."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from warm import Warm


@pytest.fixture(scope="module")
def warm_and_pid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Warm, int]]:
    # A long way down: a Unix socket's address has room for about a hundred signs.
    folder = tmp_path_factory.mktemp("a-home-with-a-very-long-name-indeed") / ("deep" * 12)
    folder.mkdir()
    warm = Warm(folder)
    process = warm.preload()
    yield warm, process.pid
    process.terminate()
    assert process.wait(10) == 0


@pytest.fixture
def warm(warm_and_pid: tuple[Warm, int]) -> Iterator[Warm]:
    """Afterwards nothing of a run is left, not even a process that only waits to be counted."""
    warm, pid = warm_and_pid
    yield warm
    children = psutil.Process(pid).children()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Warm, "psutil.Popen"]]:
    """A preloaded process that a test may kill."""
    warm = Warm(tmp_path)
    process = warm.preload()
    yield warm, process
    if process.poll() is None:
        process.kill()
    process.wait(10)
