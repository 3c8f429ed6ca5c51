"""Mentions in what others wrote: a row stays, and where it named the customer it says that it did."""

import json
import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import JSON, Column, Connection, String, Table, Text, and_, or_, select, update

from tellfirst.domain.erasing import GONE, SHORTEST_WORD, Kind, kind_of
from tellfirst.erasing.fates import DECLARED, SWEPT
from tellfirst.erasing.person import Person
from tellfirst.store import tables as t

NATIONAL = 9
"""Digits from its end by which a number is known, whether it is written with its country, with a 0, or with neither."""
_GAP = r"[ \-.()/]{0,2}"


def sweep(connection: Connection, it: Person) -> dict[str, int]:
    """How many rows of each table named them."""
    pattern = _pattern(it.words)
    if pattern is None:
        return {}
    many = {table.name: _sweep(connection, table, pattern) for table in _tables()}
    return {name: count for name, count in many.items() if count}


def count(connection: Connection, it: Person) -> dict[str, int]:
    """The same, without doing it."""
    pattern = _pattern(it.words)
    if pattern is None:
        return {}
    many = {table.name: sum(1 for _ in _mentions(connection, table, pattern)) for table in _tables()}
    return {name: count for name, count in many.items() if count}


def _tables() -> list[Table]:
    """Where anybody may have been named; those that nobody has spoken for among them."""
    return [one for one in t.metadata.sorted_tables if one.name in SWEPT or one.name not in DECLARED]


def _sweep(connection: Connection, table: Table, pattern: re.Pattern[str]) -> int:
    # Read as a whole before the first is written: a cursor over what is being changed may see it twice.
    changes = list(_mentions(connection, table, pattern))
    for key, values in changes:
        here = and_(*(column == part for column, part in zip(table.primary_key, key, strict=True)))
        connection.execute(update(table).where(here).values(**values))
    return len(changes)


def _mentions(
    connection: Connection, table: Table, pattern: re.Pattern[str]
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The key of each row that names them, and what its columns will say."""
    key = list(table.primary_key.columns)
    columns = [one for one in table.columns if one not in key and _can_name(one)]
    if not columns:
        return
    named = select(*key, *columns).where(or_(*(one.is_not(None) for one in columns)))
    rows = connection.execute(named.execution_options(yield_per=1_000))
    for row in rows:
        values = {
            column.name: swept
            for column, value in zip(columns, row[len(key) :], strict=True)
            if (swept := _without(value, pattern)) != value
        }
        if values:
            yield tuple(row[: len(key)]), values


def _can_name(column: Column[Any]) -> bool:
    return isinstance(column.type, String | Text | JSON) and not column.foreign_keys


def _without(value: Any, pattern: re.Pattern[str]) -> Any:
    """A text, or what JSON holds, with every mention replaced."""
    if isinstance(value, str):
        return pattern.sub(GONE, value)
    if value is None or not pattern.search(json.dumps(value, ensure_ascii=False)):
        return value
    return _within(value, pattern)


def _within(value: Any, pattern: re.Pattern[str]) -> Any:
    match value:
        case str():
            return pattern.sub(GONE, value)
        case dict():
            return {_within(name, pattern): _within(one, pattern) for name, one in value.items()}
        case list():
            return [_within(one, pattern) for one in value]
        case int() if pattern.search(str(value)):
            return GONE
    return value


def _pattern(words: frozenset[str]) -> re.Pattern[str] | None:
    parts = [_word(one) for one in sorted(words, key=len, reverse=True) if len(one) >= SHORTEST_WORD]
    return re.compile("|".join(parts), re.IGNORECASE) if parts else None


def _word(word: str) -> str:
    """How it may stand in a text; not as a part of a longer word or number."""
    if kind_of(word) is not Kind.NUMBER:
        return rf"(?<![\w.+\-]){re.escape(word)}(?!\w)"
    digits = "".join(sign for sign in word if sign.isdigit())
    known, before = digits[-NATIONAL:], digits[:-NATIONAL]
    country = _GAP.join(before)
    optional = rf"(?:(?:\+|00)?{_GAP}{country}{_GAP}|0{_GAP})?" if before else ""
    # The rest of the number before its last nine digits may be missing digit by digit: 98 480… as 8480….
    tail = "".join(f"(?:{one}{_GAP})?" for one in before[-3:])
    return rf"(?<!\d){optional}{tail}{_GAP.join(known)}(?!\d)"
