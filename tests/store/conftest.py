"""Databases without any table, for the tests of migrations."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import EMPTY, Postgres
from sqlalchemy import Engine

from tellfirst.store.engine import connect


@pytest.fixture
def empty_sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{tmp_path / 'empty.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def empty_postgresql_engine(postgres: Postgres) -> Iterator[Engine]:
    with postgres.database(EMPTY) as engine:
        yield engine


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_engine(request: pytest.FixtureRequest) -> Engine:
    made: Engine = request.getfixturevalue(f"empty_{request.param}_engine")
    return made
