"""Every test that takes `engine` runs on SQLite and on PostgreSQL, each time in a fresh migrated database.

A test for which the database makes no difference takes `sqlite_engine` and runs once.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import hyderabad
import pytest
from databases import MIGRATED, Postgres, Unavailable, fixtures, postgres_server, sqlite_template
from sqlalchemy import Engine

from tellfirst.store.engine import connect, writing


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sqlite_template(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    try:
        with postgres_server() as server:
            yield server
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def sqlite_engine(migrated_file: Path, tmp_path: Path) -> Iterator[Engine]:
    path = tmp_path / "tellfirst.db"
    shutil.copyfile(migrated_file, path)
    engine = connect(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql_engine(postgres: Postgres) -> Iterator[Engine]:
    with postgres.database(MIGRATED) as engine:
        yield engine


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.getfixturevalue(f"{request.param}_engine")
    return made


def _city(engine: Engine) -> Engine:
    """Hyderabad's network, and nobody living there yet."""
    with writing(engine) as connection:
        hyderabad.build(connection)
    return engine


city, small_city = fixtures(_city)
