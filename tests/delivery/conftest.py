"""Books with a small town in them, migrated and filled once per session; ports nobody uses."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import Bench, MakeBench
from databases import MIGRATED, Postgres

from tellfirst.proof import town
from tellfirst.proof.books import Books, PostgresBooks, SqliteBooks, write_template
from tellfirst.proof.schedule import Policy


@pytest.fixture(scope="session")
def town_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("town") / "town.db"
    write_template(f"sqlite:///{path}", town.FEW)
    return path


@pytest.fixture(scope="session")
def sqlite_books(town_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Books:
    return SqliteBooks(town_file, tmp_path_factory.mktemp("books"))


@pytest.fixture(scope="session")
def postgresql_books(postgres: Postgres) -> Iterator[Books]:
    with postgres.database(MIGRATED) as engine:
        url = engine.url.render_as_string(hide_password=False)
        write_template(url, town.FEW)
        yield PostgresBooks(url)


@pytest.fixture
def make_bench(sqlite_books: Books) -> Iterator[MakeBench]:
    benches: list[Bench] = []

    def make(policy: Policy = Policy.LOOK_UP, *, told: bool = True) -> Bench:
        for one in benches:
            one.close()
        benches.append(Bench(sqlite_books, policy, told=told))
        return benches[-1]

    yield make
    for one in benches:
        one.close()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
