"""The lines of a text file, and the rows they hold."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from tellfirst.audience.importing.pieces import LINE, LONGEST_SHOWN, ROWS, WHOLE_ROW, Fault, Piece
from tellfirst.audience.importing.rules import Rule
from tellfirst.audience.importing.terms import FileRefused

LONGEST_LINE = 1 << 24
"""Characters; a line beyond it is no row of any table we know."""


class Lines:
    """An open file, line by line. `number` is that of the line read last, from 1."""

    def __init__(self, path: Path, text: io.TextIOWrapper, raw: BinaryIO) -> None:
        self.path = path
        self.number = 0
        self._text = text
        self._raw = raw

    @property
    def read_bytes(self) -> int:
        return self._raw.tell()

    def __iter__(self) -> Iterator[str]:
        while line := self._text.readline(LONGEST_LINE):
            self.number += 1
            if len(line) == LONGEST_LINE:
                problem = f"is longer than {LONGEST_LINE} characters"
                raise FileRefused("line_too_long", self.path, self.number, problem, "export one row per line")
            yield line

    def block(self) -> list[str]:
        """The next lines, as many as a piece has rows; none at the end."""
        taken: list[str] = []
        for line in self:
            taken.append(line)
            if len(taken) == ROWS:
                break
        return taken

    def next_one_with_text(self) -> str | None:
        return next((line for line in self if line.strip()), None)


@dataclass(frozen=True, slots=True)
class Record:
    """A row and the line it begins on; or, with a `rule`, a line that is no row."""

    line: int
    fields: list[str]
    rule: Rule | None = None


def read_block(lines: Lines, names: tuple[str, ...], separator: str, done: float) -> Piece | None:
    """The next lines as a piece; None at the end. The last row may take more lines than a block has.

    A line without a quote that begins a row is the row; these are split all at once. What a quote may run
    together with other lines is read by the standard library. Raises FileRefused for a quote that does not close.
    """
    block = lines.block()
    if not block:
        return None
    first, at = lines.number - len(block) + 1, 0
    numbers: list[int] = []
    plain: list[str] = []
    records: list[Record] = []
    while at < len(block):
        if '"' in block[at]:
            found, taken = quoted_records(lines, block, at, first + at, separator)
            records += found
            at += taken
        else:
            numbers.append(first + at)
            plain.append(block[at])
            at += 1
    return _joined(_plain_piece(numbers, plain, names, separator), _records_piece(records, names), done)


def quoted_records(
    lines: Lines, block: list[str], at: int, first: int, separator: str
) -> tuple[list[Record], int]:
    """The rows from `block[at]`, the line `first`, up to a row that begins without a quote; their lines."""
    found: list[Record] = []
    taken: list[str] = []
    reader = csv.reader(_noting(taken, block[at:], lines), strict=True, delimiter=separator)
    while True:
        begun = first + reader.line_num
        try:
            fields = next(reader)
        except csv.Error as wrong:
            found += _broken(lines.path, begun, taken, str(wrong))
        else:
            found.append(Record(begun, fields))
        taken.clear()
        ahead = at + reader.line_num
        if ahead >= len(block) or '"' not in block[ahead]:
            return found, reader.line_num


def _plain_piece(numbers: list[int], plain: list[str], names: tuple[str, ...], separator: str) -> Piece:
    schema = {LINE: pl.Int64, "text": pl.String}
    rows = pl.DataFrame({LINE: numbers, "text": plain}, schema=schema).with_columns(
        pl.col("text").str.strip_chars_end("\r\n")
    )
    rows = rows.filter(pl.col("text").str.strip_chars() != "")
    width = pl.col("text").str.count_matches(separator, literal=True) + 1
    odd = rows.filter(width != len(names)).with_columns(width.alias("width")).rows()
    faults = (
        Fault(line, WHOLE_ROW, _width_rule(found, names), text[:LONGEST_SHOWN]) for line, text, found in odd
    )
    even = rows.filter(width == len(names)) if odd else rows
    fields = even["text"].str.split_exact(separator, len(names) - 1).struct.rename_fields(list(names))
    return Piece(pl.DataFrame(even[LINE]).hstack(fields.struct.unnest()), tuple(faults))


def _records_piece(records: Iterable[Record], names: tuple[str, ...]) -> Piece:
    rows: list[tuple[int | str, ...]] = []
    faults: list[Fault] = []
    for record in records:
        if record.rule is None and len(record.fields) == len(names):
            rows.append((record.line, *record.fields))
        else:
            rule = record.rule or _width_rule(len(record.fields), names)
            faults.append(Fault(record.line, WHOLE_ROW, rule, ",".join(record.fields[:100])[:LONGEST_SHOWN]))
    schema = {LINE: pl.Int64} | dict.fromkeys(names, pl.String)
    return Piece(pl.DataFrame(rows, schema=schema, orient="row"), tuple(faults))


def _joined(plain: Piece, quoted: Piece, done: float) -> Piece:
    return Piece(pl.concat([plain.frame, quoted.frame]), plain.faults + quoted.faults, done)


def _noting(taken: list[str], block: list[str], lines: Lines) -> Iterator[str]:
    for part in (block, lines):
        for line in part:
            taken.append(line)
            yield line


def _broken(path: Path, first: int, taken: list[str], reason: str) -> Iterator[Record]:
    """Rows that a wrong quote has run together cannot be told apart: none of their lines is a row."""
    endless = "field limit" in reason
    if ("end of data" in reason or endless) and len(taken) > 1:
        problem = "a quote opens here and does not close"
        raise FileRefused("quotes", path, first, problem, 'close it, or double it ("") inside a field')
    for line, text in enumerate(taken, start=first):
        if text.strip():
            yield Record(line, [text.rstrip("\r\n")], Rule.TOO_LONG if endless else Rule.BROKEN_QUOTES)


def _width_rule(width: int, names: tuple[str, ...]) -> Rule:
    return Rule.FIELDS_MISSING if width < len(names) else Rule.FIELDS_EXTRA
