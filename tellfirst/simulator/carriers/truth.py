"""The truth log: what the carriers accepted and refused, on disk before it is answered."""

import os
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tellfirst.simulator.carriers.entries import Channel, Entry, Kind, Mail, dumped, loaded


class TruthError(ValueError):
    """The truth log cannot be used; the text is a sentence that names the file and the line."""


class TruthLog:
    """JSON lines on disk are the store; memory holds where each line starts and which rows an address has."""

    def __init__(self, path: Path) -> None:
        """Open or create `path` and read it back; raises TruthError or OSError when that cannot be done."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "ab")
        self._starts = array("Q", [0])
        self._first_rows = array("Q")
        self._rows_of: dict[str, list[int]] = {}
        self._counted: Counter[tuple[Channel, Kind]] = Counter()
        self._mail_request_count = 0
        self.next_row = 1
        self._read_back()

    def append(self, entry: Entry) -> None:
        """Write `entry`, whose row must be `next_row`. It then survives the process, but not the machine."""
        assert entry.row == self.next_row
        line = dumped(entry)
        self._file.write(line)
        self._file.flush()
        self._index(entry, len(line))

    def entry(self, row: int) -> Entry | None:
        """The entry that holds `row`; None when there is none yet."""
        if not 0 < row < self.next_row:
            return None
        return self._at(bisect_right(self._first_rows, row) - 1)

    def since(self, row: int) -> Iterator[Entry]:
        """Entries with at least one row after `row`, oldest first."""
        line = max(bisect_right(self._first_rows, row + 1) - 1, 0)
        while line < len(self._first_rows):
            entry = self._at(line)
            if entry.row + entry.row_count > row + 1:
                yield entry
            line += 1

    def before(self, row: int) -> Iterator[Entry]:
        """Entries that start before `row`, newest first."""
        for line in range(bisect_right(self._first_rows, row - 1) - 1, -1, -1):
            yield self._at(line)

    def rows_of(self, address: str) -> list[int]:
        """The rows that reached one phone number or mail address, oldest first."""
        return self._rows_of.get(address.lower(), [])

    def counts(self) -> dict[str, dict[str, int]]:
        """Texts, and for mail: recipients accepted, requests accepted, requests refused."""
        counted = self._counted
        return {
            "sms": {
                "accepted": counted[Channel.SMS, Kind.ACCEPTED],
                "refused": counted[Channel.SMS, Kind.REFUSED],
                "replies": counted[Channel.SMS, Kind.REPLY],
            },
            "email": {
                "accepted": counted[Channel.EMAIL, Kind.ACCEPTED],
                "requests": self._mail_request_count,
                "refused": counted[Channel.EMAIL, Kind.REFUSED],
            },
        }

    def close(self) -> None:
        self._file.close()

    def _at(self, line: int) -> Entry:
        start, end = self._starts[line], self._starts[line + 1]
        return loaded(os.pread(self._file.fileno(), end - start, start))

    def _index(self, entry: Entry, length: int) -> None:
        self._starts.append(self._starts[-1] + length)
        self._first_rows.append(entry.row)
        for row, address in enumerate(entry.addresses, entry.row):
            self._rows_of.setdefault(address.lower(), []).append(row)
        self._counted[entry.channel, entry.kind] += entry.row_count
        self._mail_request_count += isinstance(entry, Mail)
        self.next_row += entry.row_count

    def _read_back(self) -> None:
        with self._path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    # Cut off in the middle of a write, so it was never answered.
                    self._file.truncate(self._starts[-1])
                    return
                self._index(self._checked(line, number), len(line))

    def _checked(self, line: bytes, number: int) -> Entry:
        try:
            entry = loaded(line)
        except (ValueError, KeyError, TypeError) as error:
            raise TruthError(
                f"Line {number} of the truth log {self._path} is not one of its entries."
            ) from error
        if entry.row != self.next_row:
            raise TruthError(f"Line {number} of the truth log {self._path} breaks the count of rows.")
        return entry
