"""Stage: rows that passed wait in a temporary table beside the store's own, rejects in another.

Nothing here takes the store's write lock: other workers go on while a file is read and checked.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Float,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
)

from tellfirst.audience.importing.bulk import put
from tellfirst.audience.importing.layouts import Holds, Layout
from tellfirst.audience.importing.pieces import LINE, Fault
from tellfirst.audience.importing.rules import Rule
from tellfirst.audience.importing.terms import ImportKind
from tellfirst.store.types import UtcTime

TYPES = {Holds.TEXT: String, Holds.WHOLE: Integer, Holds.DECIMAL: Float, Holds.TIME: UtcTime}


class Stage:
    """The temporary tables of one file. They live as long as the connection."""

    def __init__(self, connection: Connection, layout: Layout) -> None:
        self.connection = connection
        self.layout = layout
        made = MetaData()
        columns = [Column(column.name, TYPES[column.holds]()) for column in layout.columns]
        if layout.kind is ImportKind.SERVICES:
            columns.append(Column("element_id", String))
        line = Column(LINE, BigInteger, primary_key=True, autoincrement=False)
        self.rows = Table("incoming", made, line, *columns, prefixes=["TEMPORARY"])
        self.rejects = Table(
            "incoming_reject",
            made,
            Column(LINE, BigInteger, nullable=False),
            Column("column", String, nullable=False),
            Column("rule", String, nullable=False),
            Column("text", Text, nullable=False),
            prefixes=["TEMPORARY"],
        )
        made.create_all(connection, checkfirst=False)

    @property
    def key(self) -> tuple[Column[str], ...]:
        return tuple(self.rows.c[name] for name in self.layout.key)

    def put(self, frame: pl.DataFrame) -> None:
        put(self.connection, self.rows, frame)

    def put_rejects(self, faults: Iterable[Fault]) -> None:
        rows = [
            {LINE: one.line, "column": one.column, "rule": str(one.rule), "text": one.text} for one in faults
        ]
        if rows:
            self.connection.execute(insert(self.rejects), rows)

    def settle(self) -> None:
        """To be called once, when all rows are in: what follows looks rows up by their key."""
        names = ", ".join(self.layout.key).replace("group", '"group"')
        self.connection.exec_driver_sql(f"CREATE INDEX incoming_key ON incoming ({names})")
        self.connection.exec_driver_sql("ANALYZE incoming")

    def reject(self, column: str, rule: Rule, where: ColumnElement[bool], text: ColumnElement[str]) -> int:
        """Every staged row for which `where` holds leaves the stage; their number."""
        chosen = select(
            self.rows.c.line,
            literal(column),
            literal(str(rule)),
            func.substr(func.coalesce(text, ""), 1, 200),
        )
        self.connection.execute(
            insert(self.rejects).from_select([LINE, "column", "rule", "text"], chosen.where(where))
        )
        return self.connection.execute(delete(self.rows).where(where)).rowcount

    def drop_doubled(self) -> int:
        """Of equal rows one stays; rows with one key that differ are all rejected. The number of those left out."""
        rows = self.rows
        doubled = select(*self.key).group_by(*self.key).having(func.count() > 1)
        if self.connection.execute(doubled.limit(1)).first() is None:
            return 0
        at_odds = select(*self.key).where(self.among(doubled)).group_by(*self.key).having(self._differ())
        self.reject("+".join(self.layout.key), Rule.DIFFERENT_ROWS_ONE_KEY, self.among(at_odds), self.key[0])
        first = select(func.min(rows.c.line)).group_by(*self.key).having(func.count() > 1)
        again = and_(self.among(doubled), rows.c.line.not_in(first.correlate(None)))
        return self.connection.execute(delete(rows).where(again)).rowcount

    def count(self) -> int:
        return self.connection.execute(select(func.count()).select_from(self.rows)).scalar_one()

    def rejected_count(self) -> int:
        """How many rows were rejected, whatever the number of their faults."""
        lines = select(func.count(self.rejects.c.line.distinct()))
        return self.connection.execute(lines).scalar_one()

    def among(self, keys: Select[Any], columns: Sequence[ColumnElement[str]] = ()) -> ColumnElement[bool]:
        """Whether the `columns` of a staged row, its key if left out, are among `keys`."""
        named = columns or self.key
        # `keys` looks at the same table, at all its rows and not at the one row that is asked about.
        return (named[0] if len(named) == 1 else tuple_(*named)).in_(keys.correlate(None))

    def _differ(self) -> ColumnElement[bool]:
        """Over a group: whether any column has two values, or a value in one row and none in another."""
        others = [column for column in self.rows.c if column.name not in {LINE, *self.layout.key}]
        apart = [func.min(column) != func.max(column) for column in others]
        partly = [func.count(column).not_in([0, func.count()]) for column in others]
        return or_(*apart, *partly)
