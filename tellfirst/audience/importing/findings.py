"""What the rules found in a piece: rejects with their lines, and how often what was mended."""

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from tellfirst.audience.importing.pieces import LINE, Fault, shown
from tellfirst.audience.importing.rules import Note, Rule


@dataclass(slots=True)
class Findings:
    """Filled rule by rule. A row that breaks several rules is found by each of them."""

    texts: pl.DataFrame
    """The rows as they stand in the file: what is shown of a fault."""
    faults: list[Fault] = field(default_factory=list)
    notes: list[tuple[str, Note, pl.Series]] = field(default_factory=list)
    """Column, note and the lines it is about."""

    def reject(self, frame: pl.DataFrame, where: pl.Expr, column: str, rule: Rule) -> None:
        """Every row of `frame` for which `where` holds."""
        found = frame.filter(where).select(LINE)
        if found.is_empty():
            return
        text = pl.col(column).fill_null("") if column in self.texts.columns else pl.lit("")
        rows = self.texts.join(found, on=LINE, how="semi").select(LINE, text.alias("text")).rows()
        self.faults.extend(Fault(line, column, rule, shown(value)) for line, value in rows)

    def note(self, column: str, note: Note, lines: pl.Series) -> None:
        if not lines.is_empty():
            self.notes.append((column, note, lines))

    def rejected_lines(self) -> pl.Series:
        return pl.Series(LINE, [fault.line for fault in self.faults], dtype=pl.Int64).unique()

    def mended(self) -> tuple[Counter[tuple[str, Note]], int]:
        """How often each note was made in rows that were not rejected, and in how many rows any."""
        rejected = self.rejected_lines()
        counts: Counter[tuple[str, Note]] = Counter()
        lines: list[pl.Series] = []
        for column, note, where in self.notes:
            kept = where.filter(~where.is_in(rejected.implode())) if len(rejected) else where
            counts[column, note] += len(kept)
            lines.append(kept)
        rows = pl.concat(lines).n_unique() if lines else 0
        return +counts, rows
