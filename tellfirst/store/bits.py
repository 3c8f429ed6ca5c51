"""An aggregate both databases can do, but spell differently."""

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


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
