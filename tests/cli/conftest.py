"""A terminal at an installation of its own, in whose city an outage has just been told."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import hyderabad
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import Engine
from teletype import NOBODY_LISTENS, NOW, NOWHERE, Said, Terminal

from tellfirst.bootstrap import world
from tellfirst.cli import main
from tellfirst.store.engine import connect, writing
from tellfirst.store.stepped_clock import SteppedClock


@pytest.fixture(scope="session")
def told_city(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hyderabad, seven minutes into an outage of Miyapur; three customers were told. A file to be copied."""
    path = tmp_path_factory.mktemp("told") / "tellfirst.db"
    shutil.copyfile(migrated_file, path)
    engine = connect(f"sqlite:///{path}")
    # In so small a town everybody is hit, which would make it S1.
    plan = {"mobile_site_down": replace(hyderabad.BOOK, severity_rises=False)}
    with patch.dict(hyderabad.BOOKS, plan), writing(engine) as connection:
        hyderabad.build(connection)
        for key, language in enumerate(("en", "te", "ur"), start=1):
            hyderabad.add_customer(connection, key, "HYD0004", language=language)
        hyderabad.strike(connection, "HYD0004")
        hyderabad.tell(connection)
    SteppedClock(engine).set(NOW)
    engine.dispose()
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and an environment that names it and nobody else's."""
    for name in [name for name in os.environ if name.startswith("TELLFIRST_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("TELLFIRST_HOME", str(folder))
    monkeypatch.setenv("TELLFIRST_CLOCK", "stepped")
    monkeypatch.setenv("TELLFIRST_DATABASE_URL", "")
    # A demo sets it for the processes it starts; here it must not outlive its test.
    monkeypatch.setenv("TELLFIRST_SIMULATE", "false")
    monkeypatch.setenv("PREFECT_API_URL", NOWHERE)
    for port in ("PREFECT", "WEB", "CARRIERS"):
        monkeypatch.setenv(f"TELLFIRST_{port}_PORT", NOBODY_LISTENS)
    return folder


@pytest.fixture
def engine(home: Path, told_city: Path) -> Iterator[Engine]:
    """The database of the installation."""
    path = home / "tellfirst.db"
    shutil.copyfile(told_city, path)
    path.chmod(0o600)
    engine = connect(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def terminal(home: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    """Runs `tellfirst` with these words, in this process."""
    umask = os.umask(0o022)

    def run(*words: str) -> Said:
        with pytest.raises(SystemExit) as ended:
            main(words)
        if world.cache_info().currsize and "engine" in vars(world()):
            world().engine.dispose()
        world.cache_clear()
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    world.cache_clear()
    # Without an address Prefect would start a server of its own for a nudge; this one fails at once.
    with temporary_settings({PREFECT_API_URL: NOWHERE}):
        yield run
    os.umask(umask)
