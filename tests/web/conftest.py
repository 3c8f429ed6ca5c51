"""A world of its own for each test, and its doors; no Prefect, no carriers, no network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import front
import hyderabad
import pytest
from databases import MIGRATED, Postgres
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import Engine

from tellfirst.bootstrap import World
from tellfirst.domain import rates
from tellfirst.domain.rates import Asked
from tellfirst.store.engine import connect, writing
from tellfirst.store.stepped_clock import SteppedClock
from tellfirst.web.app import create_app


@pytest.fixture(scope="module", autouse=True)
def _no_prefect() -> Iterator[None]:
    """Without an address Prefect would start a server of its own for a nudge; this one fails at once."""
    with pytest.MonkeyPatch.context() as shell, temporary_settings({PREFECT_API_URL: front.NOWHERE}):
        shell.setenv("PREFECT_API_URL", front.NOWHERE)
        yield


@pytest.fixture(scope="module")
def happened(
    request: pytest.FixtureRequest, migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Hyderabad after the `story` of the test's module, which says when it ends; a file to be copied."""
    path = tmp_path_factory.mktemp("happened") / "tellfirst.db"
    shutil.copyfile(migrated_file, path)
    engine = connect(f"sqlite:///{path}")
    _live_through(request, engine)
    return path


@pytest.fixture(scope="module")
def happened_on_postgresql(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[str]:
    """The same day in a database of PostgreSQL; its name, to be copied."""
    with postgres.database(MIGRATED) as engine:
        _live_through(request, engine)
        assert engine.url.database
        yield engine.url.database


def _live_through(request: pytest.FixtureRequest, engine: Engine) -> None:
    with writing(engine) as connection:
        hyderabad.build(connection)
        story = getattr(request.module, "story", None)
        ends_at = story(connection) if story else hyderabad.T0
    SteppedClock(engine).set(ends_at)
    engine.dispose()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """On which kind the house stands: SQLite, where a module does not say `on_both`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def world(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[World]:
    """The house on that day. Its clock stands still."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    if database == "sqlite":
        shutil.copyfile(request.getfixturevalue("happened"), home / "tellfirst.db")
        here = World(front.settings(home))
        yield here
        here.engine.dispose()
        return
    template = request.getfixturevalue("happened_on_postgresql")
    with request.getfixturevalue("postgres").database(template) as engine:
        url = engine.url.render_as_string(hide_password=False)
        here = World(front.settings(home).model_copy(update={"database_url": url}))
        yield here
        here.engine.dispose()


@pytest.fixture
def nobody_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every client may ask as often as it likes: for tests that try a hundred things one after the other."""
    monkeypatch.setattr(rates, "ask", lambda _allowance, whole_at, _now: Asked(0.0, whole_at))


@pytest.fixture
def doors(world: World) -> Iterator[front.TestClient]:
    """The app while it runs. A fault inside it fails the test."""
    with front.TestClient(create_app(world), base_url=front.PUBLIC) as client:
        yield client
