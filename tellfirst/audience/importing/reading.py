"""Read: the files of a path, and each file as pieces of text with the line that every row stands on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Protocol

from tellfirst.audience.importing.columns import Header
from tellfirst.audience.importing.csv_files import CsvFile
from tellfirst.audience.importing.layouts import Layout
from tellfirst.audience.importing.parquet_files import ParquetFile
from tellfirst.audience.importing.pieces import Piece
from tellfirst.audience.importing.terms import FileRefused, Terms

SUFFIXES = {".csv", ".parquet"}
FOREIGN = {
    b"PAR1": "a Parquet file; name it .parquet",
    b"PK\x03\x04": "a spreadsheet or an archive; save the sheet as CSV in UTF-8",
    b"\x1f\x8b": "compressed; unpack it first",
}
"""How other formats begin."""


class Source(Protocol):
    """A file that can be read as a table; its header has been understood."""

    header: Header

    def pieces(self) -> Iterator[Piece]:
        """Its rows in order. Raises FileRefused where reading cannot go on."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Which file it was, byte for byte."""

    path: Path
    sha256: str


def files(paths: Sequence[Path]) -> list[Path]:
    """Every file named, those of a folder in the order of their names. Raises FileRefused for what is none."""
    found: list[Path] = []
    for path in paths:
        inside = (
            sorted(one for one in path.iterdir() if not one.name.startswith(".")) if path.is_dir() else [path]
        )
        if not inside:
            raise FileRefused("no_file", path, 0, "the folder is empty", "put CSV or Parquet files into it")
        found.extend(inside)
    for path in found:
        if not path.is_file():
            raise FileRefused("no_file", path, 0, "there is no such file", "check the path")
        if path.suffix.lower() not in SUFFIXES:
            raise FileRefused(
                "no_file", path, 0, "is neither .csv nor .parquet", "rename it, or move it out of the folder"
            )
    return found


def open_source(path: Path, layout: Layout, terms: Terms) -> Source:
    """The file, ready to be read. Raises FileRefused when it cannot be understood as a table of `layout`."""
    with path.open("rb") as file:
        start = file.read(4)
    if path.suffix.lower() == ".parquet":
        return ParquetFile(path, layout)
    for magic, what in FOREIGN.items():
        if start.startswith(magic):
            raise FileRefused("no_table", path, 1, f"is {what.partition(';')[0]}", what.partition("; ")[2])
    return CsvFile(path, layout, terms)


def origin(path: Path) -> Origin:
    with path.open("rb") as file:
        return Origin(path, file_digest(file, "sha256").hexdigest())
