"""Who was erased does not come back by tonight's file: their rows are left out, and nothing of them is kept."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, Table, literal, select

from tellfirst.audience.importing.rules import Rule
from tellfirst.audience.importing.staging import Stage
from tellfirst.audience.importing.terms import ImportKind
from tellfirst.domain.erasing import Kind, digest, kind_of
from tellfirst.store import suppressions

NAMING = {
    ImportKind.CUSTOMERS: ("reference", "phone", "email"),
    ImportKind.CONTACT_POINTS: ("customer", "address"),
    ImportKind.SERVICES: ("customer",),
    ImportKind.PRESENCE: ("customer",),
}
"""Columns of a file that say whose a row is; the first is the customer's reference."""
AT_ONCE = 10_000
"""Rows whose hashes are looked up together."""


def reject_erased(stage: Stage, key: bytes, now: datetime) -> int:
    """How many rows were of somebody who was erased. Costs nothing where nobody is."""
    columns = NAMING.get(stage.layout.kind)
    if not key or columns is None or not suppressions.any_in_force(stage.connection, now):
        return 0
    rejected = 0
    for lines in list(_lines(stage.connection, stage.rows, columns, key, now)):
        # Their own words are not repeated among the rejects, where they would stand again.
        rejected += stage.reject(columns[0], Rule.ERASED, stage.rows.c.line.in_(lines), literal(""))
    return rejected


def _lines(
    connection: Connection, rows: Table, columns: tuple[str, ...], key: bytes, now: datetime
) -> Iterator[list[int]]:
    found = connection.execute(select(rows.c.line, *(rows.c[name] for name in columns)))
    for part in found.partitions(AT_ONCE):
        digests: dict[str, list[int]] = {}
        for line, reference, *addresses in part:
            digests.setdefault(digest(key, Kind.REFERENCE, reference), []).append(line)
            for one in addresses:
                if one:
                    digests.setdefault(digest(key, kind_of(one), one), []).append(line)
        suppressed = suppressions.in_force(connection, digests, now)
        if lines := sorted({line for one in suppressed for line in digests[one]}):
            yield lines
