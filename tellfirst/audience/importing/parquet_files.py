"""Parquet: every column as text, so that the same rules apply. A row's line is its number, from 1."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from tellfirst.audience.importing.columns import understand
from tellfirst.audience.importing.layouts import Layout
from tellfirst.audience.importing.pieces import LINE, ROWS, Piece
from tellfirst.audience.importing.terms import FileRefused


class ParquetFile:
    """One Parquet file with flat columns."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self._path = path
        try:
            self._rows = pl.scan_parquet(path)
            self._schema = self._rows.collect_schema()
            self._count = int(self._rows.select(pl.len()).collect().item())
        except (PolarsError, OSError):
            raise FileRefused(
                "no_table", path, 0, "is no Parquet file, or a damaged one", "write it again"
            ) from None
        self.header = understand(path, 0, list(self._schema), layout)
        for number, (_, held) in enumerate(self._schema.items(), start=1):
            if held.is_nested() or held == pl.Binary:
                problem = f"column {number} holds {held.base_type()}, not single values"
                raise FileRefused("no_table", path, 0, problem, "write texts, numbers or times")
        if not self._count:
            raise FileRefused("empty", path, 0, "has no rows", "export it again")

    def pieces(self) -> Iterator[Piece]:
        texts = [
            _as_text(pl.col(old), held).alias(new)
            for (old, held), new in zip(self._schema.items(), self.header.names, strict=True)
        ]
        for start in range(0, self._count, ROWS):
            try:
                frame = self._rows.slice(start, ROWS).select(texts).collect()
            except (PolarsError, OSError):
                raise FileRefused(
                    "no_table",
                    self._path,
                    start + 1,
                    "cannot be read on",
                    "the file is damaged: write it again",
                ) from None
            lines = pl.int_range(start + 1, start + 1 + frame.height, dtype=pl.Int64, eager=True).alias(LINE)
            yield Piece(frame.insert_column(0, lines), done=min(1.0, (start + ROWS) / self._count))


def _as_text(column: pl.Expr, held: pl.DataType) -> pl.Expr:
    if isinstance(held, pl.Datetime):
        # A time without a zone stays one, and is refused as such.
        return column.dt.to_string("iso:strict")
    return column.cast(pl.String, strict=True)
