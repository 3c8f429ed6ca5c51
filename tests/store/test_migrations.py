"""Migrations make exactly the tables that the code reads, once, whoever starts first."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from schema import described, functions, triggers
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from waiting import until_it_waits

from tellfirst.store.engine import reading, writing
from tellfirst.store.guards import GUARDS, OF_THE_AUDIT
from tellfirst.store.migrate import at_head, configured, migrate, upgrade
from tellfirst.store.tables import metadata

GUARD_NAMES = {guard.name for guard in (*GUARDS, *OF_THE_AUDIT)}
STARTER = """
import sys
from tellfirst.store.engine import connect
from tellfirst.store.migrate import at_head, migrate
print("ready", flush=True)
sys.stdin.readline()
engine = connect(sys.argv[1])
migrate(engine)
print(at_head(engine), flush=True)
"""


def test_alembic_finds_nothing_to_add_to_a_migrated_database(engine: Engine) -> None:
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_a_migrated_database_is_the_one_the_tables_describe(empty_engine: Engine) -> None:
    """The catalogue shows what Alembic does not compare: checks, WITHOUT ROWID, the order of columns."""
    metadata.create_all(empty_engine)
    wanted = described(empty_engine)
    metadata.drop_all(empty_engine)
    migrate(empty_engine)
    assert described(empty_engine) == wanted
    assert len(wanted) > len(metadata.tables)


def test_every_guard_stands_in_a_migrated_database(engine: Engine) -> None:
    assert triggers(engine) == GUARD_NAMES


def test_downgrade_takes_everything_away_and_upgrade_brings_it_back(engine: Engine) -> None:
    before = described(engine)
    with writing(engine) as connection:
        command.downgrade(configured(connection), "base")
    assert described(engine) | triggers(engine) | functions(engine) == set()
    assert not at_head(engine)
    migrate(engine)
    assert described(engine) == before
    assert triggers(engine) == GUARD_NAMES


def test_a_database_is_at_head_once_it_is_migrated(empty_engine: Engine) -> None:
    assert not at_head(empty_engine)
    migrate(empty_engine)
    assert at_head(empty_engine)


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    before = described(engine)
    migrate(engine)
    assert described(engine) == before


def test_a_database_from_a_newer_version_is_not_at_head(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert not at_head(engine)


def test_a_migration_that_fails_half_way_leaves_nothing_behind(empty_engine: Engine) -> None:
    with writing(empty_engine) as connection:
        connection.execute(text("CREATE TABLE stepped_clock (id integer)"))
    with pytest.raises(DBAPIError, match="stepped_clock"):
        migrate(empty_engine)
    assert inspect(empty_engine).get_table_names() == ["stepped_clock"]
    assert functions(empty_engine) == set()


def test_a_second_migration_waits_for_the_first_and_finds_nothing_left_to_do(empty_engine: Engine) -> None:
    with ThreadPoolExecutor(1) as pool, writing(empty_engine) as connection:
        upgrade(connection)
        second = pool.submit(migrate, empty_engine)
        until_it_waits(empty_engine, second)
        connection.commit()
        second.result(30)
    assert at_head(empty_engine)


def test_processes_that_start_together_migrate_once(empty_engine: Engine) -> None:
    url = empty_engine.url.render_as_string(hide_password=False)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", STARTER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    answers = [one.communicate("go\n", timeout=30)[0] for one in both]
    assert answers == ["True\n", "True\n"]
    assert [one.returncode for one in both] == [0, 0]


def test_a_new_sqlite_database_is_ready_at_once(empty_sqlite_engine: Engine) -> None:
    began = time.perf_counter()
    migrate(empty_sqlite_engine)
    assert time.perf_counter() - began < 2
