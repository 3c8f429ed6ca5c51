"""`tellfirst pump` as a process of its own: no Prefect, and an end when it is asked to."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tellfirst.store.engine import connect
from tellfirst.store.migrate import migrate

COMMAND = [sys.executable, "-c", "from tellfirst.cli import main; main()", "pump"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    engine = connect(f"sqlite:///{tmp_path / 'tellfirst.db'}")
    migrate(engine)
    engine.dispose()
    return {**os.environ, "TELLFIRST_HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}


def test_with_nothing_open_it_ends_by_itself_when_so_asked(environment: dict[str, str]) -> None:
    ended = subprocess.run([*COMMAND, "--until-done"], env=environment, timeout=120, check=False)
    assert ended.returncode == 0


def test_it_ends_when_it_is_told_to(environment: dict[str, str]) -> None:
    with subprocess.Popen(COMMAND, env=environment) as pump:
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                pump.wait(15)
            pump.send_signal(signal.SIGTERM)
            assert pump.wait(30) == 0
        finally:
            pump.kill()
