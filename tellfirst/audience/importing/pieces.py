"""A piece of a file: rows as they stand there, and lines that are no rows."""

from dataclasses import dataclass, field

import polars as pl

from tellfirst.audience.importing.rules import Rule

ROWS = 50_000
"""Enough that a piece is worth its overhead, few enough that memory stays flat."""
LINE = "line"
WHOLE_ROW = ""
"""The column of a fault that concerns a line as a whole."""
LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where. `text` may be a customer's: it goes into the table and the CSV of rejects alone."""

    line: int
    column: str
    rule: Rule
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """`frame` has the column `line` and a text column for each column of the file; `done` is a share, 0 to 1."""

    frame: pl.DataFrame
    faults: tuple[Fault, ...] = field(default=())
    done: float = 1.0

    @property
    def row_count(self) -> int:
        return self.frame.height + len(self.faults)


def shown(text: str) -> str:
    """At most 200 characters of it, with nothing in it that moves a cursor or turns the writing round."""
    start = text[:LONGEST_SHOWN]
    visible = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in start)
    return visible if len(visible) <= LONGEST_SHOWN else visible[:LONGEST_SHOWN]
