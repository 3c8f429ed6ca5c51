"""What was imported and what was refused, kept for whoever has to mend the file."""

import csv
import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, FromClause, Table, func, insert, literal, select

from tellfirst.audience.importing.reading import Origin
from tellfirst.audience.importing.rules import SENTENCES, Rule
from tellfirst.audience.importing.terms import ImportKind, Terms
from tellfirst.store import tables as t

FORMULA_STARTS = ("=", "+", "-", "@")


def record(
    connection: Connection,
    kind: ImportKind,
    file: Origin,
    terms: Terms,
    now: datetime,
    rejects: Table,
    **counts: int,
) -> int:
    """Write down the batch and its rejects; the batch's number."""
    made = connection.execute(
        insert(t.import_batch).values(
            kind=str(kind), file=file.path.name, sha256=file.sha256, at=now, actor=terms.actor, **counts
        )
    ).inserted_primary_key
    assert made is not None
    r = rejects.c
    # A row can break one rule in one column twice, as two rows with one key do; the first text stands for all.
    chosen = select(literal(made[0]), r.line, r.column, r.rule, func.min(r.text)).group_by(
        r.line, r.column, r.rule
    )
    names = ["batch_id", "line", "column", "rule", "text"]
    connection.execute(insert(t.import_reject).from_select(names, chosen))
    return int(made[0])


def rules_broken(connection: Connection, rejects: FromClause) -> Counter[tuple[str, str]]:
    """How many lines broke which rule in which column."""
    r = rejects.c
    counted = select(r.column, r.rule, func.count(r.line.distinct())).group_by(r.column, r.rule)
    return Counter({(column, rule): count for column, rule, count in connection.execute(counted)})


def write_rejects(connection: Connection, rejects: FromClause, path: Path) -> None:
    """The CSV for people: in the order of the file, safe to open in a spreadsheet, for its owner's eyes alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A file that is there already keeps its own mode: only a new one is sure to be private.
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "column", "rule", "text", "what to do"])
        writer.writerows(_lines(connection, rejects))


def _lines(connection: Connection, rejects: FromClause) -> Iterator[tuple[int, str, str, str, str]]:
    r = rejects.c
    ordered = select(r.line, r.column, r.rule, r.text).order_by(r.line, r.column, r.rule)
    for line, column, rule, text in connection.execute(ordered):
        yield line, column, rule, _harmless(text), SENTENCES[Rule(rule)]


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
