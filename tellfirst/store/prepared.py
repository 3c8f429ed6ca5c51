"""Statements that are run for every window: written and compiled once, and given many rows as one parameter.

SQLAlchemy reads a statement anew at each execution to find its compiled form; for the statement of the intent
that took longer than the database needs to run it.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    Integer,
    String,
    Subquery,
    bindparam,
    func,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB

COUNTED = {"preserve_rowcount": True}
Rows = Sequence[Sequence[int | str | None]]


class Prepared:
    """A statement whose parameters all are `bindparam`s; `write` makes it for a database's name."""

    def __init__(self, write: Callable[[str], Executable]) -> None:
        self._write = write
        self._compiled: dict[str, Executable] = {}

    def run(self, connection: Connection, **parameters: Any) -> CursorResult[Any]:
        """Execute it with these parameters."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            # A compiled statement can be executed like any other, but its type does not say so.
            made: Any = cast(Any, self._write(dialect.name)).compile(dialect=dialect)
            compiled = self._compiled[dialect.name] = made
        # Without the option the number of rows an INSERT has put is lost on PostgreSQL.
        return connection.execute(compiled, parameters, execution_options=COUNTED)


def number(name: str) -> ColumnElement[int]:
    """The parameter `name`, a whole number."""
    return bindparam(name, type_=Integer)


def given(dialect: str, *columns: Column[Any]) -> Subquery:
    """The rows of the parameter `given`, under the names and types of these columns; see `as_given`."""
    parameter = bindparam("given", type_=String)
    if dialect == "sqlite":
        each = func.json_each(parameter).table_valued("value", name="each_given")
        places: list[ColumnElement[Any]] = [
            func.json_extract(each.c.value, f"$[{place}]") for place in range(len(columns))
        ]
    else:
        each = func.jsonb_array_elements(sql_cast(parameter, JSONB)).table_valued("value", name="each_given")
        places = [each.c.value.op("->>")(place) for place in range(len(columns))]
    typed = [
        sql_cast(place, column.type).label(column.name) for place, column in zip(places, columns, strict=True)
    ]
    return select(*typed).subquery("given")


def as_given(rows: Rows) -> str:
    """Rows of whole numbers and texts as the one parameter that `given` reads."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
