"""What both databases can do, but spell differently."""

from typing import Any

from sqlalchemy import ColumnElement, Float, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import InternalTraversal


class bits_of(FunctionElement[int]):
    """Every bit that is set in any row. SQLite: each row may have one bit at most."""

    type = Integer()
    inherit_cache = True


@compiles(bits_of, "sqlite")
def _on_sqlite(element: bits_of, compiler: Any, **kw: Any) -> str:
    # It has no bit_or; a Python aggregate would be called once per row. Single bits, each counted once, add up.
    return f"sum(DISTINCT {compiler.process(element.clauses, **kw)})"


@compiles(bits_of, "postgresql")
def _on_postgresql(element: bits_of, compiler: Any, **kw: Any) -> str:
    return f"bit_or({compiler.process(element.clauses, **kw)})"


class without_index(ColumnElement[Any]):
    """A column that is compared row by row: on SQLite the planner uses no index for it, and so picks the order
    of a join as told. PostgreSQL's knows better and is left alone."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column = column
        self.type = column.type

    _traverse_internals = [("column", InternalTraversal.dp_clauseelement)]  # noqa: RUF012 - SQLAlchemy's own name


@compiles(without_index, "sqlite")
def _plus(element: without_index, compiler: Any, **kw: Any) -> str:
    # sqlite.org/optoverview.html section 4.3: a unary plus disqualifies a term from the use of an index.
    return f"+{compiler.process(element.column, **kw)}"


@compiles(without_index, "postgresql")
def _plain(element: without_index, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.column, **kw))


class seconds_between(FunctionElement[float]):
    """How long after the first time the second one is."""

    type = Float()
    inherit_cache = True


@compiles(seconds_between, "sqlite")
def _by_days(element: seconds_between, compiler: Any, **kw: Any) -> str:
    earlier, later = (compiler.process(one, **kw) for one in element.clauses)
    return f"(julianday({later}) - julianday({earlier})) * 86400"


@compiles(seconds_between, "postgresql")
def _by_interval(element: seconds_between, compiler: Any, **kw: Any) -> str:
    earlier, later = (compiler.process(one, **kw) for one in element.clauses)
    return f"extract(epoch FROM {later} - {earlier})"
