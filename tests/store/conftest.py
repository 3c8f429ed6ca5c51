"""Databases without any table, for the tests of migrations; and three first words that a worker holds."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import town
from databases import EMPTY, Postgres
from sqlalchemy import Engine, insert

from tellfirst.audience.matching import match
from tellfirst.delivery.leasing import Lease, lease
from tellfirst.domain.occasion import Occasion
from tellfirst.store import tables as t
from tellfirst.store.engine import connect, writing


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


@pytest.fixture
def matched(engine: Engine) -> Engine:
    """The north has lost its hub, and is matched; nothing was said yet."""
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "hub-north")
        match(connection, town.REFERENCE, town.T0)
    return engine


@pytest.fixture
def held(engine: Engine) -> Lease:
    """A lease of chunk 1 five hours on: first words, deliveries 1, 2 and 3 to the customers of those numbers."""
    wall = town.T0 + timedelta(hours=5)
    with writing(engine) as connection:
        town.build(connection)
        town.strike(connection, "north-1")
        match(connection, town.REFERENCE, town.T0)
        notice_id = town.add_notice(connection, 1, Occasion.FIRST_WORD)
        connection.execute(insert(t.chunk).values(notice_id=notice_id, channel="sms", due_at=wall))
        for key in (1, 2, 3):
            town.add_delivery(connection, notice_id, key, Occasion.FIRST_WORD, "pending", chunk_id=1)
        taken = lease(connection, 1, wall)
        assert taken is not None
        return taken
