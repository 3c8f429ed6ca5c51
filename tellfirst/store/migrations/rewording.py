"""Changing the words that a column may hold, without building its table anew."""

import sqlalchemy as sa
from alembic import op


def reword(table: str, column: str, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    """The check of `column` allows `new` instead of `old`. Rows, triggers and references stay as they are.

    SQLite has no statement for it; its manual names this way for changes that no stored row depends on:
    sqlite.org/lang_altertable.html, section 7, "simpler procedure".
    """
    name = f"ck_{table}_{column}"
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, f"{column} IN ({_listed(new)})")
        return
    before, after = f"{column} IN ({_listed(old)})", f"{column} IN ({_listed(new)})"
    schema = connection.scalar(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"), {"table": table}
    )
    if schema is None or schema.count(before) != 1:
        raise RuntimeError(
            f"the check {name} is not what this migration expects; the database was altered by hand"
        )
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        {"sql": schema.replace(before, after), "table": table},
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)
