"""A database's tables, constraints and indexes as its own catalogue describes them."""

import re

from sqlalchemy import Engine, text

from tellfirst.store.engine import reading

SQLITE = "SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
POSTGRESQL = """
SELECT concat_ws(' ', table_name, ordinal_position, column_name, data_type, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL
SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
"""
TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


def described(engine: Engine) -> set[str]:
    """Everything but Alembic's own table, one line each."""
    statement = SQLITE if engine.dialect.name == "sqlite" else POSTGRESQL
    with reading(engine) as connection:
        lines = {re.sub(r"\s+", " ", line) for line in connection.scalars(text(statement))}
    return {line for line in lines if "alembic_version" not in line}


def triggers(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return set(connection.scalars(text(TRIGGERS[engine.dialect.name])))


def functions(engine: Engine) -> set[str]:
    """None on SQLite, which has no functions of its own."""
    if engine.dialect.name == "sqlite":
        return set()
    with reading(engine) as connection:
        found = connection.scalars(
            text("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        )
        return set(found)
