"""Many values as one parameter: a statement about ten thousand alerts stays one statement."""

import json
from collections.abc import Sequence

from sqlalchemy import ARRAY, Column, Connection, Select, String, cast, func, select


def listed(connection: Connection, values: Sequence[str]) -> Select[tuple[str]]:
    """A subquery of `values`, to be used with `in_`; one parameter, however many they are."""
    if connection.dialect.name == "sqlite":
        table = func.json_each(json.dumps(list(values))).table_valued(Column("value", String()))
    else:
        table = func.unnest(cast(list(values), ARRAY(String()))).table_valued(Column("value", String()))
        table = table.render_derived()
    return select(table.c.value)
