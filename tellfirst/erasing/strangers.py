"""Tables that nobody has spoken for (erasing/fates.py): what points to the customer, or to what is theirs, goes."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, Table, Text, delete, func, or_, select

from tellfirst.erasing.fates import DECLARED
from tellfirst.erasing.person import Person, theirs
from tellfirst.store import tables as t


def remove(connection: Connection, it: Person) -> dict[str, int]:
    """How many rows of each went."""
    gone = {table.name: _remove(connection, table, where) for table, where in _undeclared(it)}
    return {name: many for name, many in gone.items() if many}


def count(connection: Connection, it: Person) -> dict[str, int]:
    """The same, without doing it."""
    found = {
        table.name: connection.execute(select(func.count()).select_from(table).where(where)).scalar_one()
        for table, where in _undeclared(it)
    }
    return {name: many for name, many in found.items() if many}


def _undeclared(it: Person) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Those that point to others first, each with what makes a row of it theirs."""
    for table in reversed(t.metadata.sorted_tables):
        if table.name not in DECLARED and (conditions := list(_theirs(table, it))):
            yield table, or_(*conditions)


def _theirs(table: Table, it: Person) -> Iterator[ColumnElement[bool]]:
    wanted: dict[str, Select[Any]] = {
        "customer.id": select(t.customer.c.id).where(t.customer.c.id == it.id),
        "contact.id": select(t.contact.c.id).where(theirs(it)),
        "delivery.id": select(t.delivery.c.id).where(t.delivery.c.customer_id == it.id),
    }
    for column in table.columns:
        for key in column.foreign_keys:
            if key.target_fullname in wanted:
                yield column.in_(wanted[key.target_fullname])
        # Part of a key, it could not be replaced.
        if column.primary_key and isinstance(column.type, String | Text):
            yield column.in_(sorted(it.words))


def _remove(connection: Connection, table: Table, where: ColumnElement[bool]) -> int:
    """And before it whatever points to such a row."""
    [own, *more] = table.primary_key.columns
    if not more:
        for other in t.metadata.sorted_tables:
            for column in other.columns:
                if any(key.column is own for key in column.foreign_keys):
                    _remove(connection, other, column.in_(select(own).where(where)))
    return connection.execute(delete(table).where(where)).rowcount
