"""Statements that are run for every window or word: written and compiled once, and given many rows as one parameter.

SQLAlchemy reads a statement anew at each execution to find its compiled form: ten times as long as a small one then
takes, and for that of the intent longer than the database needs to run it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    Integer,
    Select,
    String,
    Subquery,
    Table,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import ClauseElement, ClauseList
from sqlalchemy.sql.operators import in_op
from sqlalchemy.sql.visitors import replacement_traverse

from tellfirst.store.types import UtcTime

COUNTED = {"preserve_rowcount": True}
Rows = Sequence[Sequence[int | str | None]]


class Prepared:
    """A statement whose parameters all are `bindparam`s; `write` makes it for a database's name."""

    def __init__(self, write: Callable[[str], Executable]) -> None:
        self._write = write
        self._compiled: dict[tuple[str, bool], Executable] = {}

    def run(self, connection: Connection, **parameters: Any) -> CursorResult[Any]:
        """Execute it with these parameters."""
        # Without the option the number of rows an INSERT has put is lost on PostgreSQL.
        return connection.execute(self._for(connection), parameters, execution_options=COUNTED)

    def run_each(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute it once for each of these sets of parameters."""
        if rows:
            connection.execute(self._for(connection, each=True), rows)

    def value(self) -> ColumnElement[Any]:
        """The one value it asks for, as a part of a statement that has its parameters too."""
        return cast(Select[Any], self._write("")).scalar_subquery()

    def finds_any(self) -> ColumnElement[bool]:
        """Whether it finds a row, as a part of a statement that has its parameters too."""
        return cast(Select[Any], self._write("")).exists()

    def rows(self, name: str) -> Subquery:
        """What it selects, as a part of a statement that has its parameters too."""
        return cast(Select[Any], self._write("")).subquery(name)

    def _for(self, connection: Connection, *, each: bool = False) -> Executable:
        dialect = connection.dialect
        compiled = self._compiled.get((dialect.name, each))
        if compiled is None:
            written = cast(ClauseElement, self._write(dialect.name))
            # A compiled statement can be executed like any other, but its type does not say so. One for many rows
            # asks for no key of a new row, which PostgreSQL would be asked for otherwise.
            made: Any = _spelt_out(written).compile(dialect=dialect, for_executemany=each)
            compiled = self._compiled[dialect.name, each] = made
        return compiled


def prepared(write: Callable[[], Executable]) -> Prepared:
    """The statement that `write` makes, which is the same for every database."""
    return Prepared(lambda _dialect: write())


def _spelt_out(statement: ClauseElement) -> ClauseElement:
    """A list of known values as so many parameters: as one it is written into the text at each execution."""

    def spelt(element: Any, **_: Any) -> Any:
        if isinstance(element, BindParameter) and element.expanding and element.value:
            each = (literal(value, element.type) for value in element.value)
            return ClauseList(*each).self_group(against=in_op)
        return None

    return cast(ClauseElement, replacement_traverse(statement, {}, spelt))


def number(name: str) -> ColumnElement[int]:
    """The parameter `name`, a whole number."""
    return bindparam(name, type_=Integer)


def text(name: str) -> ColumnElement[str]:
    """The parameter `name`, a text."""
    return bindparam(name, type_=String)


def moment(name: str) -> ColumnElement[Any]:
    """The parameter `name`, an aware time."""
    return bindparam(name, type_=UtcTime)


def asked(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Where the column is what the parameter of its name says."""
    return column == bindparam(cast(Any, column).name, type_=column.type)


def among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Where the column is one of the parameter `name`, which is a list of few."""
    return column.in_(bindparam(name, type_=column.type, expanding=True))


def parameters(table: Table, *names: str) -> dict[str, ColumnElement[Any]]:
    """What these columns are set to: each to the parameter of its name."""
    return {name: bindparam(name, type_=table.c[name].type) for name in names}


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


def one_of_given(dialect: str, column: Column[Any]) -> ColumnElement[bool]:
    """Where the column is one of the rows of the parameter `given`, however many these are; see `as_given_each`."""
    return column.in_(select(given(dialect, column).c[column.name]))


def as_given_each(values: Sequence[int | str]) -> str:
    """Whole numbers or texts as the one parameter that `one_of_given` reads."""
    return as_given([[one] for one in values])


def as_given(rows: Rows) -> str:
    """Rows of whole numbers and texts as the one parameter that `given` reads."""
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
