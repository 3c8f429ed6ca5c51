"""The truth log: what the carriers accepted and refused, on disk before it is answered."""

import os
import tempfile
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tellfirst.simulator.carriers.truth.entries import Channel, Entry, Kind, Mail, dumped, loaded


class TruthError(ValueError):
    """The truth log cannot be used; the text is a sentence that names the file and the line."""


class TruthLog:
    """JSON lines on disk are the store; memory holds where each line starts and how to find an address.

    Per row that is some 16 bytes, per address its text and one number: the rows of one address are a chain,
    of which the last row is known and each row knows the one before it.
    """

    def __init__(self, path: Path | None, *, finds_references: bool = False) -> None:
        """Open or create `path` and read it back; raises TruthError or OSError when that cannot be done.

        Without a path the log is a file without a name that goes when it is closed. `finds_references` keeps
        the rows of our delivery ids of mails as well.
        """
        self._path = path
        self._descriptor = _opened(path)
        self._finds_references = finds_references
        self._starts = array("Q", [0])
        self._first_rows = array("Q")
        self._rows_of_reference: dict[str, list[int]] = {}
        self._last_row: dict[str, int] = {}
        self._row_before = array("Q", [0])
        self._counted: Counter[tuple[Channel, Kind]] = Counter()
        self._mail_request_count = 0
        self._segments: dict[Channel, dict[int, int]] = {channel: {} for channel in Channel}
        self.next_row = 1
        if path is not None:
            self._read_back(path)

    def append(self, entry: Entry) -> None:
        """Write `entry`, whose row must be `next_row`. It then survives the process, but not the machine."""
        assert entry.row == self.next_row
        line = dumped(entry)
        written = os.write(self._descriptor, line)
        while written < len(line):
            written += os.write(self._descriptor, line[written:])
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

    def rows_of(self, address: str) -> Iterator[int]:
        """The rows that reached one phone number or mail address, newest first."""
        return self._chain(self._last_row.get(address.lower(), 0))

    def rows_of_reference(self, reference: str) -> Iterator[int]:
        """The rows of mails with one delivery id of ours, newest first; only if the log finds references."""
        return reversed(self._rows_of_reference.get(reference, []))

    def counts(self) -> dict[str, dict[str, int]]:
        """Per channel what was accepted and refused; of mail, recipients accepted and requests accepted."""
        counted = self._counted
        counts = {
            channel.value: {
                "accepted": counted[channel, Kind.ACCEPTED],
                "refused": counted[channel, Kind.REFUSED],
            }
            for channel in Channel
        }
        for channel in (Channel.SMS, Channel.WHATSAPP):
            counts[channel]["replies"] = counted[channel, Kind.REPLY]
        counts["email"]["requests"] = self._mail_request_count
        return counts

    def segments(self, channel: Channel) -> dict[int, int]:
        """Segments, calls or recipients accepted in each second (unix seconds); seconds without any are left out."""
        return self._segments[channel]

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _chain(self, row: int) -> Iterator[int]:
        while row:
            yield row
            row = self._row_before[row]

    def _at(self, line: int) -> Entry:
        start, end = self._starts[line], self._starts[line + 1]
        return loaded(os.pread(self._descriptor, end - start, start))

    def _index(self, entry: Entry, length: int) -> None:
        self._starts.append(self._starts[-1] + length)
        self._first_rows.append(entry.row)
        addresses = entry.addresses
        for row, address in enumerate(addresses, entry.row):
            address = address.lower()
            self._row_before.append(self._last_row.get(address, 0))
            self._last_row[address] = row
        if not addresses:
            self._row_before.append(0)
        self._count(entry)
        self.next_row += entry.row_count

    def _count(self, entry: Entry) -> None:
        self._counted[entry.channel, entry.kind] += entry.row_count
        if entry.kind is Kind.ACCEPTED:
            seconds, second = self._segments[entry.channel], int(entry.at)
            seconds[second] = seconds.get(second, 0) + entry.segments
        if isinstance(entry, Mail):
            self._mail_request_count += 1
            if self._finds_references:
                for row, recipient in enumerate(entry.recipients, entry.row):
                    if recipient.reference is not None:
                        self._rows_of_reference.setdefault(recipient.reference, []).append(row)

    def _read_back(self, path: Path) -> None:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    # Cut off in the middle of a write, so it was never answered.
                    os.truncate(self._descriptor, self._starts[-1])
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


def _opened(path: Path | None) -> int:
    """A descriptor for the owner alone, writing at the end."""
    if path is None:
        with tempfile.TemporaryFile() as nameless:
            return os.dup(nameless.fileno())
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
