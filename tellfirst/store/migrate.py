"""Bring a database to the tables of this version."""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from tellfirst.store.engine import reading, writing

SCRIPTS = "tellfirst.store:migrations"
TURN = 7_355_608
"""The advisory lock on PostgreSQL under which migrations wait for each other; any number nobody else uses."""


def migrate(engine: Engine) -> None:
    """Upgrade to the newest revision in one transaction. Several processes may start at once: one does it."""
    with writing(engine) as connection:
        upgrade(connection)


def upgrade(connection: Connection) -> None:
    """The same inside the transaction of `connection`; others wait for its end."""
    # On SQLite a writing transaction is alone anyway.
    if connection.dialect.name == "postgresql":
        # Rebuilding a table of many millions takes as long as it takes, and so does waiting for who does it.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
    command.upgrade(configured(connection), "head")


def at_head(engine: Engine) -> bool:
    """Whether the database has exactly the revisions this version knows."""
    newest = set(ScriptDirectory.from_config(configured()).get_heads())
    with reading(engine) as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == newest


def configured(connection: Connection | None = None) -> Config:
    """What Alembic's commands need, without a file. Revisions run inside the transaction of `connection`."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", SCRIPTS)
    return config
