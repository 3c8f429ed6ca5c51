"""CSV: blocks of lines, so that every row knows the line it stands on.

Readers of whole files say no line, and a column of lines cannot be split where quotes run lines together.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tellfirst.audience.importing import encodings
from tellfirst.audience.importing.columns import Header, understand
from tellfirst.audience.importing.layouts import Layout
from tellfirst.audience.importing.lines import Lines, Record, quoted_records, read_block
from tellfirst.audience.importing.pieces import Piece
from tellfirst.audience.importing.terms import FileRefused, Terms
from tellfirst.domain.errors import RuleBroken

SEPARATORS = {",": "','", ";": "';'", "\t": "tab", "|": "'|'"}


class CsvFile:
    """One CSV file. Lines may end in LF, CR LF or CR, mixed; empty lines are no rows."""

    def __init__(self, path: Path, layout: Layout, terms: Terms) -> None:
        self._path = path
        self._codec = encodings.codec(terms.encoding)
        self._separator = _separator(terms.separator)
        self._size = max(path.stat().st_size, 1)
        encodings.refuse_the_wrong_one(path, self._codec)
        with self._reading() as lines:
            self.header = self._understand(self._first_record(lines), layout)
            if lines.next_one_with_text() is None:
                raise FileRefused(
                    "empty", path, self.header.line, "has a header and no rows", "export it again"
                )

    def pieces(self) -> Iterator[Piece]:
        with self._reading() as lines:
            self._first_record(lines)
            while piece := read_block(lines, self.header.names, self._separator, self._done(lines)):
                yield piece

    def _done(self, lines: Lines) -> float:
        return min(lines.read_bytes / self._size, 1.0)

    @contextmanager
    def _reading(self) -> Iterator[Lines]:
        with self._path.open("rb") as raw:
            text = io.TextIOWrapper(raw, encoding=self._codec, newline="")
            try:
                yield Lines(self._path, text, raw)
            except UnicodeError:
                # Its own text shows the bytes, which may be a customer's.
                raise encodings.undecodable(self._path, self._codec) from None

    def _first_record(self, lines: Lines) -> Record:
        first = lines.next_one_with_text()
        if first is None:
            raise FileRefused("empty", self._path, 1, "is empty", "export it again")
        [record, *_], _ = quoted_records(lines, [first], 0, lines.number, self._separator)
        if record.rule is not None:
            raise FileRefused("header", self._path, record.line, "has a broken header", "mend its quotes")
        return record

    def _understand(self, first: Record, layout: Layout) -> Header:
        line, found = first.line, first.fields
        if any("\x00" in name for name in found):
            cure = "import it with --encoding utf-16-le, or export it as UTF-8"
            raise FileRefused("encoding", self._path, line, "has NUL bytes in its header", cure)
        self._refuse_another_separator(line, found, layout)
        return understand(self._path, line, found, layout)

    def _refuse_another_separator(self, line: int, found: list[str], layout: Layout) -> None:
        if len(found) > 1 or found[0].strip().lower() in layout.names:
            return
        for other, called in SEPARATORS.items():
            if {name.strip(' "').lower() for name in found[0].split(other)} & set(layout.names):
                problem = f"its columns are separated by {called}"
                raise FileRefused(
                    "separator", self._path, line, problem, f"import it with --separator {called}"
                )


def _separator(named: str) -> str:
    separator = {"tab": "\t", "\\t": "\t"}.get(named, named)
    if len(separator) != 1 or separator in '"\r\n\x00 ':
        raise RuleBroken("a separator is one character, like ; or tab")
    return separator
